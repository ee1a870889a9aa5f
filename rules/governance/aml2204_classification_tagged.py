"""AML2204: tags say how sensitive the data of the workspace are, and agree."""

from amlaudit import Fix, Subject, Verdict, fail, ok, rule, setting
from amlaudit.readings.parameters import listed


@rule(
    id="AML2204",
    title="A tag says how sensitive the workspace's data are, and its storage is no more so",
    severity="medium",
    severity_reason="How strict networks, keys and egress must be follows from it.",
    applies_to="Microsoft.MachineLearningServices/workspaces",
    because=(
        "Nobody can protect data by their worth as long as nobody has written it down. The "
        "workspace must be rated as high as the data that it keeps, for it lets people at them; "
        "and one that was made for sensitive data should say so in words as well."
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
            "The classes there are, from the lowest to the highest.",
        )
    },
)
def classification_tagged(workspace: Subject) -> Verdict:
    """Compare the class of the workspace with that of its storage account and with its making.

    The nearest tag counts: on the resource, its resource group or its subscription.
    """
    classes = listed(workspace, "classifications")
    is_high_impact = workspace.flag("properties.hbiWorkspace", default=False)
    own = workspace.context("classification")
    if not _is_told(workspace):
        return fail("no tag says how sensitive the data are")
    if own not in classes:
        return fail(f"{own} is none of the classes")
    if is_high_impact and own not in classes[-2:]:
        return fail(f"the workspace was made for data of high impact, but is tagged {own}")
    for account in filter(_is_told, workspace.follow("storage")):
        kept = account.context("classification")
        if kept not in classes:
            return fail(f"{kept} on {account.name} is none of the classes")
        if classes.index(kept) > classes.index(own):
            return fail(f"{account.name} is {kept}, the workspace only {own}")
    return ok()


def _is_told(place: Subject) -> bool:
    """Tell whether a tag says how sensitive data are, on a resource or above it."""
    return place.find_tag("classification").seen == "present"
