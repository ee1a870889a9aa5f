"""AML2013: each version of a data asset has an owner and a location."""

from typing import Final

from amlaudit import Fix, Subject, Verdict, fail, not_applicable, ok, rule
from amlaudit.readings.parameters import listed

URI: Final = "properties.dataUri"
OF_JOBS: Final = "azureml_"
SET_ASIDE: Final = ("isArchived", "isAnonymous")


@rule(
    id="AML2013",
    title="Each version of the data asset has an owner tag and a location of its own",
    severity="low",
    severity_reason="It is found out too late, or not at all, what a model was trained on.",
    applies_to="Microsoft.MachineLearningServices/workspaces/data",
    because=(
        "A version that refers to the same folder as the previous one pins nothing: the "
        "earlier content is gone. A version without an owner is neither updated nor "
        "deleted, and questions about the data have no contact."
    ),
    fix=Fix(
        "az ml data create --name {name} --path <path of this version> --set tags.owner=<owner> "
        "--workspace-name <workspace> --resource-group {group}",
        note="Write each state of the data to a folder that is never written to again.",
        undeclared="Only those who write the data know which folder belongs to which version.",
    ),
    sources=(
        "https://github.com/Azure/FTALive-Sessions/tree/main/content/ai/enterprise-ml",
        "https://learn.microsoft.com/azure/machine-learning/how-to-create-data-assets",
    ),
    mappings={"waf": ("Operational Excellence",)},
    parameters={
        "required_asset_tags": (("owner",), "Tags required on every version, or on its asset.")
    },
)
def versions_described(asset: Subject) -> Verdict:
    """Check the versions in use; assets that jobs register automatically do not count."""
    if asset.text("name").startswith(OF_JOBS):
        return not_applicable("the asset was registered by a job for its output")
    places: dict[str, str] = {}
    for version in asset.follow("data-versions"):
        if any(version.flag(f"properties.{each}", default=False) for each in SET_ASIDE):
            continue
        for tag in listed(asset, "required_asset_tags"):
            path = f"properties.tags['{tag}']"
            if not any(each.text(path, default="").strip() for each in (version, asset)):
                return fail(f"version {version.name} has no tag {tag}")
        other = places.setdefault(version.text(URI), version.name)
        if other != version.name:
            return fail(f"versions {other} and {version.name} refer to the same location")
    return ok() if places else not_applicable("no version of the asset is in use")
