"""AML2204: tags classify the data of the workspace, and agree."""

from typing import Final

from amlaudit import Fix, Subject, Verdict, fail, ok, rule, setting
from amlaudit.readings.parameters import listed

HIGH_IMPACT: Final = "properties.hbiWorkspace"
HIGH_IMPACT_SINCE: Final = "2020-01-01"  # API version


@rule(
    id="AML2204",
    title=(
        "A tag classifies the workspace's data, at least as high as that of its storage account"
    ),
    severity="medium",
    severity_reason="The required strictness of networks, keys and egress depends on it.",
    applies_to="Microsoft.MachineLearningServices/workspaces",
    because=(
        "Data cannot be protected according to its sensitivity unless that is recorded. The "
        "workspace must be classified at least as high as the data that it stores, because "
        "it gives people access to it, and a workspace created with the high business "
        "impact (HBI) setting must be tagged accordingly."
    ),
    fix=Fix(
        "az resource tag --ids {id} --is-incremental --tags data-classification=confidential",
        companions=(
            setting(
                "Microsoft.MachineLearningServices/workspaces",
                {"tags.data-classification": "<class of the data>"},
            ),
            setting(
                "Microsoft.Storage/storageAccounts",
                {"tags.data-classification": "<class of the data>"},
                via=("storage",),
            ),
        ),
    ),
    sources=(
        "https://learn.microsoft.com/azure/cloud-adoption-framework/ready/azure-best-practices/ai-machine-learning-resource-organization",
        "https://github.com/Azure/azure-policy/blob/master/built-in-policies/policyDefinitions/Tags/RequireTag_Deny.json",
    ),
    mappings={
        "mcsb": ("AM-1", "DP-1"),
        "azure_policy": ("871b6d14-10aa-478d-b590-94f262ecfa99",),
        "waf": ("Security",),
    },
    parameters={
        "classifications": (
            ("public", "internal", "confidential", "restricted"),
            "Data classifications, from lowest to highest.",
        )
    },
)
def classification_tagged(workspace: Subject) -> Verdict:
    """Compare the classification of the workspace with its storage account's and its HBI setting.

    The nearest tag counts: on the resource, its resource group or its subscription.
    """
    classes = listed(workspace, "classifications")
    is_high_impact = workspace.flag(HIGH_IMPACT, default=False, since=HIGH_IMPACT_SINCE)
    own = workspace.context("classification")
    if not _is_tagged(workspace):
        return fail("no tag classifies the data")
    if own not in classes:
        return fail(f"{own} is not a known classification")
    if is_high_impact and own not in classes[-2:]:
        return fail(f"the workspace was created with the HBI setting, but is tagged {own}")
    for account in filter(_is_tagged, workspace.follow("storage")):
        kept = account.context("classification")
        if kept not in classes:
            return fail(f"{kept} on {account.name} is not a known classification")
        if classes.index(kept) > classes.index(own):
            return fail(f"{account.name} is {kept}, but the workspace only {own}")
    return ok()


def _is_tagged(place: Subject) -> bool:
    """Tell whether a tag classifies data, on a resource or above it."""
    return place.find_tag("classification").seen == "present"
