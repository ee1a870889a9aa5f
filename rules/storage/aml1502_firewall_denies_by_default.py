"""AML1502: the firewall of a workspace storage account denies traffic by default."""

from amlaudit import Fix, Subject, Verdict, fail, not_applicable, ok, removing, rule, setting
from amlaudit.readings.firewall import LIMIT, flaw_of, public_access_of


@rule(
    id="AML1502",
    title="The storage firewall denies by default and allows no wide address ranges",
    severity="high",
    severity_reason="With an open firewall, one leaked key or token is enough to read all data.",
    applies_to="Microsoft.Storage/storageAccounts",
    because=(
        "A storage account that denies by default is reachable only from the networks in its "
        "rules. A default action of Allow, or a rule with a very large address range, exposes the "
        "data of the workspace to anyone who holds a key. An account without public network access "
        "needs no firewall rules, and in a network security perimeter the perimeter's access rules "
        "apply instead."
    ),
    fix=Fix(
        "az storage account update --name {name} --resource-group {group} --default-action Deny",
        companions=(
            setting(
                "Microsoft.Storage/storageAccounts",
                {"properties.networkAcls.defaultAction": "Deny"},
            ),
            removing(member="properties.networkAcls.ipRules"),
            removing(member="properties.networkAcls.ipv6Rules"),
            removing(member="properties.networkAcls.virtualNetworkRules"),
        ),
    ),
    sources=(
        "https://learn.microsoft.com/azure/machine-learning/how-to-secure-workspace-vnet",
        "https://learn.microsoft.com/azure/storage/common/storage-network-security-perimeter",
        "https://github.com/Azure/azure-policy/blob/master/built-in-policies/policyDefinitions/Storage/Storage_NetworkAcls_Audit.json",
        "https://github.com/Azure/azure-policy/blob/master/built-in-policies/policyDefinitions/Storage/StorageAccountOnlyVnetRulesEnabled_Audit.json",
    ),
    mappings={
        "mcsb": ["NS-2"],
        "cis_azure": ["3.0.0:4.7", "4.0.0:10.3.2.3", "5.0.0:9.3.2.3", "6.0.0:9.3.2.3"],
        "nist_800_53_r5": [
            "AC-4",
            "AC-4(4)",
            "AC-4(6)",
            "AC-17",
            "AC-17(1)",
            "SC-7",
            "SC-7(3)",
        ],
        "iso_27001_2022": ["A.5.14", "A.8.20"],
        "azure_policy": [
            "34c877ad-507e-4c82-993e-3452a6e0ad3c",
            "2a1a9cdf-e04d-429a-8416-3bfb72a1b26f",
        ],
        "waf": ["Security"],
    },
    parameters=LIMIT,
)
def firewall_denies_by_default(account: Subject) -> Verdict:
    """Check the default action, then the number of addresses that each rule allows."""
    state = public_access_of(account)
    if state == "disabled":
        return not_applicable("public network access is disabled")
    if state == "securedbyperimeter":
        return not_applicable("a network security perimeter applies instead of the firewall")
    if not any(True for _ in account.follow("workspaces-with-data")):
        return not_applicable("no workspace stores data in this account")
    flaw = flaw_of(account)
    return fail(flaw) if flaw else ok()
