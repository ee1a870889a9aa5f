"""AML1206: approved private endpoints of the workspace are in allowed subscriptions."""

from typing import Final

from amlaudit import Fix, Subject, Verdict, arm_id, fail, not_applicable, ok, removing, rule
from amlaudit.readings.parameters import texts_of
from amlaudit.readings.private_access import approved_connections

CONNECTIONS: Final = "properties.privateEndpointConnections"
ENDPOINT: Final = "properties.privateEndpoint.id"


@rule(
    id="AML1206",
    title="Every approved private endpoint of the workspace is in an allowed subscription",
    severity="high",
    severity_reason=(
        "An approved endpoint in another subscription is someone else's private access path."
    ),
    applies_to="Microsoft.MachineLearningServices/workspaces",
    because=(
        "Anyone on Azure can request a private endpoint connection to a workspace, from any "
        "tenant. Once it is approved, the network behind it reaches the workspace regardless of "
        "all public access restrictions. Only the subscription of the endpoint shows whose network "
        "that is."
    ),
    fix=Fix(
        "az network private-endpoint-connection delete --id <connection id>",
        note=(
            "Ask the owner of the endpoint first: its clients lose access to the workspace at once."
        ),
        companions=(removing(member="properties.privateEndpointConnections"),),
    ),
    sources=("https://learn.microsoft.com/azure/machine-learning/how-to-configure-private-link",),
    mappings={"mcsb": ["NS-2"], "waf": ["Security"]},
    parameters={
        "allowed_subscriptions": (
            (),
            "Subscription IDs besides the workspace's own, such as that of the hub network.",
        ),
    },
)
def private_endpoints_known(workspace: Subject) -> Verdict:
    """Compare the subscription of each approved endpoint with the allowed ones."""
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
            return fail(f"{endpoint or 'an endpoint without id'} is not in an allowed subscription")
    if strangers:
        raise workspace.undetermined(
            CONNECTIONS, "which ones Azure created for deployments without public egress"
        )
    return ok() if seen else not_applicable("no private endpoint connection is approved")


def _closed_deployments(workspace: Subject) -> int:
    """Return how many deployments may have their own private endpoint to the workspace.

    Azure creates one for each deployment without public egress, in a Microsoft subscription:
    https://learn.microsoft.com/azure/machine-learning/concept-secure-online-endpoint
    """
    return sum(
        deployment.text("properties.egressPublicNetworkAccess", default="Enabled") == "disabled"
        for endpoint in workspace.follow("online-endpoints")
        for deployment in endpoint.follow("online-deployments")
    )
