"""AML1206: approved private endpoints of the workspace are in allowed subscriptions."""

from collections.abc import Iterator
from functools import cache
from typing import Final

from amlaudit import Fix, Subject, Verdict, arm_id, fail, not_applicable, ok, removing, rule
from amlaudit.readings.outbound_rules import PRIVATE_ENDPOINT, isolation_of, rules_of
from amlaudit.readings.parameters import texts_of
from amlaudit.readings.partial import any_does, known_of_each
from amlaudit.readings.private_access import approved_connections

CONNECTIONS: Final = "properties.privateEndpointConnections"
ENDPOINT: Final = "properties.privateEndpoint.id"
EGRESS: Final = "properties.egressPublicNetworkAccess"
EGRESS_SHOWN_SINCE: Final = "2022-10-01"  # API version
MADE_BY_AZURE: Final = "__sys_pe_"
"""How the names of endpoints in managed networks begin."""
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
        "that is. The managed networks of other workspaces are in subscriptions of Microsoft, and "
        "their endpoints are recognised if the workspaces were read."
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
    for endpoint in _endpoints_of_no_other(workspace):
        made = set(_made_for(workspace, workspace.id)) if made is None else made
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


def _endpoints_of_no_other(workspace: Subject) -> Iterator[str]:
    """Yield the endpoints elsewhere, except those in the managed networks of other workspaces.

    Each endpoint of theirs counts once, so that a stranger cannot use its name.

    Raises:
        NoDataError: After the last one that is known, if there may be more.
    """
    own = cache(lambda: frozenset(_made_for(workspace, workspace.id)))
    counted: set[str] = set()

    def if_of_no_other(endpoint: str) -> Iterator[str]:
        name = arm_id.name_of(endpoint)
        is_managed = name.startswith(MADE_BY_AZURE)
        if is_managed and name not in own() | counted and _is_of_another(workspace, name):
            counted.add(name)
        else:
            yield endpoint

    return known_of_each(_endpoints_elsewhere(workspace), if_of_no_other)


def _is_of_another(workspace: Subject, name: str) -> bool:
    """Tell whether another workspace's managed network has an endpoint of a name to this one."""
    subscriptions = workspace.estate.store.subscriptions()
    others = known_of_each(subscriptions, lambda each: _others_in(workspace, each))
    return any_does(others, lambda other: name in set(_made_for(other, workspace.id)))


def _others_in(workspace: Subject, subscription_id: str) -> Iterator[Subject]:
    """Yield the other workspaces in a subscription."""
    if subscription := workspace.estate.find(subscription_id):
        for each in workspace.neighbour(subscription).follow("workspaces"):
            if each.id != workspace.id:
                yield each


def _made_for(workspace: Subject, target_id: str) -> Iterator[str]:
    """Yield the names of the private endpoints to a target in the network of a workspace.

    Azure creates them in a Microsoft subscription, with the names of their outbound rules:
    https://learn.microsoft.com/azure/machine-learning/how-to-managed-network#list-of-required-rules
    """
    if isolation_of(workspace) == "disabled":
        return
    for each in rules_of(workspace, PRIVATE_ENDPOINT):
        target = arm_id.normalise(each.text(TARGET))
        if target == target_id and each.text("properties.status") != "inactive":
            yield each.name.lower()


def _closed_deployments(workspace: Subject) -> int:
    """Return how many deployments may have their own private endpoint to the workspace.

    Azure creates one for each deployment without public egress, in a Microsoft subscription:
    https://learn.microsoft.com/azure/machine-learning/concept-secure-online-endpoint
    """
    return sum(
        deployment.text(EGRESS, default="Enabled", since=EGRESS_SHOWN_SINCE) == "disabled"
        for endpoint in workspace.follow("online-endpoints")
        for deployment in endpoint.follow("online-deployments")
    )
