"""AML2115: environments in use are built on approved, immutable base images."""

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
DOCKER_HUB: Final = "docker.io"  # the registry of an image that names none
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
    title="The environment is built on an approved base image with a pinned version",
    severity="medium",
    severity_reason="Whatever is in the base image and the packages runs in every job.",
    applies_to="Microsoft.MachineLearningServices/workspaces/environments/versions",
    because=(
        "An image or package from an unapproved source brings untrusted code into jobs, with the "
        "permissions of their compute. The tag latest can refer to a different image tomorrow, so "
        "that what was tested is not what runs."
    ),
    fix=Fix(
        "az ml environment create --file environment.yml --resource-group {group} "
        "--workspace-name <workspace>",
        change=Change.RECREATE,
        note="Reference an approved image by digest, then update deployments to the new version.",
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
            "Hosts of registries whose images are approved as base images.",
        ),
        "approved_package_indexes": (
            (),
            "Approved package channels and index URLs, with * as wildcard; none: all are allowed.",
        ),
        "environments": (("prod",), "Environments in which the image tag must not be latest."),
        "lookback_days": (30, "Number of days for which a job counts as usage of the environment."),
    },
)
def approved_base_images(version: Subject) -> Verdict:
    """Check the base image, then the package sources; build contexts are not read.

    Pipeline steps do not show which environment they use.
    """
    if version.flag("properties.isArchived", default=False):
        return not_applicable("the version is archived")
    if not any(True for _ in known_of(_uses_of(version))):
        return not_applicable("no deployment and no recent job uses the version")
    if one_of(version, "properties.environmentType", TYPES) == "curated":
        return ok("the environment is curated by Microsoft")
    flaw = _flaw_of_image(version) or _flaw_of_packages(version)
    return fail(flaw) if flaw else ok()


def _uses_of(version: Subject) -> Iterator[Iterator[Subject]]:
    """Yield the deployments, then the recent jobs, that use the version."""
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
    return (
        "the image has the tag latest and can change at any time"
        if tag_of(image) == "latest"
        else ""
    )


def _flaw_of_packages(version: Subject) -> str:
    """Return what is wrong with the package sources, empty if nothing is."""
    if texts_of(version, "approved_package_indexes"):
        for source in _sources_of(version.text(PACKAGES, default="")):
            if not matches(version, "approved_package_indexes", source):
                return f"packages come from {source}"
    return ""


def _sources_of(conda: str) -> Iterator[str]:
    """Yield the package sources of a conda file, or the defaults it uses without any."""
    if conda:
        found = CHANNELS.search(conda)
        yield from CHANNEL.findall(found[1] if found else "") or ["defaults"]
    yield from INDEX.findall(conda)
    if PIP.search(conda) and not IN_PLACE_OF_PYPI.search(conda):
        yield PYPI
