"""AML1625: machines are attached over private addresses only."""

from typing import Final

from amlaudit import Change, Fix, Subject, Verdict, fail, not_applicable, ok, removing, rule
from amlaudit.readings.addresses import range_of
from amlaudit.readings.parameters import texts_of

ADDRESS: Final = "properties.properties.address"


@rule(
    id="AML1625",
    title="An attached machine is reached by SSH at a private address only",
    severity="medium",
    severity_reason="Whoever guesses the password of its administrator is in the machine.",
    applies_to="Microsoft.MachineLearningServices/workspaces/computes",
    because=(
        "Azure Machine Learning works on an attached virtual machine or HDInsight cluster by SSH, "
        "as an administrator whose password or key it keeps. No role of the directory limits that, "
        "nobody renews it, and at a public address everybody may try to sign in."
    ),
    fix=Fix(
        "az ml compute detach --name {name} --resource-group {group} --workspace-name <workspace>",
        change=Change.IN_PLACE,
        note="Let a cluster or an attached Kubernetes take over what runs there first.",
        companions=(removing(),),
    ),
    sources=(
        "https://learn.microsoft.com/azure/machine-learning/concept-data-encryption",
        "https://learn.microsoft.com/azure/machine-learning/how-to-secure-training-vnet",
    ),
    mappings={"mcsb": ("IM-1", "IM-3"), "waf": ("Security",)},
    parameters={
        "approved_attached": ((), "Names of attached machines that are accepted; none: all are."),
    },
)
def attached_machines_closed(compute: Subject) -> Verdict:
    """Look at the name of an attached machine, then at its address."""
    if compute.text("properties.computeType") not in ("virtualmachine", "hdinsight"):
        return not_applicable("the compute is no attached machine")
    approved = texts_of(compute, "approved_attached")
    if approved and compute.name.lower() not in approved:
        return fail("nobody has approved the attached machine")
    address = compute.text(ADDRESS)
    if range_of(compute, ADDRESS, address).is_global:
        return fail(f"the attached machine is reached at {address}, from anywhere")
    return ok()
