"""AML2306: shared models and environments survive the loss of a region."""

from collections.abc import Iterator

from amlaudit import Fix, Subject, Verdict, fail, not_applicable, ok, rule, setting
from amlaudit.readings.parameters import number_of, texts_of
from amlaudit.readings.regions import region_of
from amlaudit.readings.workspaces import workspaces_by


@rule(
    id="AML2306",
    title="The Azure ML registry is replicated to the regions of all critical workspaces",
    severity="low",
    severity_reason=(
        "Assets that exist in only one region are unavailable while that region is down."
    ),
    applies_to="Microsoft.MachineLearningServices/registries",
    because=(
        "A registry shares models and environments between workspaces. Each of its regions has a "
        "copy of its own, so a paired workspace finds what it needs in its region; with a single "
        "region, it depends on the very region that failed."
    ),
    fix=Fix(
        "az ml registry update --name {name} --resource-group {group} --file registry.yml",
        note="Add the region to replication_locations in the file.",
        companions=(
            setting(
                "Microsoft.MachineLearningServices/registries",
                {},
                joined={
                    "properties.regionDetails": {
                        "location": "<region>",
                        "acrDetails": [{"systemCreatedAcrAccount": {"acrAccountSku": "Premium"}}],
                        "storageAccountDetails": [
                            {
                                "systemCreatedStorageAccount": {
                                    "storageAccountType": "Standard_ZRS",
                                    "allowBlobPublicAccess": False,
                                }
                            }
                        ],
                    }
                },
            ),
        ),
    ),
    sources=(
        "https://learn.microsoft.com/azure/machine-learning/how-to-registry-network-isolation",
        "https://learn.microsoft.com/azure/machine-learning/how-to-high-availability-machine-learning",
    ),
    mappings={"waf": ("Reliability",)},
    parameters={
        "criticalities": (
            ("high",),
            "Criticalities whose workspaces must survive a region outage.",
        ),
        "min_regions": (2, "Minimum number of regions of a registry."),
    },
)
def models_outlive_region(registry: Subject) -> Verdict:
    """Compare the regions of the registry with those of the critical workspaces."""
    wanted = texts_of(registry, "criticalities")
    critical = workspaces_by(registry, "criticality", _criticality_of, wanted)
    needed = set(map(region_of, critical))
    if not needed:
        return not_applicable("there is no critical workspace")
    held = {region_of(registry), *map(region_of, registry.each("properties.regionDetails"))}
    if missing := needed - held:
        return fail(f"the registry is not replicated to {', '.join(sorted(missing))}")
    if len(held) < (least := number_of(registry, "min_regions")):
        return fail(f"the registry is in {len(held)} of at least {least:g} regions")
    return ok()


def _criticality_of(workspace: Subject) -> Iterator[str]:
    """Yield the criticality of a workspace."""
    yield workspace.context("criticality")
