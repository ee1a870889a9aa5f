"""AML2103: the container registry of a workspace is reached from a few networks only."""

from amlaudit import Fix, Subject, Verdict, fail, not_applicable, ok, rule
from amlaudit.readings.enumerations import one_of
from amlaudit.readings.firewall import LIMIT, flaw_of
from amlaudit.readings.registries import serves_machine_learning


@rule(
    id="AML2103",
    title="The container registry answers only to networks that are known",
    severity="medium",
    severity_reason="A stolen token pulls and pushes images from wherever the thief is.",
    applies_to="Microsoft.ContainerRegistry/registries",
    because=(
        "The images of the registry run on computes with the rights of their identities, and hold "
        "the code of the team. A registry that is closed to the public, or that refuses every "
        "address that no rule names, leaves a token worthless outside."
    ),
    fix=Fix(
        "az acr update --name {name} --resource-group {group} --public-network-enabled false",
        note=(
            "Create private endpoints first, and name a compute for image builds on the workspace. "
            "Only the Premium tier can be restricted."
        ),
        settings={"properties.publicNetworkAccess": "Disabled"},
    ),
    sources=(
        "https://learn.microsoft.com/azure/machine-learning/how-to-secure-workspace-vnet",
        "https://github.com/Azure/azure-policy/blob/master/built-in-policies/policyDefinitions/Container%20Registry/ACR_PublicNetworkAccess_AuditDeny.json",
        "https://github.com/Azure/azure-policy/blob/master/built-in-policies/policyDefinitions/Container%20Registry/ACR_NetworkRulesExist_AuditDeny.json",
    ),
    mappings={
        "mcsb": ["NS-2"],
        "nist_800_53_r5": ["AC-4", "SC-7", "SC-7(3)"],
        "iso_27001_2022": ["A.5.14", "A.8.1", "A.8.20", "A.8.21", "A.8.22"],
        "azure_policy": [
            "0fdf0491-d080-4575-b627-ad0e843cba0f",
            "d0793b48-0edc-4296-a390-4c75d1bdfd71",
            "a3701552-92ea-433e-9d17-33b7f1208fc9",
        ],
        "waf": ["Security"],
    },
    parameters=LIMIT,
)
def networks_restricted(registry: Subject) -> Verdict:
    """Read whether the public may come in at all, then what the firewall leaves of it."""
    if not serves_machine_learning(registry):
        return not_applicable("neither a workspace nor a machine learning registry uses it")
    states, path = ("enabled", "disabled"), "properties.publicNetworkAccess"
    if one_of(registry, path, states, default="Enabled") == "disabled":
        return ok()
    flaw = flaw_of(registry, "properties.networkRuleSet")
    return fail(flaw) if flaw else ok()
