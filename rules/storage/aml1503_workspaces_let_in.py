"""AML1503: the storage firewall lets in the workspaces, and nobody wider."""

from fnmatch import fnmatchcase
from typing import Final

from amlaudit import (
    Fix,
    Subject,
    Verdict,
    arm_id,
    fail,
    not_applicable,
    ok,
    removing,
    rule,
    setting,
)
from amlaudit.readings.firewall import answers_all_networks
from amlaudit.readings.patterns import matches

STORAGE: Final = "Microsoft.Storage/storageAccounts"
FIREWALL: Final = "properties.networkAcls"
RULES: Final = f"{FIREWALL}.resourceAccessRules"


@rule(
    id="AML1503",
    title="The storage firewall lets the workspaces in, and no resource that nobody approved",
    severity="low",
    severity_reason="Who comes in this way still needs a role on the data.",
    applies_to=STORAGE,
    because=(
        "The studio shows data from a network of Microsoft's. A closed account lets it in by a "
        "rule that names the workspace, or because trusted services may pass; without either, "
        "people open the account to look at their data. A rule that names resources elsewhere, or "
        "all of a kind, lets in what others make."
    ),
    fix=Fix(
        "az storage account network-rule add --account-name {name} --resource-group {group} "
        "--resource-id <workspace id> --tenant-id <tenant id>",
        companions=(
            removing(member=RULES),
            setting(STORAGE, {f"{FIREWALL}.bypass": "AzureServices"}),
        ),
    ),
    sources=(
        "https://learn.microsoft.com/azure/machine-learning/how-to-secure-workspace-vnet",
        "https://learn.microsoft.com/azure/machine-learning/how-to-managed-network",
        "https://learn.microsoft.com/azure/storage/common/storage-network-security",
        "https://github.com/Azure/azure-policy/blob/master/built-in-policies/policyDefinitions/Storage/StorageAccess_TrustedMicrosoftServices_Audit.json",
    ),
    mappings={
        "cis_azure": ("3.0.0:4.8", "4.0.0:10.3.5", "5.0.0:9.3.5", "6.0.0:9.3.5"),
        "nist_800_53_r5": ("AC-4", "AC-17", "SC-7"),
        "iso_27001_2022": ("A.5.14", "A.6.7", "A.8.3", "A.8.9", "A.8.20"),
        "azure_policy": ("c9d007d0-c057-4772-b18c-01e546713bcd",),
        "waf": ("Security",),
    },
    parameters={
        "prefer_resource_rule": (False, "Whether trusted services are not enough."),
        "allowed_resource_rules": ((), "Ids of resources that may come in, with * for any text."),
    },
)
def workspaces_let_in(account: Subject) -> Verdict:
    """Look at who is let in by name, then whether each workspace is let in at all.

    Rules by resource and trusted services pass even where public access is disabled.
    """
    if answers_all_networks(account, FIREWALL):
        return not_applicable("the account is open to all networks")
    if not any(True for _ in account.follow("workspaces-with-data")):
        return not_applicable("no workspace has data in this account")
    let_in = [arm_id.normalise(each.text("resourceId")) for each in account.each(RULES, default=())]
    for each in let_in:
        if not _is_approved(account, each):
            return fail(f"the firewall lets in {each}")
    trusted = "azureservices" in account.text(f"{FIREWALL}.bypass", default="AzureServices")
    if trusted and not account.parameters["prefer_resource_rule"]:
        return ok()
    for workspace in account.follow("workspaces-with-data"):
        if not any(fnmatchcase(workspace.id, pattern) for pattern in let_in):
            return fail(f"the firewall does not let in {workspace.name}")
    return ok()


def _is_approved(account: Subject, resource_id: str) -> bool:
    """Tell whether a resource may come in: listed, of the same subscription, or a user."""
    if matches(account, "allowed_resource_rules", resource_id):
        return True
    if "*" in resource_id:
        return False
    if arm_id.subscription_of(resource_id) == arm_id.subscription_of(account.id):
        return True
    return any(each.id == resource_id for each in account.follow("workspaces-with-data"))
