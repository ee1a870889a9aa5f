"""AML1622: custom applications on compute instances use approved images."""

from collections.abc import Iterator

from amlaudit import Change, Fix, Subject, Verdict, fail, not_applicable, ok, rule, setting
from amlaudit.readings.enumerations import one_of
from amlaudit.readings.images import tag_of
from amlaudit.readings.instances import SERVICES, has_services, is_instance
from amlaudit.readings.parameters import texts_of
from amlaudit.readings.partial import known_of


@rule(
    id="AML1622",
    title="Custom applications on the compute instance use approved images with fixed versions",
    severity="medium",
    severity_reason="Such a container runs next to the tokens and data of the instance's user.",
    applies_to="Microsoft.MachineLearningServices/workspaces/computes",
    because=(
        "Whoever creates an instance can add any container to it, which then has access to the "
        "mounted data and, if privileged, to the whole machine. With an approved registry and a "
        "fixed version, it is at least known what runs there."
    ),
    fix=Fix(
        "az ml compute create --file instance.yml --resource-group {group} "
        "--workspace-name <workspace>",
        change=Change.RECREATE,
        note=(
            "Delete the instance first; in the file, custom_applications must reference approved "
            "images."
        ),
        companions=(
            setting("Microsoft.MachineLearningServices/workspaces/computes", {SERVICES: []}),
        ),
    ),
    sources=(
        "https://learn.microsoft.com/azure/machine-learning/how-to-create-compute-instance",
        "https://learn.microsoft.com/azure/templates/microsoft.machinelearningservices/workspaces/computes",
    ),
    mappings={"mcsb": ("AM-5",), "waf": ("Security",)},
    parameters={
        "approved_application_images": (
            ("mcr.microsoft.com/",),
            "Prefixes of approved image references: registries, or repositories in them.",
        ),
    },
)
def approved_applications(compute: Subject) -> Verdict:
    """Check the image of each application and whether it is privileged."""
    if not is_instance(compute) or not has_services(compute):
        return not_applicable("the compute is not an instance with custom applications")
    for flaw in known_of(map(_flaws_of, compute.each(SERVICES))):
        return fail(flaw)
    return ok()


def _flaws_of(service: Subject) -> Iterator[str]:
    """Yield the flaws of an application."""
    if service.flag("docker.privileged", default=False):
        yield f"{service.get('name', default='an application')} is privileged"
    one_of(service, "image.type", ("docker",), default="docker")
    image = service.text("image.reference")
    if not image.startswith(tuple(texts_of(service, "approved_application_images"))):
        yield f"{image} is not approved"
    if tag_of(image) == "latest":
        yield f"{image} has no fixed version"
