"""AML1216: a network security group filters every subnet that the workspace uses."""

from itertools import chain
from typing import Final

from amlaudit.core.arm_id import normalise
from amlaudit.core.gap import Gap, Reason
from amlaudit.core.rule import rule
from amlaudit.core.subject import Subject
from amlaudit.core.verdict import Verdict, fail, not_applicable, ok, unknown

SERVERLESS: Final = "properties.serverlessComputeSettings.serverlessComputeCustomSubnet"
SERVERLESS_SHOWN_SINCE: Final = "2023-10-01"  # API version


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
    """Collect the subnets that have a security group, and stop at the first that has none."""
    filtered: set[str] = set()
    for user in chain(workspace.follow("computes"), workspace.follow("private-endpoints")):
        for subnet in user.follow("subnet"):
            if not subnet.text("properties.networkSecurityGroup.id", default=""):
                return fail(f"subnet {subnet.name} has no network security group")
            filtered.add(subnet.id)
    version = workspace.resource.origin.api_version
    shown = not version or version >= SERVERLESS_SHOWN_SINCE
    serverless = workspace.text(SERVERLESS, default="") if shown else workspace.text(SERVERLESS)
    if serverless and normalise(serverless) not in filtered:
        detail = f"{SERVERLESS} names a subnet that was not looked up: {serverless}"
        return unknown(Gap(workspace.id, SERVERLESS, Reason.NOT_COLLECTED, detail))
    return ok() if filtered else not_applicable("the workspace uses no subnet of its own")
