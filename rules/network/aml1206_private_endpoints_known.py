"""AML1206: every private endpoint that may enter the workspace lies in a subscription of yours."""

from amlaudit import Fix, Subject, Verdict, arm_id, fail, not_applicable, ok, rule
from amlaudit.readings.parameters import texts_of
from amlaudit.readings.private_access import approved_connections


@rule(
    id="AML1206",
    title="Every approved private endpoint lies in a subscription that may have one",
    severity="high",
    severity_reason="An approved endpoint elsewhere is a private door of somebody else's.",
    applies_to="Microsoft.MachineLearningServices/workspaces",
    because=(
        "Anybody on Azure can ask for a private endpoint to a workspace, from any tenant. Once it "
        "is approved, the network behind it reaches the workspace past every rule on public "
        "access. Whose network that is, only the subscription of the endpoint tells."
    ),
    fix=Fix(
        "az network private-endpoint-connection delete --id <connection id>",
        note="Ask the owner of the endpoint first: what uses it loses the workspace at once.",
    ),
    sources=("https://learn.microsoft.com/azure/machine-learning/how-to-configure-private-link",),
    mappings={"mcsb": ["NS-2"], "waf": ["Security"]},
    parameters={
        "allowed_subscriptions": (
            (),
            "Subscriptions besides the workspace's own, for one that of the hub network.",
        ),
    },
)
def private_endpoints_known(workspace: Subject) -> Verdict:
    """Compare the subscription of each approved endpoint with those that may have one."""
    allowed = texts_of(workspace, "allowed_subscriptions")
    own = arm_id.subscription_of(workspace.id)
    seen = 0
    for connection in approved_connections(workspace):
        seen += 1
        endpoint = connection.text("properties.privateEndpoint.id", default="")
        found = arm_id.subscription_of(arm_id.normalise(endpoint))
        if found != own and arm_id.name_of(found) not in allowed:
            return fail(f"a private endpoint in {endpoint or 'no subscription'} is approved")
    return ok() if seen else not_applicable("no private endpoint is approved")
