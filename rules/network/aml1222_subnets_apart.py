"""AML1222: compute, attached clusters and private endpoints have separate subnets."""

from collections.abc import Iterator
from itertools import combinations
from typing import Final

from amlaudit import Change, Fix, Subject, Verdict, arm_id, fail, not_applicable, ok, rule
from amlaudit.readings.subnets import compute_subnets

PAIR: Final = 2
MANAGED_CLUSTER: Final = "microsoft.containerservice/managedclusters"


@rule(
    id="AML1222",
    title="Training compute, attached clusters and private endpoints do not share a subnet",
    severity="low",
    severity_reason="Whatever one of them needs open is open for the others too.",
    applies_to="Microsoft.MachineLearningServices/workspaces",
    because=(
        "Routes and security rules apply to a subnet. Training needs outbound access, scoring "
        "needs inbound access and private endpoints need neither; in one subnet, all of them get "
        "whatever any of them needs. A large training run can also use up the addresses that "
        "scoring needs to scale out."
    ),
    fix=Fix(
        "az network vnet subnet create --resource-group <group> --vnet-name <network> "
        "--name <subnet> --address-prefixes <range>",
        change=Change.RECREATE,
        note="Then recreate the compute or private endpoints in the new subnet.",
        undeclared="Compute, node pools and private endpoints cannot move to another subnet.",
    ),
    sources=(
        "https://learn.microsoft.com/azure/machine-learning/how-to-network-isolation-planning",
        "https://learn.microsoft.com/azure/cloud-adoption-framework/ready/azure-best-practices/ai-machine-learning-enterprise-security",
        "https://github.com/Azure/review-checklists/blob/main/checklists-ext/azuremachinelearning_sg_checklist.en.json",
    ),
    mappings={"mcsb": ["NS-1"], "waf": ["Security"]},
    parameters={
        "allow_pe_in_training_subnet": (
            False,
            "Whether private endpoints may share the training subnet, as the CAF recommends.",
        ),
    },
)
def subnets_apart(workspace: Subject) -> Verdict:
    """Collect the subnets of each of the three, then look for a subnet that two share."""
    used = {
        "computes": {each.id for each in compute_subnets(workspace)},
        "attached clusters": set(_subnets_of_pools(workspace)),
        "private endpoints": {
            arm_id.normalise(each.text("properties.subnet.id"))
            for each in workspace.follow("private-endpoints")
        },
    }
    if sum(map(bool, used.values())) < PAIR:
        return not_applicable("fewer than two of the three are in your subnets")
    for (one, of_one), (other, of_other) in combinations(used.items(), PAIR):
        accepted = workspace.parameters["allow_pe_in_training_subnet"] and one == "computes"
        for shared in sorted(of_one & of_other):
            if not (accepted and other == "private endpoints"):
                return fail(f"{one} and {other} share {arm_id.name_of(shared)}")
    return ok()


def _subnets_of_pools(workspace: Subject) -> Iterator[str]:
    """Yield the ids of the subnets of the nodes and pods of attached clusters."""
    for compute in workspace.follow("computes"):
        attached = arm_id.normalise(compute.text("properties.resourceId", default=""))
        if arm_id.type_of(attached) != MANAGED_CLUSTER:
            continue  # its nodes are not in an Azure subnet
        for cluster in compute.follow("cluster"):
            for pool in cluster.each("properties.agentPoolProfiles", default=()):
                for users in ("vnetSubnetID", "podSubnetID"):
                    if subnet := pool.text(users, default=""):
                        yield arm_id.normalise(subnet)
