"""AML2013: the versions of a data asset have an owner and a place each."""

from typing import Final

from amlaudit import Fix, Subject, Verdict, fail, not_applicable, ok, rule
from amlaudit.readings.parameters import listed

URI: Final = "properties.dataUri"
OF_JOBS: Final = "azureml_"
SET_ASIDE: Final = ("isArchived", "isAnonymous")


@rule(
    id="AML2013",
    title="Each version of a data asset names its owner and has a place of its own",
    severity="low",
    severity_reason="It is found out too late what a model learned from, or nobody can say.",
    applies_to="Microsoft.MachineLearningServices/workspaces/data",
    because=(
        "A version that points to the same folder as the one before pins nothing: what was in it "
        "then is gone. One without an owner is neither renewed nor deleted, and a question about "
        "the data finds nobody."
    ),
    fix=Fix(
        "az ml data create --name {name} --path <path of this version> --set tags.owner=<owner> "
        "--workspace-name <workspace> --resource-group {group}",
        note="Write each state of the data to a folder that is never written to again.",
        undeclared="Which folder is which version is known to whoever writes the data.",
    ),
    sources=(
        "https://github.com/Azure/FTALive-Sessions/tree/main/content/ai/enterprise-ml",
        "https://learn.microsoft.com/azure/machine-learning/how-to-create-data-assets",
    ),
    mappings={"waf": ("Operational Excellence",)},
    parameters={"required_asset_tags": (("owner",), "Tags of every version, or of its asset.")},
)
def versions_described(asset: Subject) -> Verdict:
    """Look at the versions that are in use; those that jobs register by themselves do not count."""
    if asset.text("name").startswith(OF_JOBS):
        return not_applicable("a job has registered the asset for its output")
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
            return fail(f"versions {other} and {version.name} point to the same place")
    return ok() if places else not_applicable("no version of the asset is in use")
