"""AML2201: the workspace and its dependencies are in one allowed region."""

from itertools import chain
from typing import Final

from amlaudit import Change, Fix, Subject, Verdict, fail, not_applicable, ok, rule
from amlaudit.readings.parameters import texts_of
from amlaudit.readings.regions import are_together, region_of, region_of_compute, short_name

DEPENDENCIES: Final = (
    "storage",
    "key-vault",
    "container-registry",
    "application-insights",
    "resource-group",
)


@rule(
    id="AML2201",
    title="The workspace and its dependencies are in one allowed region",
    severity="medium",
    severity_reason=(
        "Data stored in the wrong country violates regulations, and this is hard to correct later."
    ),
    applies_to="Microsoft.MachineLearningServices/workspaces",
    because=(
        "The location of data determines which jurisdiction applies to it. A storage "
        "account or a key vault in another region also makes every job slower and more "
        "expensive, and makes the workspace depend on two regions instead of one."
    ),
    fix=Fix(
        "az policy assignment create --policy e56962a6-4747-49cd-b67b-bf8b01975c4c "
        "--name allowed-locations --scope <scope> --params @locations.json",
        change=Change.RECREATE,
        note=(
            "The policy prevents new violations; existing resources have to be recreated elsewhere."
        ),
        undeclared=(
            "The region of a resource cannot be changed; it has to be recreated elsewhere."
        ),
    ),
    sources=(
        "https://learn.microsoft.com/azure/cloud-adoption-framework/ready/azure-best-practices/ai-machine-learning-resource-organization",
        "https://learn.microsoft.com/azure/machine-learning/how-to-manage-optimize-cost",
        "https://github.com/Azure/azure-policy/blob/master/built-in-policies/policyDefinitions/General/AllowedLocations_Deny.json",
    ),
    mappings={
        "azure_policy": (
            "e56962a6-4747-49cd-b67b-bf8b01975c4c",
            "e765b5de-1225-4ba3-bd56-1ac6695af988",
        ),
        "waf": ("Security",),
    },
    parameters={
        "allowed_locations": ((), "Names of the allowed regions; if empty, all are allowed."),
        "require_same_region": (True, "Whether dependencies must be in the workspace's region."),
    },
)
def in_allowed_regions(workspace: Subject) -> Verdict:
    """Compare the regions of the workspace, its resource group, dependencies and computes."""
    allowed = {short_name(each) for each in texts_of(workspace, "allowed_locations")}
    together = workspace.parameters["require_same_region"]
    if not allowed and not together:
        return not_applicable("any region is allowed")
    # A template can say where the group is without naming the region, and seldom declares it.
    group_id = workspace.id.partition("/providers/")[0]
    is_with_group = not allowed and are_together(workspace, group_id)
    relations = DEPENDENCIES[:-1] if is_with_group else DEPENDENCIES
    for place in chain([workspace], *map(workspace.follow, relations)):
        if allowed and region_of(place) not in allowed:
            return fail(f"{place.name} is in {region_of(place)}, which is not allowed")
        if together and not are_together(place, workspace):
            home = region_of(workspace)
            return fail(f"{place.name} is in {region_of(place)}, the workspace is in {home}")
    for compute in workspace.follow("computes") if allowed else ():
        region = region_of_compute(compute)
        if region not in allowed:
            return fail(f"compute {compute.name} is in {region}, which is not allowed")
    return ok()
