"""AML1713: production deployments reference versions."""

import re
from collections.abc import Iterator
from typing import Final

from amlaudit import Fix, Subject, Verdict, fail, not_applicable, ok, rule
from amlaudit.readings.parameters import texts_of
from amlaudit.readings.partial import known_of

ANONYMOUS: Final = "/environments/cliv2anonymousenvironment/"
BY_LABEL: Final = re.compile(r".*/labels/[^/]+|azureml:[^/]+@[^/]+")
BY_VERSION: Final = re.compile(r".*/versions/[^/]+|azureml:[^/@]+:[^/]+")


@rule(
    id="AML1713",
    title="Production deployments reference fixed versions of their model and environment",
    severity="low",
    severity_reason="What is served can change although nobody deployed anything.",
    applies_to="Microsoft.MachineLearningServices/workspaces/onlineEndpoints/deployments",
    because=(
        "A label such as latest can refer to something else tomorrow: a replaced node or a "
        "repeated deployment then serves something untested. An inline environment has no "
        "name under which it could be reviewed or rebuilt."
    ),
    fix=Fix(
        "az ml online-deployment update --file deployment.yml --resource-group {group} "
        "--workspace-name <workspace>",
        note=(
            "Register the environment, and reference it and the model as azureml:<name>:<version>."
        ),
        undeclared="Only whoever tested the deployment knows which version was tested.",
    ),
    sources=(
        "https://learn.microsoft.com/azure/machine-learning/reference-yaml-deployment-managed-online",
    ),
    mappings={"waf": ("Operational Excellence",)},
    parameters={
        "environments": (("prod",), "Environments in which deployments must reference versions.")
    },
)
def versions_named(deployment: Subject) -> Verdict:
    """Check both references; either may be absent."""
    if deployment.context("environment") not in texts_of(deployment, "environments"):
        return not_applicable("the deployment is not in production")
    paths = ("properties.model", "properties.environmentId")
    for flaw in known_of(_flaws_of(deployment, path) for path in paths):
        return fail(flaw)
    return ok()


def _flaws_of(deployment: Subject, path: str) -> Iterator[str]:
    """Yield the flaw of a reference, if there is one."""
    reference = deployment.text(path, default="").rstrip("/")
    if BY_LABEL.fullmatch(reference):
        yield f"{path} uses a label: {reference}"
    elif ANONYMOUS in reference:
        yield f"{path} is an anonymous environment"
    elif reference and not BY_VERSION.fullmatch(reference):
        raise deployment.unfamiliar(path, reference)
