"""AML1109: an image build compute is set if the registry restricts network access."""

from typing import Final

from amlaudit import Fix, Subject, Verdict, adding, fail, not_applicable, ok, rule, setting
from amlaudit.readings.firewall import answers_all_networks

BUILDER: Final = "properties.imageBuildCompute"
BUILDER_SINCE: Final = "2020-03-01"  # API version
BUILDERS: Final = ("amlcompute", "computeinstance")


@rule(
    id="AML1109",
    title="A workspace with a network-restricted container registry has an image build compute",
    severity="low",
    severity_reason="Nothing is exposed, but jobs and deployments that need a new image fail.",
    applies_to="Microsoft.MachineLearningServices/workspaces",
    because=(
        "By default, images are built on serverless compute, which cannot reach resources with "
        "restricted network access. If the registry restricts it, a cluster or compute instance "
        "has to build the images, in a network that can reach the registry and the package feeds."
    ),
    fix=Fix(
        "az ml workspace update --name {name} --resource-group {group} "
        "--image-build-compute <cluster>",
        note="A small cluster that scales down to zero is sufficient.",
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
        "allow_serverless_build": (False, "Whether serverless compute may build the images."),
    },
)
def build_compute_named(workspace: Subject) -> Verdict:
    """Check whether the registry restricts access, then look for the compute by its name.

    A template may reference a compute that another one creates.
    """
    if workspace.text("kind", default="Default") == "project":
        return not_applicable("the hub builds the images of its projects")
    registries = workspace.follow("container-registry")
    if all(answers_all_networks(each, "properties.networkRuleSet") for each in registries):
        return not_applicable("no container registry, or one without network restrictions")
    name = workspace.text(BUILDER, default="", since=BUILDER_SINCE)
    if not name:
        accepted = workspace.parameters["allow_serverless_build"]
        return (not_applicable if accepted else fail)("no image build compute is set")
    for compute in workspace.follow("computes"):
        if compute.name.lower() == name:
            kind = compute.text("properties.computeType")
            return (
                ok() if kind in BUILDERS else fail(f"{name} is a {kind}, which cannot build images")
            )
    if workspace.is_as_declared:
        raise workspace.undetermined(BUILDER, f"whether {name} is created elsewhere")
    return fail(f"the workspace has no compute {name}")
