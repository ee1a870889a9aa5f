"""AML1108: no other workspace can read the secrets of this one."""

from typing import Final

from amlaudit import Change, Fix, Subject, Verdict, fail, not_applicable, ok, rule, setting
from amlaudit.readings.sharing import family_of, sharers

SHOWN_SINCE: Final = "2018-11-19"  # API version: the first of all


@rule(
    id="AML1108",
    title="No other workspace can read the secrets of this one",
    severity="medium",
    severity_reason="The identity of a workspace reads every secret in its vault, of others too.",
    applies_to="Microsoft.MachineLearningServices/workspaces",
    because=(
        "A workspace keeps the credentials of its datastores and connections in its vault, and may "
        "read all that is in there. Two applications with one vault are one trust zone, and so are "
        "development and production. A hub shares its vault with its projects by design."
    ),
    fix=Fix(
        "az ml workspace create --resource-group {group} --name <new workspace> "
        "--key-vault <new vault id>",
        change=Change.RECREATE,
        irreversible=True,
        note="A workspace keeps its vault for life, so that its assets have to move to a new one.",
        companions=(
            setting(
                "Microsoft.MachineLearningServices/workspaces",
                {"properties.keyVault": "<key vault id>"},
            ),
        ),
    ),
    sources=(
        "https://learn.microsoft.com/azure/machine-learning/concept-data-encryption",
        "https://learn.microsoft.com/azure/templates/microsoft.machinelearningservices/workspaces",
    ),
    mappings={"waf": ["Security"]},
)
def key_vault_not_shared(workspace: Subject) -> Verdict:
    """Look for a workspace of another family, or another environment, that uses the vault."""
    if workspace.text("kind", default="Default") == "project":
        return not_applicable("a project uses the vault of its hub")
    if not workspace.text("properties.keyVault", default="", since=SHOWN_SINCE):
        if workspace.get("properties.keyVaults", default=()):  # as the first hubs name them
            raise workspace.undetermined(
                "properties.keyVaults", "which workspaces share the vaults"
            )
        return not_applicable("the workspace has no vault of its own")
    for other in sharers(workspace, "key-vault"):
        if family_of(other) != family_of(workspace):
            return fail(f"{other.name} uses the same key vault")
        if other.context("environment") != workspace.context("environment"):
            return fail(f"{other.name} uses the same key vault in another environment")
    return ok()
