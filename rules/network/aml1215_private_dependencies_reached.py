"""AML1215: the managed network reaches the private resources of the workspace by endpoints."""

from collections.abc import Iterator
from typing import Final

from amlaudit import Fix, Subject, Verdict, arm_id, fail, not_applicable, ok, rule
from amlaudit.readings.outbound_rules import (
    PRIVATE_ENDPOINT,
    isolation_of,
    lets_out_approved_only,
    rules_of,
)

STATUS: Final = "properties.status"
WORKS: Final = "active"
# https://learn.microsoft.com/rest/api/azureml/managed-network-settings-rule/list
WORKS_NOT: Final = ("inactive", "provisioning", "deleting", "failed")
DEPENDENCIES: Final = {
    "storage": ("blob", "file"),
    "key-vault": ("vault",),
    "container-registry": ("registry",),
}
OF_BATCH: Final = (
    "queue",
    "table",
)  # https://learn.microsoft.com/azure/machine-learning/how-to-managed-network


@rule(
    id="AML1215",
    title="The managed network reaches every private resource of the workspace by an endpoint",
    severity="medium",
    severity_reason="Without it jobs fail, or their data take the public way to a private store.",
    applies_to="Microsoft.MachineLearningServices/workspaces",
    because=(
        "A storage account, vault or registry that is closed to the public answers to private "
        "endpoints only, and the managed network has its own. Azure adds those for files, blobs, "
        "secrets and images by itself, but never the ones for queues and tables, which batch "
        "endpoints need, and an endpoint that is not active carries nothing."
    ),
    fix=Fix(
        "az ml workspace outbound-rule set --workspace-name {name} --resource-group {group} "
        "--rule <rule> --type private_endpoint --service-resource-id <resource id> "
        "--subresource-target <blob, file, queue, table, vault or registry>",
    ),
    sources=("https://learn.microsoft.com/azure/machine-learning/how-to-managed-network",),
    mappings={"mcsb": ["NS-2"], "waf": ["Security"]},
)
def private_dependencies_reached(workspace: Subject) -> Verdict:
    """Look for an active rule for each part of each dependency that is closed to the public."""
    if isolation_of(workspace) == "disabled":
        return not_applicable("the workspace has no managed network")
    private = [
        (dependency, parts)
        for relation, parts in DEPENDENCIES.items()
        for dependency in workspace.follow(relation)
        if dependency.text("properties.publicNetworkAccess", default="Enabled") == "disabled"
    ]
    if not private and not lets_out_approved_only(workspace):
        return not_applicable("every resource of the workspace is reached over the internet")
    active = set(_active(workspace)) if private else set()
    for dependency, parts in private:
        for part in (*parts, *(OF_BATCH if "blob" in parts and _has_batch(workspace) else ())):
            if (dependency.id, part) not in active:
                return fail(f"no active outbound rule leads to {part} of {dependency.name}")
    return ok()


def _has_batch(workspace: Subject) -> bool:
    """Tell whether the workspace has a batch endpoint."""
    return any(True for _ in workspace.follow("batch-endpoints"))


def _active(workspace: Subject) -> Iterator[tuple[str, str]]:
    """Yield (id, part) of everything that an active private endpoint leads to."""
    for each in rules_of(workspace, PRIVATE_ENDPOINT):
        status = each.text(STATUS)
        if status == WORKS:
            target = arm_id.normalise(each.text("properties.destination.serviceResourceId"))
            yield target, each.text("properties.destination.subresourceTarget")
        elif status not in WORKS_NOT:
            raise each.unfamiliar(STATUS, status)
