"""AML1713: what production serves is named with its version."""

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
    title="A production deployment names the versions of its model and its environment",
    severity="low",
    severity_reason="What is served can change with nobody having deployed anything.",
    applies_to="Microsoft.MachineLearningServices/workspaces/onlineEndpoints/deployments",
    because=(
        "A label such as latest means something else tomorrow: a node that is replaced, or a "
        "deployment that is repeated, then serves what nobody tested. An environment that was "
        "written into the deployment has no name under which anybody could review it or build it "
        "again."
    ),
    fix=Fix(
        "az ml online-deployment update --file deployment.yml --resource-group {group} "
        "--workspace-name <workspace>",
        note="Register the environment, and name it and the model as azureml:<name>:<version>.",
        undeclared="Which version was tested is known to whoever tested it.",
    ),
    sources=(
        "https://learn.microsoft.com/azure/machine-learning/reference-yaml-deployment-managed-online",
    ),
    mappings={"waf": ("Operational Excellence",)},
    parameters={"environments": (("prod",), "Environments whose deployments name versions.")},
)
def versions_named(deployment: Subject) -> Verdict:
    """Look at both references; a deployment may do without either."""
    if deployment.context("environment") not in texts_of(deployment, "environments"):
        return not_applicable("the deployment is not one of production")
    paths = ("properties.model", "properties.environmentId")
    for flaw in known_of(_flaws_of(deployment, path) for path in paths):
        return fail(flaw)
    return ok()


def _flaws_of(deployment: Subject, path: str) -> Iterator[str]:
    """Yield what is wrong with a reference, if anything is."""
    reference = deployment.text(path, default="").rstrip("/")
    if BY_LABEL.fullmatch(reference):
        yield f"{path} goes by a label: {reference}"
    elif ANONYMOUS in reference:
        yield f"{path} is an environment without a name"
    elif reference and not BY_VERSION.fullmatch(reference):
        raise deployment.unfamiliar(path, reference)
