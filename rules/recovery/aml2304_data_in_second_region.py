"""AML2304: the data of critical workspaces is replicated to a second region."""

from collections.abc import Iterator
from typing import Final

from amlaudit import Fix, Subject, Verdict, arm_id, fail, not_applicable, ok, rule, setting
from amlaudit.readings.enumerations import one_of
from amlaudit.readings.parameters import texts_of
from amlaudit.readings.regions import region_of
from amlaudit.readings.workspaces import is_critical

TARGET: Final = "properties.destinationAccount"
# https://learn.microsoft.com/azure/storage/common/storage-redundancy
IN_TWO_REGIONS: Final = (
    *("standard_grs", "standard_ragrs", "standard_gzrs", "standard_ragzrs"),
    *("standardv2_grs", "standardv2_gzrs"),
)
IN_ONE_REGION: Final = (
    *("standard_lrs", "standard_zrs", "premium_lrs", "premium_zrs"),
    *("standardv2_lrs", "standardv2_zrs", "premiumv2_lrs", "premiumv2_zrs"),
)


@rule(
    id="AML2304",
    title="The data of critical workspaces is replicated to a second region",
    severity="low",
    severity_reason="Data that cannot be collected again is lost with its region.",
    applies_to="Microsoft.Storage/storageAccounts",
    because=(
        "A model can be retrained, but the transactions it learned from cannot be recreated. "
        "Geo-redundant storage, or object replication to an account in another region, survives "
        "the loss of a region."
    ),
    fix=Fix(
        "az storage account update --name {name} --resource-group {group} "
        "--sku <Standard_GZRS if zone-redundant, else Standard_GRS>",
        note=(
            "Add zone redundancy separately, with a conversion. If the data must not leave the "
            "region, list the account in residency_locked."
        ),
        companions=(setting("Microsoft.Storage/storageAccounts", {"sku.name": "Standard_GZRS"}),),
    ),
    sources=(
        "https://learn.microsoft.com/azure/machine-learning/how-to-high-availability-machine-learning",
        "https://learn.microsoft.com/azure/storage/common/storage-redundancy",
        "https://learn.microsoft.com/azure/storage/common/redundancy-migration",
        "https://github.com/Azure/azure-policy/blob/master/built-in-policies/policyDefinitions/Storage/GeoRedundant_StorageAccounts_Audit.json",
    ),
    mappings={
        "cis_azure": ("4.0.0:10.3.12", "5.0.0:9.3.11", "6.0.0:9.3.11"),
        "nist_800_53_r5": ("CP-6", "CP-6(1)"),
        "azure_policy": ("bf045164-79ba-4215-8f95-f8048dc1780b",),
        "waf": ("Reliability",),
    },
    parameters={
        "criticalities": (("high",), "Criticalities whose workspaces must not lose data."),
        "residency_locked": ((), "IDs of accounts whose data must not leave the region."),
    },
)
def data_in_second_region(account: Subject) -> Verdict:
    """Look for geo-redundancy, then for object replication from the account."""
    if not any(map(is_critical, account.follow("workspaces-with-data"))):
        return not_applicable("no critical workspace stores data in this account")
    if account.id in map(arm_id.normalise, texts_of(account, "residency_locked")):
        return not_applicable("the data must not leave the region")
    if _has_copy(account):
        return ok()
    for policy in account.follow("object-replications"):
        if _leads_away(policy, account):
            return ok(f"policy {policy.name} replicates data to another region")
    return fail(f"with {account.text('sku.name')}, the data is not replicated to a second region")


def _has_copy(account: Subject) -> bool:
    """Tell whether the account has an available replica in another region."""
    sku = one_of(account, "sku.name", IN_TWO_REGIONS + IN_ONE_REGION)
    return sku in IN_TWO_REGIONS and account.text("properties.statusOfSecondary") == "available"


def _leads_away(policy: Subject, account: Subject) -> bool:
    """Tell whether a policy replicates containers of an account to another region."""
    source = policy.text("properties.sourceAccount").rpartition("/")[2]
    if source != account.name.lower() or not list(policy.each("properties.rules", default=())):
        return False
    return any(region_of(each) != region_of(account) for each in _targets(policy, account))


def _targets(policy: Subject, account: Subject) -> Iterator[Subject]:
    """Yield the account that a policy replicates to, which it identifies by its id or its name.

    Names are unique within a cloud, and policies across tenants show them alone:
    https://learn.microsoft.com/azure/storage/blobs/object-replication-prevent-cross-tenant-policies
    """
    named = policy.text(TARGET, default="")
    if "/" in named or not named:
        yield from policy.follow("replicated-to")
        return
    for subscription in account.follow("subscription"):
        for each in subscription.follow("storage-accounts"):
            if each.name.lower() == named:
                yield each
                return
    raise policy.undetermined(TARGET, "in which region the account is")
