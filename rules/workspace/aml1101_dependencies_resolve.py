"""AML1101: all dependent resources of the workspace exist."""

from collections.abc import Iterator
from typing import Final

from amlaudit import Fix, Subject, Verdict, arm_id, fail, not_applicable, ok, rule
from amlaudit.readings.partial import known_of
from amlaudit.readings.texts import texts_in
from amlaudit.readings.workspaces import DEPENDENCIES_SINCE

NEEDED: Final = {"storageAccount": "storage", "keyVault": "key-vault"}
AT_TIMES: Final = {
    "applicationInsights": "application-insights",  # AML1805 reports a workspace without
    "containerRegistry": "container-registry",  # created with the first image
}


@rule(
    id="AML1101",
    title="All dependent resources of the workspace exist",
    severity="high",
    severity_reason=(
        "Without them jobs fail, and the storage account and key vault cannot be replaced."
    ),
    applies_to="Microsoft.MachineLearningServices/workspaces",
    because=(
        "A workspace keeps its files, secrets, logs and images in separate resources, which anyone "
        "with permissions on the resource group can delete. Jobs and endpoints then stop. Because "
        "the storage account and key vault are fixed when the workspace is created, it survives "
        "only if they can be recovered. A project uses the resources of its hub."
    ),
    fix=Fix(
        "az ml workspace sync-keys --name {name} --resource-group {group}",
        note=(
            "First recover the deleted key vault or storage account; this is possible only for a "
            "limited number of days."
        ),
        settings={},
        undeclared="Deleted resources are recovered, not declared.",
    ),
    sources=(
        "https://learn.microsoft.com/azure/machine-learning/how-to-high-availability-machine-learning",
        "https://learn.microsoft.com/azure/machine-learning/concept-soft-delete",
        "https://learn.microsoft.com/azure/templates/microsoft.machinelearningservices/workspaces",
    ),
    mappings={"waf": ["Reliability"]},
)
def dependencies_resolve(workspace: Subject) -> Verdict:
    """Look for each referenced resource; one that may only be hidden is unknown."""
    if workspace.text("kind", default="Default") == "project":
        return not_applicable("a project uses the resources of its hub")
    for lack in known_of(_lacks(workspace, name) for name in NEEDED | AT_TIMES):
        return fail(lack)
    return ok()


def _lacks(workspace: Subject, name: str) -> Iterator[str]:
    """Yield what is wrong with a dependency."""
    named = list(_named(workspace, name))
    if not named and name in NEEDED:
        yield f"properties.{name} is not set"
    for each in named:
        if workspace.estate.find(arm_id.normalise(each)) is None:
            yield f"{arm_id.name_of(each)} is referenced in properties.{name} but does not exist"
    list(workspace.follow((NEEDED | AT_TIMES)[name]))


def _named(workspace: Subject, name: str) -> Iterator[str]:
    """Yield the ids of the resources that the workspace references as a dependency.

    The first hubs reference them in lists, `storageAccounts` and `keyVaults`.
    """
    since = DEPENDENCIES_SINCE if name in NEEDED else ""
    one = workspace.text(f"properties.{name}", default="", since=since)
    if one:
        yield one
    elif name in NEEDED:
        yield from texts_in(workspace, f"properties.{name}s", default=())
