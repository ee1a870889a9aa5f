"""AML1109: a compute is named that builds images where the registry is closed."""

from typing import Final

from amlaudit import Fix, Subject, Verdict, adding, fail, not_applicable, ok, rule, setting
from amlaudit.readings.firewall import answers_all_networks

BUILDER: Final = "properties.imageBuildCompute"
BUILDERS: Final = ("amlcompute", "computeinstance")


@rule(
    id="AML1109",
    title="A workspace with a closed container registry names the compute that builds images",
    severity="low",
    severity_reason="Nothing leaks; jobs and deployments that need a new image fail.",
    applies_to="Microsoft.MachineLearningServices/workspaces",
    because=(
        "The registry builds images with machines of its own, which no private network lets in. "
        "Once the registry is closed, a cluster or an instance has to build them, in a network "
        "that reaches the registry and the feeds of packages."
    ),
    fix=Fix(
        "az ml workspace update --name {name} --resource-group {group} "
        "--image-build-compute <cluster>",
        note="A small cluster that scales to zero is enough.",
        companions=(
            setting(
                "Microsoft.MachineLearningServices/workspaces",
                {BUILDER: "image-builder"},
                along=(
                    adding(
                        "Microsoft.MachineLearningServices/workspaces/computes",
                        "image-builder",
                        {
                            "location": "{location}",
                            "identity": {"type": "SystemAssigned"},
                            "properties": {
                                "computeType": "AmlCompute",
                                "disableLocalAuth": True,
                                "properties": {
                                    "vmSize": "<size>",
                                    "enableNodePublicIp": False,
                                    "remoteLoginPortPublicAccess": "Disabled",
                                    "scaleSettings": {
                                        "minNodeCount": 0,
                                        "maxNodeCount": 1,
                                        "nodeIdleTimeBeforeScaleDown": "PT1800S",
                                    },
                                },
                            },
                        },
                    ),
                ),
            ),
        ),
    ),
    sources=(
        "https://learn.microsoft.com/azure/machine-learning/how-to-secure-workspace-vnet",
        "https://learn.microsoft.com/azure/machine-learning/how-to-managed-network",
    ),
    mappings={"waf": ("Operational Excellence",)},
    parameters={
        "allow_serverless_build": (False, "Whether serverless computes may build the images."),
    },
)
def build_compute_named(workspace: Subject) -> Verdict:
    """Look whether the registry is closed, then for the compute by its name.

    A deployment may name a compute that another one makes.
    """
    if workspace.text("kind", default="Default") == "project":
        return not_applicable("images of a project are built by its hub")
    registries = workspace.follow("container-registry")
    if all(answers_all_networks(each, "properties.networkRuleSet") for each in registries):
        return not_applicable("no container registry, or one that is open to its own machines")
    name = workspace.text(BUILDER, default="")
    if not name:
        accepted = workspace.parameters["allow_serverless_build"]
        return (not_applicable if accepted else fail)("no compute is named that builds images")
    for compute in workspace.follow("computes"):
        if compute.name.lower() == name:
            kind = compute.text("properties.computeType")
            return ok() if kind in BUILDERS else fail(f"{name} is a {kind}, which builds no images")
    if workspace.is_as_declared:
        raise workspace.undetermined(BUILDER, f"whether {name} is made elsewhere")
    return fail(f"the workspace has no compute {name}")
