"""AML1503: the storage firewall allows the workspaces, and no unapproved resources."""

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
BYPASS: Final = f"{FIREWALL}.bypass"
PASSING: Final = frozenset({"none", "logging", "metrics", "azureservices"})
RULES: Final = f"{FIREWALL}.resourceAccessRules"
RULES_SINCE: Final = "2020-08-01"  # API version


@rule(
    id="AML1503",
    title="The storage firewall allows the workspaces but no unapproved resource instances",
    severity="low",
    severity_reason="A resource that is allowed this way still needs a role on the data.",
    applies_to=STORAGE,
    because=(
        "The studio displays data from a Microsoft network. A restricted account allows it through "
        "a resource instance rule for the workspace, or because trusted Microsoft services can "
        "bypass the firewall; without either, people open the account to view their data. A rule "
        "for resources in other subscriptions, or with a wildcard, allows resources that others "
        "create."
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
        "prefer_resource_rule": (
            False,
            "Whether a resource instance rule is required even if trusted services can bypass.",
        ),
        "allowed_resource_rules": ((), "Resource IDs that may be allowed, with * as wildcard."),
    },
)
def workspaces_let_in(account: Subject) -> Verdict:
    """Check the resource instance rules, then whether each workspace is allowed.

    Resource instance rules and trusted services apply even if public access is disabled.
    """
    if answers_all_networks(account, FIREWALL):
        return not_applicable("the account is open to all networks")
    if not any(True for _ in account.follow("workspaces-with-data")):
        return not_applicable("no workspace stores data in this account")
    let_in = [
        arm_id.normalise(each.text("resourceId"))
        for each in account.each(RULES, default=(), since=RULES_SINCE)
    ]
    for each in let_in:
        if not _is_approved(account, each):
            return fail(f"the firewall allows {each}")
    if _trusts_services(account) and not account.parameters["prefer_resource_rule"]:
        return ok()
    for workspace in account.follow("workspaces-with-data"):
        if not any(fnmatchcase(workspace.id, pattern) for pattern in let_in):
            return fail(f"the firewall does not allow {workspace.name}")
    return ok()


def _trusts_services(account: Subject) -> bool:
    """Tell whether trusted services pass the firewall."""
    passing = account.text(BYPASS, default="AzureServices")
    names = {each.strip() for each in passing.split(",")}
    if not names <= PASSING:
        raise account.unfamiliar(BYPASS, passing)
    return "azureservices" in names


def _is_approved(account: Subject, resource_id: str) -> bool:
    """Tell whether a resource may be allowed: listed, in the same subscription, or a workspace."""
    if matches(account, "allowed_resource_rules", resource_id):
        return True
    if "*" in resource_id:
        return False
    if arm_id.subscription_of(resource_id) == arm_id.subscription_of(account.id):
        return True
    return any(each.id == resource_id for each in account.follow("workspaces-with-data"))
