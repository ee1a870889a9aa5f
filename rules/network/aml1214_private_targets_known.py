"""AML1214: the private endpoints of the managed network lead to resources of one's own."""

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
    title="The private endpoints of the managed network lead to resources of one's own",
    severity="high",
    severity_reason="One that leads to a stranger's storage account is a way out without a filter.",
    applies_to="Microsoft.MachineLearningServices/workspaces",
    because=(
        "A private endpoint in the managed network may lead into any tenant that approves it, and "
        "nothing inspects what is sent through it. One that leads to a resource that was deleted "
        "waits for whoever takes the name next."
    ),
    fix=Fix(
        "az ml workspace outbound-rule remove --workspace-name {name} --resource-group {group} "
        "--rule <rule>",
        note="Where the resource is meant to be reached, name its subscription as allowed instead.",
        companions=(removing("outbound-rules"),),
    ),
    sources=("https://learn.microsoft.com/azure/machine-learning/how-to-managed-network",),
    mappings={"mcsb": ["DP-2"], "waf": ["Security"]},
    parameters={
        "allowed_subscriptions": (
            (),
            "Subscriptions outside the audit that private endpoints may lead into.",
        ),
    },
)
def private_targets_known(workspace: Subject) -> Verdict:
    """Look for the subscription, then for the resource, that each private endpoint leads to."""
    known = {arm_id.name_of(each) for each in workspace.estate.store.subscriptions()}
    known |= texts_of(workspace, "allowed_subscriptions")
    seen = 0
    for each in own_rules(workspace, PRIVATE_ENDPOINT):
        seen += 1
        target = arm_id.normalise(each.text(TARGET))
        if arm_id.name_of(arm_id.subscription_of(target)) not in known:
            return fail(
                f"outbound rule {each.name} leads to {target}, which is no resource of ours"
            )
    for gone in known_of(map(_gone, own_rules(workspace, PRIVATE_ENDPOINT))):
        return fail(gone)
    return ok() if seen else not_applicable("no private endpoint was added")


def _gone(each: Subject) -> Iterator[str]:
    """Yield that what an outbound rule leads to is gone, if it is proven not to be there."""
    target = arm_id.normalise(each.text(TARGET))
    relation = RELATIONS.get(arm_id.type_of(target))
    if not relation:
        raise each.unfamiliar(TARGET, target)
    if each.estate.find(target) is None:
        yield f"outbound rule {each.name} leads to {target}, which is gone"
    else:
        list(each.follow(relation))
