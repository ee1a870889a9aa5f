"""AML1216: a network security group filters every subnet that the workspace uses."""

from amlaudit import Subject, Verdict, fail, not_applicable, ok, rule
from amlaudit.readings.subnets import used_subnets


@rule(
    id="AML1216",
    title="Every subnet that computes or private endpoints of the workspace sit in is filtered",
    severity="medium",
    severity_reason="Without a security group any neighbour in the network reaches the computes.",
    applies_to="Microsoft.MachineLearningServices/workspaces",
    because=(
        "Left alone, the platform lets everything in a virtual network talk to everything else, "
        "and lets computes out to the internet. A network security group on the subnet states who "
        "may talk to whom."
    ),
    fix=(
        "az network vnet subnet update --ids <subnet id> --network-security-group <security group>"
    ),
    sources=(
        "https://learn.microsoft.com/azure/machine-learning/how-to-secure-training-vnet",
        "https://learn.microsoft.com/azure/machine-learning/how-to-prevent-data-loss-exfiltration",
        "https://github.com/Azure/azure-policy/blob/master/built-in-policies/policyDefinitions/Security%20Center/ASC_NetworkSecurityGroupsOnSubnets_Audit.json",
    ),
    mappings={
        "mcsb": ["NS-1"],
        "cis_azure": ["5.0.0:7.11", "6.0.0:7.11"],
        "nist_800_53_r5": ["AC-3", "AC-4", "CM-7", "SC-7", "SC-7(3)"],
        "iso_27001_2022": ["A.8.20", "A.8.22"],
        "azure_policy": ["e71308d3-144b-4262-b144-efdc3cc90517"],
        "waf": ["Security"],
    },
)
def subnets_filtered(workspace: Subject) -> Verdict:
    """Look for a subnet without security group; what the groups let through is AML1217's matter."""
    used = 0
    for subnet in used_subnets(workspace):
        used += 1
        if not subnet.text("properties.networkSecurityGroup.id", default=""):
            return fail(f"subnet {subnet.name} has no network security group")
    return ok() if used else not_applicable("the workspace uses no subnet of its own")
