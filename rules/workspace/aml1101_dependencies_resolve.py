"""AML1101: everything that the workspace depends on exists."""

from collections.abc import Iterator
from typing import Final

from amlaudit import Fix, Subject, Verdict, arm_id, fail, not_applicable, ok, rule
from amlaudit.readings.partial import known_of
from amlaudit.readings.texts import texts_in

NEEDED: Final = {"storageAccount": "storage", "keyVault": "key-vault"}
SHOWN_SINCE: Final = "2018-11-19"  # API version: the first of all
AT_TIMES: Final = {
    "applicationInsights": "application-insights",  # AML1805 reports a workspace without
    "containerRegistry": "container-registry",  # comes with the first image
}


@rule(
    id="AML1101",
    title="Everything that the workspace depends on exists",
    severity="high",
    severity_reason="Jobs fail without it, and vault and storage cannot be exchanged for others.",
    applies_to="Microsoft.MachineLearningServices/workspaces",
    because=(
        "A workspace keeps its files, secrets, logs and images in resources of their own, which "
        "anybody with rights on the resource group can delete. Jobs and endpoints then stop, and "
        "as storage account and vault are fixed when the workspace is made, it lives only as long "
        "as they can be recovered. A project uses the resources of its hub."
    ),
    fix=Fix(
        "az ml workspace sync-keys --name {name} --resource-group {group}",
        note="First recover the deleted vault or storage account; both can only be for some days.",
        settings={},
        undeclared="What was deleted is recovered, not declared.",
    ),
    sources=(
        "https://learn.microsoft.com/azure/machine-learning/how-to-high-availability-machine-learning",
        "https://learn.microsoft.com/azure/machine-learning/concept-soft-delete",
        "https://learn.microsoft.com/azure/templates/microsoft.machinelearningservices/workspaces",
    ),
    mappings={"waf": ["Reliability"]},
)
def dependencies_resolve(workspace: Subject) -> Verdict:
    """Look for each resource that is named; one that may only be hidden is not known."""
    if workspace.text("kind", default="Default") == "project":
        return not_applicable("a project uses what its hub has")
    for lack in known_of(_lacks(workspace, name) for name in NEEDED | AT_TIMES):
        return fail(lack)
    return ok()


def _lacks(workspace: Subject, name: str) -> Iterator[str]:
    """Yield what is wrong with a dependency."""
    named = list(_named(workspace, name))
    if not named and name in NEEDED:
        yield f"properties.{name} names nothing"
    for each in named:
        if workspace.estate.find(arm_id.normalise(each)) is None:
            yield f"{arm_id.name_of(each)} is named in properties.{name}, and is gone"
    list(workspace.follow((NEEDED | AT_TIMES)[name]))


def _named(workspace: Subject, name: str) -> Iterator[str]:
    """Yield the ids of what the workspace names as a dependency.

    The first hubs name what they need in lists, `storageAccounts` and `keyVaults`.
    """
    since = SHOWN_SINCE if name in NEEDED else ""
    one = workspace.text(f"properties.{name}", default="", since=since)
    if one:
        yield one
    elif name in NEEDED:
        yield from texts_in(workspace, f"properties.{name}s", default=())
