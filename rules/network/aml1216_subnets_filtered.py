"""AML1216: a network security group filters every subnet that the workspace uses."""

from itertools import chain
from typing import Final

from amlaudit import Subject, Verdict, arm_id, fail, not_applicable, ok, rule

SERVERLESS: Final = "properties.serverlessComputeSettings.serverlessComputeCustomSubnet"
SHOWN_SINCE: Final = "2023-10-01"  # API version


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
    """Collect the subnets that have a security group, and stop at the first that has none.

    The subnet of serverless computes is known only where others sit in it too.
    """
    filtered: set[str] = set()
    for user in chain(workspace.follow("computes"), workspace.follow("private-endpoints")):
        for subnet in user.follow("subnet"):
            if not subnet.text("properties.networkSecurityGroup.id", default=""):
                return fail(f"subnet {subnet.name} has no network security group")
            filtered.add(subnet.id)
    serverless = workspace.text(SERVERLESS, default="", since=SHOWN_SINCE)
    if serverless and arm_id.normalise(serverless) not in filtered:
        raise workspace.unfamiliar(SERVERLESS, serverless)
    return ok() if filtered else not_applicable("the workspace uses no subnet of its own")
