"""AML2115: environments in use start from base images that were approved, and stay the same."""

import re
from collections.abc import Iterator
from datetime import timedelta
from typing import Final

from amlaudit import Change, Fix, Subject, Verdict, fail, not_applicable, ok, rule, setting
from amlaudit.readings.enumerations import one_of
from amlaudit.readings.images import tag_of
from amlaudit.readings.parameters import number_of, texts_of
from amlaudit.readings.partial import known_of
from amlaudit.readings.patterns import matches

# https://learn.microsoft.com/rest/api/azureml/environment-versions
TYPES: Final = ("curated", "usercreated")
BUILD: Final = "properties.build.contextUri"
PACKAGES: Final = "properties.condaFile"
DOCKER_HUB: Final = "docker.io"  # the host of an image that names none
PYPI: Final = "https://pypi.org/simple"
CHANNELS: Final = re.compile(
    r"""channels["']?\s*:(.*?)(?=["']?(?:dependencies|name|prefix)["']?\s*:|\Z)""", re.DOTALL
)
CHANNEL: Final = re.compile(r"""[^\s"',\[\]{}-][^\s"',\[\]{}]*""")
PIP: Final = re.compile(r"""\bpip["']?\s*:""")
INDEX: Final = re.compile(r"""(?:--(?:extra-)?index-url|(?<![\w-])-i)[\s=]+([^\s"']+)""")
IN_PLACE_OF_PYPI: Final = re.compile(r"--index-url|(?<![\w-])-i[\s=]")


@rule(
    id="AML2115",
    title="The environment is built on an approved base image that stays the same",
    severity="medium",
    severity_reason="What is in the base image and the packages runs in every job.",
    applies_to="Microsoft.MachineLearningServices/workspaces/environments/versions",
    because=(
        "An image or a package from anywhere brings the code of strangers into jobs, with the "
        "rights of their computes. And behind the tag latest stands another image tomorrow: what "
        "was tested is then not what runs."
    ),
    fix=Fix(
        "az ml environment create --file environment.yml --resource-group {group} "
        "--workspace-name <workspace>",
        change=Change.RECREATE,
        note="Name an approved image by its digest, then point deployments to the new version.",
        companions=(
            setting(
                "Microsoft.MachineLearningServices/workspaces/environments/versions",
                {"properties.image": "mcr.microsoft.com/azureml/<image>@sha256:<digest>"},
            ),
        ),
    ),
    sources=(
        "https://learn.microsoft.com/azure/machine-learning/concept-vulnerability-management",
        "https://learn.microsoft.com/azure/cloud-adoption-framework/ready/azure-best-practices/ai-machine-learning-enterprise-security",
        "https://learn.microsoft.com/azure/machine-learning/how-to-prevent-data-loss-exfiltration",
        "https://github.com/Azure/review-checklists/blob/main/checklists-ext/azuremachinelearning_sg_checklist.en.json",
    ),
    mappings={"mcsb": ("PV-3",), "waf": ("Security",)},
    parameters={
        "approved_base_registries": (
            ("mcr.microsoft.com",),
            "Hosts of registries whose images may be built on.",
        ),
        "approved_package_indexes": (
            (),
            "Channels and addresses that packages may come from, with * for any text; none: all.",
        ),
        "environments": (("prod",), "Environments in which an image may not change by itself."),
        "lookback_days": (30, "For how many days a job counts as a use."),
    },
)
def approved_base_images(version: Subject) -> Verdict:
    """Look at the image, then at where packages come from; build files themselves are not read.

    Steps of pipelines do not say here which environment they use.
    """
    if version.flag("properties.isArchived", default=False):
        return not_applicable("the version is archived")
    if not any(True for _ in known_of(_uses_of(version))):
        return not_applicable("no deployment and no recent job uses the version")
    if one_of(version, "properties.environmentType", TYPES) == "curated":
        return ok("Microsoft makes the environment")
    flaw = _flaw_of_image(version) or _flaw_of_packages(version)
    return fail(flaw) if flaw else ok()


def _uses_of(version: Subject) -> Iterator[Iterator[Subject]]:
    """Yield the deployments, then the recent jobs, that name the version."""
    yield version.follow("online-by-environment")
    yield version.follow("batch-by-environment")
    days = timedelta(days=number_of(version, "lookback_days"))
    yield (
        job
        for job in version.follow("jobs-by-environment")
        if version.read_at - job.time("systemData.createdAt") <= days
    )


def _flaw_of_image(version: Subject) -> str:
    """Return what is wrong with the base image, empty if nothing is."""
    image = version.text("properties.image", default="")
    if not image:
        raise version.unfamiliar(BUILD, version.text(BUILD))
    host, _, rest = image.partition("/")
    if not rest or not re.search(r"[.:]", host):
        host = DOCKER_HUB
    if host not in texts_of(version, "approved_base_registries"):
        return f"the image comes from {host}"
    if version.context("environment") not in texts_of(version, "environments"):
        return ""
    return "the image may change every day" if tag_of(image) == "latest" else ""


def _flaw_of_packages(version: Subject) -> str:
    """Return what is wrong with where packages come from, empty if nothing is."""
    if texts_of(version, "approved_package_indexes"):
        for source in _sources_of(version.text(PACKAGES, default="")):
            if not matches(version, "approved_package_indexes", source):
                return f"packages come from {source}"
    return ""


def _sources_of(conda: str) -> Iterator[str]:
    """Yield what a file for conda names to get packages from, or would be asked without a name."""
    if conda:
        found = CHANNELS.search(conda)
        yield from CHANNEL.findall(found[1] if found else "") or ["defaults"]
    yield from INDEX.findall(conda)
    if PIP.search(conda) and not IN_PLACE_OF_PYPI.search(conda):
        yield PYPI
