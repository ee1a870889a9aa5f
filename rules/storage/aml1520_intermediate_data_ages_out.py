"""AML1520: outputs of old pipeline runs do not stay on the most expensive tier."""

from typing import Final

from amlaudit import Change, Fix, Subject, Verdict, adding, fail, not_applicable, ok, rule
from amlaudit.readings.enumerations import one_of
from amlaudit.readings.texts import texts_in

MAX_AGE_DAYS: Final = 180
WATCHED_PREFIX: Final = "azureml-blobstore"  # containers that jobs write to
WITHOUT_TIERS: Final = ("filestorage", "blockblobstorage", "storage")  # kinds of account
TIER: Final = "properties.accessTier"  # of all blobs that nobody put on another
# https://learn.microsoft.com/azure/storage/blobs/access-tiers-overview
CHEAPER: Final = ("cool", "cold", "smart")

# https://learn.microsoft.com/azure/storage/blobs/lifecycle-management-policy-structure
AGEING_ACTIONS: Final = ("delete", "tiertocool", "tiertocold", "tiertoarchive")
CLOCKS: Final = (
    "daysAfterModificationGreaterThan",
    "daysAfterCreationGreaterThan",
    "daysAfterLastAccessTimeGreaterThan",
)
NEVER: Final = 100_000  # days, above the maximum of a rule: stands for an absent condition


@rule(
    id="AML1520",
    title="A lifecycle policy moves or deletes the data of old runs within 180 days",
    severity="low",
    severity_reason="Nothing is exposed, but every run adds to storage costs that never decrease.",
    applies_to="Microsoft.Storage/storageAccounts",
    because=(
        "Each step of each pipeline run writes its outputs to the default container, and hardly "
        "any of them is read again. Without a lifecycle management rule they stay on the most "
        "expensive tier."
    ),
    fix=Fix(
        "az storage account management-policy create --account-name {name} "
        "--resource-group {group} --policy <policy file>",
        change=Change.CREATE_COMPANION,
        note=(
            "Limit rules to prefixes with run outputs: registered models and snapshots are in the "
            "same container and would be deleted too."
        ),
        companions=(
            adding(
                "Microsoft.Storage/storageAccounts/managementPolicies",
                "default",
                {
                    "properties": {
                        "policy": {
                            "rules": [
                                {
                                    "name": "outputs-of-runs",
                                    "enabled": True,
                                    "type": "Lifecycle",
                                    "definition": {
                                        "filters": {
                                            "blobTypes": ["blockBlob"],
                                            "prefixMatch": ["azureml-blobstore-"],
                                        },
                                        "actions": {
                                            "baseBlob": {
                                                "tierToCool": {
                                                    "daysAfterModificationGreaterThan": 90
                                                }
                                            }
                                        },
                                    },
                                }
                            ]
                        }
                    }
                },
            ),
        ),
    ),
    sources=(
        "https://learn.microsoft.com/azure/machine-learning/how-to-manage-optimize-cost",
        "https://github.com/Azure/FTALive-Sessions/tree/main/content/ai/enterprise-ml",
    ),
    mappings={"waf": ["Cost Optimization"]},
)
def intermediate_data_ages_out(account: Subject) -> Verdict:
    """Check the default tier, then look for a lifecycle rule for runs that acts in time."""
    if account.text("kind") in WITHOUT_TIERS:
        return not_applicable("accounts of this kind do not support access tiers")
    if not any(True for _ in account.follow("workspaces-with-data")):
        return not_applicable("no workspace stores data in this account")
    tier = one_of(account, TIER, ("hot", "premium", *CHEAPER), default="Hot")
    if tier in CHEAPER:
        return ok(f"the default access tier of blobs is {tier}")
    for policy in account.follow("lifecycle"):
        for each in policy.each("properties.policy.rules", default=()):
            is_on = each.flag("enabled", default=True)
            if is_on and _covers_runs(each) and _acts_in_time(each):
                return ok()
    return fail(f"no lifecycle rule moves or deletes run outputs within {MAX_AGE_DAYS} days")


def _covers_runs(each: Subject) -> bool:
    """Tell whether a lifecycle rule applies to everything or to containers that runs write to.

    Runs write block blobs, without index tags that a rule could match.
    """
    types, prefixes = (
        set(texts_in(each, f"definition.filters.{name}", default=()))
        for name in ("blobTypes", "prefixMatch")
    )
    tags = any(True for _ in each.each("definition.filters.blobIndexMatch", default=()))
    of_runs = any(
        prefix.startswith(WATCHED_PREFIX) or WATCHED_PREFIX.startswith(prefix)
        for prefix in prefixes or {""}
    )
    return of_runs and not tags and (not types or "blockblob" in types)


def _acts_in_time(each: Subject) -> bool:
    """Tell whether a lifecycle rule moves or deletes blobs within the maximum age."""
    return any(
        action.number(clock, default=NEVER) <= MAX_AGE_DAYS
        for action in each.each("definition.actions.baseBlob", default=(), keyed=True)
        if action.prefix[-1].lower() in AGEING_ACTIONS
        for clock in CLOCKS
    )
