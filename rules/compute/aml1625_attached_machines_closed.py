"""AML1625: attached machines are reachable at private addresses only."""

from typing import Final

from amlaudit import Change, Fix, Subject, Verdict, fail, not_applicable, ok, removing, rule
from amlaudit.readings.addresses import range_of
from amlaudit.readings.parameters import texts_of

ADDRESS: Final = "properties.properties.address"


@rule(
    id="AML1625",
    title="Attached machines are reachable by SSH at private addresses only",
    severity="medium",
    severity_reason="Whoever guesses the administrator's password has access to the machine.",
    applies_to="Microsoft.MachineLearningServices/workspaces/computes",
    because=(
        "Azure Machine Learning connects to an attached virtual machine or HDInsight cluster by "
        "SSH, as an administrator whose password or key it stores. No role assignment limits "
        "that access and nobody rotates the credential, and at a public address anybody can try "
        "to sign in."
    ),
    fix=Fix(
        "az ml compute detach --name {name} --resource-group {group} --workspace-name <workspace>",
        change=Change.IN_PLACE,
        note="First move the workloads to a cluster or an attached Kubernetes cluster.",
        companions=(removing(),),
    ),
    sources=(
        "https://learn.microsoft.com/azure/machine-learning/concept-data-encryption",
        "https://learn.microsoft.com/azure/machine-learning/how-to-secure-training-vnet",
    ),
    mappings={"mcsb": ("IM-1", "IM-3"), "waf": ("Security",)},
    parameters={
        "approved_attached": (
            (),
            "Names of approved attached machines; if empty, all are accepted.",
        ),
    },
)
def attached_machines_closed(compute: Subject) -> Verdict:
    """Check the name of an attached machine, then its address."""
    if compute.text("properties.computeType") not in ("virtualmachine", "hdinsight"):
        return not_applicable("the compute is not an attached machine")
    approved = texts_of(compute, "approved_attached")
    if approved and compute.name.lower() not in approved:
        return fail("the attached machine is not approved")
    address = compute.text(ADDRESS)
    if range_of(compute, ADDRESS, address).is_global:
        return fail(f"the attached machine is reachable from the internet at {address}")
    return ok()
