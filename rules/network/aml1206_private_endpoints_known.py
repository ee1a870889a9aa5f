"""AML1206: every private endpoint that may enter the workspace lies in a subscription of yours."""

from typing import Final

from amlaudit import Fix, Subject, Verdict, arm_id, fail, not_applicable, ok, removing, rule
from amlaudit.readings.parameters import texts_of
from amlaudit.readings.private_access import approved_connections

CONNECTIONS: Final = "properties.privateEndpointConnections"
ENDPOINT: Final = "properties.privateEndpoint.id"


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
        companions=(removing(member="properties.privateEndpointConnections"),),
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
    seen = strangers = 0
    for connection in approved_connections(workspace):
        seen += 1
        endpoint = connection.text(ENDPOINT, default="")
        found = arm_id.subscription_of(arm_id.normalise(endpoint))
        if found == own or arm_id.name_of(found) in allowed:
            continue
        strangers += 1
        if not endpoint or strangers > _closed_deployments(workspace):
            return fail(f"a private endpoint in {endpoint or 'no subscription'} is approved")
    if strangers:
        raise workspace.undetermined(
            CONNECTIONS, "which ones Azure made for its closed deployments"
        )
    return ok() if seen else not_applicable("no private endpoint is approved")


def _closed_deployments(workspace: Subject) -> int:
    """Return how many deployments may have a private endpoint of their own to the workspace.

    Azure makes one for each that is closed to the outside, in a subscription that is its own:
    https://learn.microsoft.com/azure/machine-learning/concept-secure-online-endpoint
    """
    return sum(
        deployment.text("properties.egressPublicNetworkAccess", default="Enabled") == "disabled"
        for endpoint in workspace.follow("online-endpoints")
        for deployment in endpoint.follow("online-deployments")
    )
