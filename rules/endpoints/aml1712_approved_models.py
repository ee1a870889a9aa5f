"""AML1712: only models of approved origin are deployed."""

import re
from typing import Final

from amlaudit import Change, Fix, Subject, Verdict, arm_id, fail, not_applicable, ok, rule, setting
from amlaudit.readings.parameters import texts_of
from amlaudit.readings.patterns import matches

MODEL: Final = "properties.model"
OF_WORKSPACE: Final = re.compile(r"azureml:[^/]+|(/subscriptions/.+/workspaces/[^/]+)/models/.+")
OF_REGISTRY: Final = re.compile(r"azureml://registries/([^/]+)/.+|/.+/registries/([^/]+)/models/.+")
# Registries of the public model catalog, which belong to no company that deploys from them.
PUBLIC: Final = ("azureml", "azureml-meta", "azureml-mistral", "azure-openai", "huggingface")
OUTSIDE: Final = ("http://", "https://", "wasb://", "wasbs://", "abfs://", "abfss://", "file://")


@rule(
    id="AML1712",
    title="The deployed model comes from the workspace or from an approved registry",
    severity="medium",
    severity_reason="Public model catalogs contain models with unreviewed code.",
    applies_to="Microsoft.MachineLearningServices/workspaces/onlineEndpoints/deployments",
    because=(
        "Loading a model can execute code, and what a model has learned cannot be seen in "
        "its file. If models come only from the workspace, or from a registry in which they "
        "are reviewed first, it is known what runs with the permissions of the endpoint."
    ),
    fix=Fix(
        "az ml online-deployment update --file deployment.yml --resource-group {group} "
        "--workspace-name <workspace>",
        change=Change.RECREATE,
        note=(
            "Register the model in an approved registry first, and reference it there in the file."
        ),
        companions=(
            setting(
                "Microsoft.MachineLearningServices/workspaces/onlineEndpoints/deployments",
                {"properties.model": "{its.id}/models/<model>/versions/<version>"},
                under="{id}",
                via=("workspace",),
            ),
        ),
    ),
    sources=(
        "https://learn.microsoft.com/azure/well-architected/service-guides/azure-machine-learning",
        "https://learn.microsoft.com/azure/machine-learning/how-to-integrate-azure-policy",
        "https://github.com/Azure/azure-policy/blob/master/built-in-policies/policyDefinitions/Machine%20Learning/AllowDeployRegistryModels_Audit.json",
        "https://github.com/Azure/azure-policy/blob/master/built-in-policies/policyDefinitions/Machine%20Learning/OnlyDeployAllowedRegistryModels_Deny.json",
    ),
    mappings={
        "mcsb": ("AI-1",),
        "azure_policy": (
            "12e5dd16-d201-47ff-849b-8454061c293d",
            "19539b54-c61e-4196-9a38-67598701be90",
        ),
        "waf": ("Security",),
    },
    parameters={
        "approved_registries": (
            (),
            "Names of approved registries; if empty, those in the subscription.",
        ),
        "approved_model_ids": ((), "IDs of approved models; * matches any text."),
        "denied_model_ids": ((), "IDs of models that must not be deployed; * matches any text."),
        "accept_no_model": (True, "Whether a container image may include its model."),
    },
)
def approved_models(deployment: Subject) -> Verdict:
    """Check where the model comes from; denied IDs are checked first."""
    model = deployment.text(MODEL, default="")
    if not model:
        brought = deployment.parameters["accept_no_model"]
        return (not_applicable if brought else fail)("the container image includes its model")
    if matches(deployment, "denied_model_ids", model):
        return fail(f"{model} must not be deployed")
    if matches(deployment, "approved_model_ids", model) or _is_at_home(deployment, model):
        return ok()
    return fail(f"{model} is neither from the workspace nor from an approved registry")


def _is_at_home(deployment: Subject, model: str) -> bool:
    """Tell whether a model is from the deployment's workspace, or from an approved registry."""
    if found := OF_WORKSPACE.fullmatch(model):
        return found[1] is None or arm_id.is_within(deployment.id, arm_id.normalise(found[1]))
    if found := OF_REGISTRY.fullmatch(model):
        return _is_approved(deployment, found[1] or found[2])
    if model.startswith(OUTSIDE):
        return False
    raise deployment.unfamiliar(MODEL, model)


def _is_approved(deployment: Subject, registry: str) -> bool:
    """Tell whether a registry is listed or, without a list, is in the subscription.

    One that is neither there nor public may be the company's, in another subscription.
    """
    if approved := texts_of(deployment, "approved_registries"):
        return registry in approved
    for subscription in deployment.follow("subscription"):
        if any(each.name.lower() == registry for each in subscription.follow("ml-registries")):
            return True
    if registry in PUBLIC:
        return False
    raise deployment.unfamiliar(MODEL, deployment[MODEL])
