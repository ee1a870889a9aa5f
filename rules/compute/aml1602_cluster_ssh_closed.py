"""AML1602: nobody outside reaches the nodes of a cluster by SSH."""

from typing import Final

from amlaudit import Change, Fix, Subject, Verdict, fail, not_applicable, ok, rule
from amlaudit.readings.enumerations import one_of

PORT: Final = "properties.properties.remoteLoginPortPublicAccess"
SETTINGS: Final = ("disabled", "enabled", "notspecified")


@rule(
    id="AML1602",
    title="The nodes of the cluster cannot be reached by SSH from outside",
    severity="high",
    severity_reason="Every node offers the port on an address that the whole internet can try.",
    applies_to="Microsoft.MachineLearningServices/workspaces/computes",
    because=(
        "An open SSH port invites everybody to guess, and whoever has the key works on the nodes "
        "beside the data, past the directory and its logs. Jobs need no such port, and the studio "
        "offers a terminal to debug them that asks for a sign-in."
    ),
    fix=Fix(
        "az ml compute create --file cluster.yml --resource-group {group} "
        "--workspace-name <workspace>",
        change=Change.RECREATE,
        note="The setting is fixed when the cluster is made: delete it first, and write "
        "ssh_public_access_enabled false into the file.",
    ),
    sources=(
        "https://learn.microsoft.com/azure/templates/microsoft.machinelearningservices/workspaces/computes",
        "https://learn.microsoft.com/azure/well-architected/service-guides/azure-machine-learning",
        "https://learn.microsoft.com/azure/machine-learning/concept-enterprise-security",
    ),
    mappings={"mcsb": ("IM-1",), "waf": ("Security",)},
)
def cluster_ssh_closed(compute: Subject) -> Verdict:
    """Read the port's setting; one that is not specified depends on whether there is a subnet."""
    if compute.text("properties.computeType") != "amlcompute":
        return not_applicable("only clusters have this setting")
    setting = one_of(compute, PORT, SETTINGS, default="notspecified")
    if setting == "enabled":
        return fail("the SSH port of every node is open")
    if setting == "disabled" or compute.text("properties.properties.subnet.id", default=""):
        return ok()
    return fail("the SSH port is open unless the cluster says otherwise or has a subnet")
