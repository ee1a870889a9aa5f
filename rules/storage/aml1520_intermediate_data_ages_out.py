"""AML1520: what pipeline runs leave behind does not stay on expensive storage for ever."""

from typing import Final

from amlaudit.core.gap import NoDataError
from amlaudit.core.path import describe
from amlaudit.core.rule import Change, Fix, rule
from amlaudit.core.subject import Subject
from amlaudit.core.verdict import Verdict, fail, not_applicable, ok

MAX_AGE_DAYS: Final = 180
WATCHED_PREFIXES: Final = ("azureml-blobstore",)  # containers that runs write to
WITHOUT_TIERS: Final = ("filestorage", "blockblobstorage")  # kinds of account

# https://learn.microsoft.com/azure/storage/blobs/lifecycle-management-policy-structure
AGEING_ACTIONS: Final = ("delete", "tiertocool", "tiertocold", "tiertoarchive")
CLOCKS: Final = (
    "daysAfterModificationGreaterThan",
    "daysAfterCreationGreaterThan",
    "daysAfterLastAccessTimeGreaterThan",
)
NEVER: Final = "never"  # what an absent clock means


@rule(
    id="AML1520",
    title="A lifecycle rule moves or deletes the data of old runs within 180 days",
    severity="low",
    severity_reason="Nothing is exposed, but every run adds to a bill that never goes down.",
    applies_to="Microsoft.Storage/storageAccounts",
    because=(
        "Each step of each pipeline run writes its outputs to the default container, and hardly "
        "any of them is read again. Without a lifecycle rule they stay on the tier that costs the "
        "most."
    ),
    fix=Fix(
        "az storage account management-policy create --account-name {name} "
        "--resource-group {group} --policy <policy file>",
        change=Change.CREATE_COMPANION,
        note=(
            "Limit rules to prefixes that hold outputs of runs: registered models and snapshots "
            "lie in the same container, and a rule deletes them too."
        ),
    ),
    sources=(
        "https://learn.microsoft.com/azure/machine-learning/how-to-manage-optimize-cost",
        "https://github.com/Azure/FTALive-Sessions/tree/main/content/ai/enterprise-ml",
    ),
    mappings={"waf": ["Cost Optimization"]},
)
def intermediate_data_ages_out(account: Subject) -> Verdict:
    """Look for a lifecycle rule that is on, covers the containers of runs and acts in time."""
    if account.text("kind") in WITHOUT_TIERS:
        return not_applicable("accounts of this kind have no tiers to move blobs to")
    if not any(True for _ in account.follow("workspaces-by-storage")):
        return not_applicable("no workspace keeps its data in this account")
    for policy in account.follow("lifecycle"):
        for each in policy.each("properties.policy.rules", default=()):
            if _is_on(each) and _covers_runs(each) and _acts_in_time(each):
                return ok()
    return fail(f"no lifecycle rule moves or deletes the blobs of runs within {MAX_AGE_DAYS} days")


def _is_on(each: Subject) -> bool:
    """Tell whether a lifecycle rule is enabled, which it is unless it says otherwise."""
    enabled = each.get("enabled", default=True)
    if not isinstance(enabled, bool):
        steps = (*each.prefix, "enabled")
        raise NoDataError(each.misfit(steps, "a boolean", describe(enabled)))
    return enabled


def _covers_runs(each: Subject) -> bool:
    """Tell whether a lifecycle rule holds for everything, or for a container that runs write to."""
    found = [str(prefix.node) for prefix in each.each("definition.filters.prefixMatch", default=())]
    return not found or any(
        prefix.startswith(watched) or watched.startswith(prefix)
        for prefix in found
        for watched in WATCHED_PREFIXES
    )


def _acts_in_time(each: Subject) -> bool:
    """Tell whether a lifecycle rule moves or deletes blobs before they are too old."""
    for action in each.each("definition.actions.baseBlob", default=()):
        if action.prefix[-1].lower() in AGEING_ACTIONS:
            for clock in CLOCKS:
                days = action.get(clock, default=NEVER)
                if days == NEVER:
                    continue
                if isinstance(days, bool) or not isinstance(days, int | float):
                    steps = (*action.prefix, clock)
                    raise NoDataError(action.misfit(steps, "a number", describe(days)))
                if days <= MAX_AGE_DAYS:
                    return True
    return False
