"""AML2303: the data of production workspaces outlive the loss of a zone."""

from itertools import chain
from typing import Final

from amlaudit import Fix, Subject, Verdict, fail, not_applicable, ok, rule

PRODUCTION: Final = ("prod", "production")  # values of the tag
ACROSS_ZONES: Final = ("standard_zrs", "standard_gzrs", "standard_ragzrs")
IN_ONE_ZONE: Final = ("standard_lrs", "standard_grs", "standard_ragrs")
# fmt: off
# https://learn.microsoft.com/azure/reliability/regions-list; more regions get zones every year
WITH_ZONES: Final = (
    "australiaeast", "austriaeast", "belgiumcentral", "brazilsouth", "canadacentral",
    "centralindia", "centralus", "chilecentral", "eastasia", "eastus", "eastus2", "francecentral",
    "germanywestcentral", "indonesiacentral", "israelcentral", "italynorth", "japaneast",
    "japanwest", "koreacentral", "malaysiawest", "mexicocentral", "newzealandnorth", "northeurope",
    "norwayeast", "polandcentral", "qatarcentral", "southafricanorth", "southcentralus",
    "southeastasia", "spaincentral", "swedencentral", "switzerlandnorth", "uaenorth", "uksouth",
    "westeurope", "westus2", "westus3",
)
# fmt: on


@rule(
    id="AML2303",
    title="The storage account of a production workspace spans several zones",
    severity="medium",
    severity_reason="Without its storage account the workspace stops, jobs and notebooks included.",
    applies_to="Microsoft.Storage/storageAccounts",
    because=(
        "A workspace cannot move to another storage account, nor run on the copy of its own in "
        "another region. Copies in several zones of the same region keep it running when one zone "
        "fails. A workspace counts as production unless its tag environment, or that of its "
        "resource group or subscription, says otherwise."
    ),
    fix=Fix(
        "az storage account migration start --account-name {name} --resource-group {group} "
        "--sku Standard_ZRS --name default",
        note="The account stays in use during the conversion, which can take days.",
    ),
    sources=(
        "https://learn.microsoft.com/azure/machine-learning/how-to-high-availability-machine-learning",
        "https://github.com/Azure/azure-policy/blob/master/built-in-policies/policyDefinitions/Resilience/Storage_storageAccounts_ZoneRedundant_Audit.json",
    ),
    mappings={"azure_policy": ("85b005b2-95fc-4953-b9cb-f9ee6427c754",), "waf": ("Reliability",)},
)
def storage_spans_zones(account: Subject) -> Verdict:
    """Look for a production workspace on the account, then at where the copies of its data lie.

    In a region that is not known to have zones, an account without them is neither good nor bad.
    """
    if not any(map(_is_production, account.follow("workspaces-by-storage"))):
        return not_applicable("no production workspace keeps its data in this account")
    sku = account.text("sku.name")
    if sku in ACROSS_ZONES:
        return ok()
    if sku not in IN_ONE_ZONE:
        raise account.unfamiliar("sku.name", sku)
    region = account.text("location").replace(" ", "")
    if region not in WITH_ZONES:
        raise account.unfamiliar("location", region)
    return fail(f"with {sku}, the loss of one zone stops the workspace")


def _is_production(workspace: Subject) -> bool:
    """Tell by the nearest tag whether a workspace is production, as one without a tag is."""
    above = (workspace.follow("resource-group"), workspace.follow("subscription"))
    for place in chain([workspace], *above):
        if environment := place.text("tags.environment", default=""):
            return environment in PRODUCTION
    return True
