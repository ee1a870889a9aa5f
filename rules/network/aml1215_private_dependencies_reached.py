"""AML1215: the managed network has private endpoints to the workspace's private resources."""

from collections.abc import Iterator
from typing import Final

from amlaudit import (
    Change,
    Companion,
    Fix,
    Subject,
    Verdict,
    adding,
    arm_id,
    fail,
    not_applicable,
    ok,
    rule,
)
from amlaudit.readings.enumerations import one_of
from amlaudit.readings.outbound_rules import (
    PRIVATE_ENDPOINT,
    isolation_of,
    lets_out_approved_only,
    rules_of,
)
from amlaudit.readings.private_access import PARTS, closed_dependencies

WORKS: Final = "active"
# https://learn.microsoft.com/rest/api/azureml/managed-network-settings-rule/list
WORKS_NOT: Final = ("inactive", "provisioning", "deleting", "failed")
STORAGE: Final = "microsoft.storage/storageaccounts"
OF_BATCH: Final = ("queue", "table")  # of a storage account


def _outbound_endpoint(part: str, relation: str) -> Companion:
    """Return an outbound rule of the managed network to a subresource of a dependency."""
    return adding(
        "Microsoft.MachineLearningServices/workspaces/outboundRules",
        f"{{its.name}}-{part}",
        {
            "properties": {
                "type": "PrivateEndpoint",
                "category": "UserDefined",
                "destination": {
                    "serviceResourceId": "{its.id}",
                    "subresourceTarget": part,
                    "sparkEnabled": True,
                },
            }
        },
        via=(relation,),
    )


@rule(
    id="AML1215",
    title="The managed network has a private endpoint to every private resource of the workspace",
    severity="medium",
    severity_reason=(
        "Without one, jobs fail or their data takes a public path to a private resource."
    ),
    applies_to="Microsoft.MachineLearningServices/workspaces",
    because=(
        "A storage account, key vault or registry without public network access is reachable only "
        "through private endpoints, and the managed network needs its own. Azure adds those for "
        "blob, file, vault and registry automatically, but never those for queue and table, which "
        "batch endpoints need. A private endpoint that is not active carries no traffic."
    ),
    fix=Fix(
        "az ml workspace outbound-rule set --workspace-name {name} --resource-group {group} "
        "--rule <rule> --type private_endpoint --service-resource-id <resource id> "
        "--subresource-target <blob, file, queue, table, vault or registry>",
        change=Change.CREATE_COMPANION,
        companions=(
            _outbound_endpoint("vault", "key-vault"),
            _outbound_endpoint("registry", "container-registry"),
            *(_outbound_endpoint(part, "storage") for part in ("blob", "file", "queue", "table")),
        ),
    ),
    sources=("https://learn.microsoft.com/azure/machine-learning/how-to-managed-network",),
    mappings={"mcsb": ["NS-2"], "waf": ["Security"]},
)
def private_dependencies_reached(workspace: Subject) -> Verdict:
    """Look for an active rule to each subresource of each dependency without public access."""
    if isolation_of(workspace) == "disabled":
        return not_applicable("the workspace has no managed network")
    private = 0
    for dependency in closed_dependencies(workspace):
        private += 1
        active = set(_active(workspace))
        for part in _needed(workspace, dependency):
            if (dependency.id, part) not in active:
                return fail(f"no active outbound rule targets {part} of {dependency.name}")
    if not private and not lets_out_approved_only(workspace):
        return not_applicable("no dependency of the workspace has public network access disabled")
    return ok()


def _needed(workspace: Subject, dependency: Subject) -> Iterator[str]:
    """Yield the subresources of a dependency that the managed network has to reach."""
    yield from PARTS[dependency.type]
    if dependency.type == STORAGE and any(True for _ in workspace.follow("batch-endpoints")):
        yield from OF_BATCH


def _active(workspace: Subject) -> Iterator[tuple[str, str]]:
    """Yield (id, subresource) of the targets of active private endpoints."""
    for each in rules_of(workspace, PRIVATE_ENDPOINT):
        if one_of(each, "properties.status", (WORKS, *WORKS_NOT)) == WORKS:
            target = arm_id.normalise(each.text("properties.destination.serviceResourceId"))
            yield target, each.text("properties.destination.subresourceTarget")
