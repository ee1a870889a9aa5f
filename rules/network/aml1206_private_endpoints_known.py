"""AML1206: approved private endpoints of the workspace are in allowed subscriptions."""

from collections.abc import Iterator
from typing import Final

from amlaudit import Fix, Subject, Verdict, arm_id, fail, not_applicable, ok, removing, rule
from amlaudit.readings.outbound_rules import PRIVATE_ENDPOINT, isolation_of, rules_of
from amlaudit.readings.parameters import texts_of
from amlaudit.readings.private_access import approved_connections

CONNECTIONS: Final = "properties.privateEndpointConnections"
ENDPOINT: Final = "properties.privateEndpoint.id"
TARGET: Final = "properties.destination.serviceResourceId"


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
        "that is; the managed network of another workspace is in a subscription of Microsoft, and "
        "counts as a stranger's."
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
    """Look for an approved endpoint that is neither in an allowed subscription nor Azure's own."""
    made: set[str] | None = None
    unexplained = 0
    for endpoint in _endpoints_elsewhere(workspace):
        made = set(_made_for_network(workspace)) if made is None else made
        if arm_id.name_of(endpoint) in made:
            made.remove(arm_id.name_of(endpoint))
            continue
        unexplained += 1
        if not endpoint or unexplained > len(made) + _closed_deployments(workspace):
            return fail(f"{endpoint or 'an endpoint without id'} is not in an allowed subscription")
    if unexplained:
        raise workspace.undetermined(
            CONNECTIONS,
            "which ones Azure created for the managed network or deployments without public egress",
        )
    seen = any(True for _ in approved_connections(workspace))
    return ok() if seen else not_applicable("no private endpoint connection is approved")


def _endpoints_elsewhere(workspace: Subject) -> Iterator[str]:
    """Yield the ids of approved endpoints that are not in an allowed subscription.

    Raises:
        NoDataError: After the last one that is known, if there may be more.
    """
    allowed = texts_of(workspace, "allowed_subscriptions")
    own = arm_id.subscription_of(workspace.id)
    for connection in approved_connections(workspace):
        endpoint = connection.text(ENDPOINT, default="")
        found = arm_id.subscription_of(arm_id.normalise(endpoint))
        if found != own and arm_id.name_of(found) not in allowed:
            yield endpoint


def _made_for_network(workspace: Subject) -> Iterator[str]:
    """Yield the names of the private endpoints to the workspace in its managed network.

    Azure creates them in a Microsoft subscription, with the names of their outbound rules:
    https://learn.microsoft.com/azure/machine-learning/how-to-managed-network#list-of-required-rules
    """
    if isolation_of(workspace) == "disabled":
        return
    for each in rules_of(workspace, PRIVATE_ENDPOINT):
        target = arm_id.normalise(each.text(TARGET))
        if target == workspace.id and each.text("properties.status") != "inactive":
            yield each.name.lower()


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
