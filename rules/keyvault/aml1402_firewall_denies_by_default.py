"""AML1402: the firewall of a public workspace key vault lets in only what it names."""

from amlaudit import Fix, Subject, Verdict, fail, not_applicable, ok, removing, rule, setting
from amlaudit.readings.enumerations import one_of
from amlaudit.readings.firewall import LIMIT, flaw_of


@rule(
    id="AML1402",
    title="The firewall of a key vault that stays public refuses every network that no rule names",
    severity="high",
    severity_reason="With an open firewall a stolen token works on the vault from anywhere.",
    applies_to="Microsoft.KeyVault/vaults",
    because=(
        "A vault that cannot be closed to the public can still be narrowed to a few known "
        "addresses and subnets. Without such rules, or with one that names a huge range, the sign- "
        "in is all that stands between the internet and the credentials of the datastores."
    ),
    fix=Fix(
        "az keyvault update --name {name} --resource-group {group} --default-action Deny",
        note="Add the networks that need the vault first: az keyvault network-rule add.",
        companions=(
            setting("Microsoft.KeyVault/vaults", {"properties.networkAcls.defaultAction": "Deny"}),
            removing(member="properties.networkAcls.ipRules"),
            removing(member="properties.networkAcls.virtualNetworkRules"),
        ),
    ),
    sources=(
        "https://learn.microsoft.com/azure/machine-learning/how-to-secure-workspace-vnet",
        "https://github.com/Azure/azure-policy/blob/master/built-in-policies/policyDefinitions/Key%20Vault/FirewallEnabled_Audit.json",
    ),
    mappings={
        "mcsb": ["DP-8", "NS-2"],
        "nist_800_53_r5": ["AC-4", "SC-7", "SC-7(3)"],
        "iso_27001_2022": ["A.5.14"],
        "azure_policy": ["55615ac9-af46-4a59-874e-391cc3dfb490"],
        "waf": ["Security"],
    },
    parameters=LIMIT,
)
def firewall_denies_by_default(vault: Subject) -> Verdict:
    """Read the default action, then count the addresses that every rule lets in."""
    states, path = ("enabled", "disabled"), "properties.publicNetworkAccess"
    if one_of(vault, path, states, default="Enabled") == "disabled":
        return not_applicable("public network access is disabled")
    if not any(True for _ in vault.follow("workspaces-by-vault")):
        return not_applicable("no workspace uses the vault")
    flaw = flaw_of(vault, "properties.networkAcls")
    return fail(flaw) if flaw else ok()
