"""AML2303: storage accounts of production workspaces are zone-redundant."""

from typing import Final

from amlaudit import Fix, Subject, Verdict, fail, not_applicable, ok, rule
from amlaudit.readings.enumerations import one_of
from amlaudit.readings.parameters import texts_of
from amlaudit.readings.regions import has_zones

ACROSS_ZONES: Final = ("standard_zrs", "standard_gzrs", "standard_ragzrs")
IN_TWO_REGIONS: Final = ("standard_grs", "standard_ragrs")
IN_ONE_ZONE: Final = "standard_lrs"


@rule(
    id="AML2303",
    title="The storage account of a production workspace is zone-redundant",
    severity="medium",
    severity_reason=(
        "Without its storage account the workspace stops, including jobs and notebooks."
    ),
    applies_to="Microsoft.Storage/storageAccounts",
    because=(
        "A workspace cannot switch to another storage account, nor run on the replica of its "
        "account in another region. Zone-redundant storage keeps it running when one zone fails. A "
        "workspace counts as production unless its environment tag, or that of its resource group "
        "or subscription, says otherwise."
    ),
    fix=Fix(
        "az storage account migration start --account-name {name} --resource-group {group} "
        "--sku Standard_ZRS --name default",
        note=(
            "Convert a geo-redundant account to Standard_GZRS instead. The account remains "
            "available during the conversion, which can take days."
        ),
        settings={"sku.name": "Standard_ZRS"},
    ),
    sources=(
        "https://learn.microsoft.com/azure/machine-learning/how-to-high-availability-machine-learning",
        "https://learn.microsoft.com/azure/storage/common/redundancy-migration",
        "https://github.com/Azure/azure-policy/blob/master/built-in-policies/policyDefinitions/Resilience/Storage_storageAccounts_ZoneRedundant_Audit.json",
    ),
    mappings={"azure_policy": ("85b005b2-95fc-4953-b9cb-f9ee6427c754",), "waf": ("Reliability",)},
    parameters={
        "environments": (("prod",), "Environments whose workspaces must survive a zone failure."),
        "accept_grs": (
            False,
            "Whether geo-redundancy is accepted, although no workspace can run on it.",
        ),
    },
)
def storage_spans_zones(account: Subject) -> Verdict:
    """Look for a production workspace on the account, then check the account's redundancy.

    In a region without zones, only what spans two regions is judged.
    """
    environments = texts_of(account, "environments")
    workspaces = account.follow("workspaces-by-storage")
    if not any(each.context("environment") in environments for each in workspaces):
        return not_applicable("no production workspace stores its data in this account")
    sku = one_of(account, "sku.name", (*ACROSS_ZONES, *IN_TWO_REGIONS, IN_ONE_ZONE))
    if sku in ACROSS_ZONES or (account.parameters["accept_grs"] and sku in IN_TWO_REGIONS):
        return ok()
    if not has_zones(account):
        return not_applicable("the region of the account has no availability zones")
    return fail(f"with {sku}, a zone failure stops the workspace")
