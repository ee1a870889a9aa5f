"""AML1604: computes run in a network of one's own, or in the managed one."""

from amlaudit import Change, Fix, Subject, Verdict, fail, not_applicable, ok, rule
from amlaudit.readings.isolation import is_isolated
from amlaudit.readings.patterns import matches


@rule(
    id="AML1604",
    title="The compute runs in a virtual network or in the managed network",
    severity="high",
    severity_reason="Otherwise its nodes may send data anywhere, and nobody filters what comes in.",
    applies_to="Microsoft.MachineLearningServices/workspaces/computes",
    because=(
        "A compute outside of every network shares one with strangers and reaches the whole "
        "internet. A job, or a package that it installs, can then send away whatever it reads. A "
        "network is where rules on what goes in and out can be put at all."
    ),
    fix=Fix(
        "az ml workspace update --name <workspace> --resource-group {group} "
        "--managed-network allow_internet_outbound",
        change=Change.RECREATE,
        note="Then delete the compute and make it anew; or make it in a subnet of your own.",
    ),
    sources=(
        "https://learn.microsoft.com/azure/machine-learning/how-to-managed-network",
        "https://learn.microsoft.com/azure/machine-learning/how-to-secure-training-vnet",
        "https://learn.microsoft.com/azure/machine-learning/how-to-integrate-azure-policy",
        "https://github.com/Azure/azure-policy/blob/master/built-in-policies/policyDefinitions/Machine%20Learning/Vnet_Audit.json",
    ),
    mappings={
        "mcsb": ("NS-2",),
        "nist_800_53_r5": ("AC-4", "AC-4(4)", "AC-4(6)", "SC-7"),
        "iso_27001_2022": ("A.5.14",),
        "azure_policy": ("7804b5c7-01dc-4723-969b-ae300cc07ff1",),
        "waf": ("Security",),
    },
    parameters={"approved_subnets": (("*",), "Patterns of the ids of subnets that are accepted.")},
)
def isolated_network(compute: Subject) -> Verdict:
    """Look for the compute's subnet; without one, at the managed network of its workspace."""
    if compute.text("properties.computeType") not in ("amlcompute", "computeinstance"):
        return not_applicable("only clusters and instances stand in a network of the workspace")
    subnet = compute.text("properties.properties.subnet.id", default="")
    if subnet and not matches(compute, "approved_subnets", subnet):
        return fail(f"the compute stands in {subnet}, which is not approved")
    if is_isolated(compute):
        return ok()
    return fail("the compute has no subnet, and the managed network of its workspace is not on")
