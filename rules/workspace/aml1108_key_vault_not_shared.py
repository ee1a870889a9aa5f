"""AML1108: the workspace does not share its key vault with another one."""

from amlaudit import Change, Fix, Subject, Verdict, fail, not_applicable, ok, rule, setting
from amlaudit.readings.regions import are_together
from amlaudit.readings.sharing import family_of, sharers
from amlaudit.readings.workspaces import DEPENDENCIES_SINCE


@rule(
    id="AML1108",
    title="The workspace does not share its key vault with other workspaces",
    severity="medium",
    severity_reason=(
        "The identity of a workspace can read all secrets in its vault, including those of others."
    ),
    applies_to="Microsoft.MachineLearningServices/workspaces",
    because=(
        "A workspace stores the credentials of its datastores and connections in its key vault, "
        "and can read everything in it. Two applications that share a vault form one trust zone, "
        "and so do development and production. A hub shares its vault with its projects by design, "
        "and Microsoft recommends one vault for a workspace and its pair in another region."
    ),
    fix=Fix(
        "az ml workspace create --resource-group {group} --name <new workspace> "
        "--key-vault <new vault id>",
        change=Change.RECREATE,
        irreversible=True,
        note=(
            "The key vault of a workspace cannot be changed, so its assets have to be moved to a "
            "new workspace."
        ),
        companions=(
            setting(
                "Microsoft.MachineLearningServices/workspaces",
                {"properties.keyVault": "<key vault id>"},
            ),
        ),
    ),
    sources=(
        "https://learn.microsoft.com/azure/machine-learning/concept-data-encryption",
        "https://learn.microsoft.com/azure/machine-learning/how-to-high-availability-machine-learning",
        "https://learn.microsoft.com/azure/templates/microsoft.machinelearningservices/workspaces",
    ),
    mappings={"waf": ["Security"]},
    parameters={
        "pair_tag": (
            "dr-pair",
            "Name of the tag with the same value on both workspaces of a pair.",
        ),
    },
)
def key_vault_not_shared(workspace: Subject) -> Verdict:
    """Look for a workspace of another hub, pair or environment that uses the same vault."""
    if workspace.text("kind", default="Default") == "project":
        return not_applicable("a project uses the key vault of its hub")
    if not workspace.text("properties.keyVault", default="", since=DEPENDENCIES_SINCE):
        if workspace.get("properties.keyVaults", default=()):  # as in the first hubs
            raise workspace.undetermined(
                "properties.keyVaults", "which workspaces share the vaults"
            )
        return not_applicable("the workspace has no key vault")
    for other in sharers(workspace, "key-vault"):
        if family_of(other) != family_of(workspace) and not _are_pair(workspace, other):
            return fail(f"{other.name} uses the same key vault")
        if other.context("environment") != workspace.context("environment"):
            return fail(f"{other.name} uses the same key vault in another environment")
    return ok()


def _are_pair(workspace: Subject, other: Subject) -> bool:
    """Tell whether two workspaces are the same one in two regions, according to their tags."""
    tag = f"tags['{workspace.parameters['pair_tag']}']"
    pair = workspace.text(tag, default="")
    is_same = bool(pair) and other.text(tag, default="") == pair
    return is_same and not are_together(other, workspace)
