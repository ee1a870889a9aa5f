"""AML1214: private endpoints of the managed network target your own resources."""

from collections.abc import Iterator
from typing import Final

from amlaudit import Fix, Subject, Verdict, arm_id, fail, not_applicable, ok, removing, rule
from amlaudit.readings.outbound_rules import PRIVATE_ENDPOINT, own_rules
from amlaudit.readings.parameters import texts_of
from amlaudit.readings.partial import known_of

TARGET: Final = "properties.destination.serviceResourceId"
RELATIONS: Final = {
    "microsoft.storage/storageaccounts": "outbound-storage",
    "microsoft.keyvault/vaults": "outbound-key-vault",
    "microsoft.containerregistry/registries": "outbound-container-registry",
}


@rule(
    id="AML1214",
    title="Private endpoints of the managed network target only your own resources",
    severity="high",
    severity_reason=(
        "One that targets someone else's storage account is an unfiltered exfiltration path."
    ),
    applies_to="Microsoft.MachineLearningServices/workspaces",
    because=(
        "A private endpoint in the managed network can target a resource in any tenant that "
        "approves it, and nothing inspects the traffic. One that targets a deleted resource is "
        "open to whoever registers that name next."
    ),
    fix=Fix(
        "az ml workspace outbound-rule remove --workspace-name {name} --resource-group {group} "
        "--rule <rule>",
        note=(
            "If the resource is meant to be reached, add its subscription to the allowed ones "
            "instead."
        ),
        companions=(removing("outbound-rules"),),
    ),
    sources=("https://learn.microsoft.com/azure/machine-learning/how-to-managed-network",),
    mappings={"mcsb": ["DP-2"], "waf": ["Security"]},
    parameters={
        "allowed_subscriptions": (
            (),
            "IDs of subscriptions outside the audit that private endpoints may target.",
        ),
    },
)
def private_targets_known(workspace: Subject) -> Verdict:
    """Check the subscription, then the existence, of the target of each private endpoint."""
    known = {arm_id.name_of(each) for each in workspace.estate.store.subscriptions()}
    known |= texts_of(workspace, "allowed_subscriptions")
    seen = 0
    for each in own_rules(workspace, PRIVATE_ENDPOINT):
        seen += 1
        target = arm_id.normalise(each.text(TARGET))
        if arm_id.name_of(arm_id.subscription_of(target)) not in known:
            return fail(
                f"outbound rule {each.name} targets {target}, which is not in a known subscription"
            )
    for gone in known_of(map(_gone, own_rules(workspace, PRIVATE_ENDPOINT))):
        return fail(gone)
    return ok() if seen else not_applicable("no private endpoint rule was added")


def _gone(each: Subject) -> Iterator[str]:
    """Yield that the target of an outbound rule does not exist, if that is proven."""
    target = arm_id.normalise(each.text(TARGET))
    relation = RELATIONS.get(arm_id.type_of(target))
    if not relation:
        raise each.unfamiliar(TARGET, target)
    if each.estate.find(target) is None:
        yield f"outbound rule {each.name} targets {target}, which no longer exists"
    else:
        list(each.follow(relation))
