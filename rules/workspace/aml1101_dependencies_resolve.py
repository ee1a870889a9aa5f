"""AML1101: everything that the workspace depends on exists."""

from typing import Final

from amlaudit import Fix, Subject, Verdict, fail, not_applicable, ok, rule

# https://learn.microsoft.com/azure/templates/microsoft.machinelearningservices/workspaces
NEEDED: Final = (
    "properties.storageAccount",
    "properties.keyVault",
    "properties.applicationInsights",
)
DEPENDENCIES: Final = ("storage", "key-vault", "application-insights", "container-registry")


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
    ),
    sources=(
        "https://learn.microsoft.com/azure/machine-learning/how-to-high-availability-machine-learning",
        "https://learn.microsoft.com/azure/machine-learning/concept-soft-delete",
        "https://learn.microsoft.com/azure/templates/microsoft.machinelearningservices/workspaces",
    ),
    mappings={"waf": ("Reliability",)},
)
def dependencies_resolve(workspace: Subject) -> Verdict:
    """Look for the resources that the workspace names.

    Only the container registry may be missing: it comes with the first image. A resource that is
    named but was not seen may be deleted or hidden from the caller, which is not known.
    """
    if workspace.text("kind", default="Default") == "project":
        return not_applicable("a project uses the resources of its hub")
    missing = [path for path in NEEDED if not workspace.text(path, default="")]
    if missing:
        return fail(f"the workspace lacks {', '.join(missing)}")
    for relation in DEPENDENCIES:
        list(workspace.follow(relation))
    return ok()
