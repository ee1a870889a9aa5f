"""AML1813: production models are monitored."""

from typing import Final

from amlaudit import Fix, Subject, Verdict, adding, arm_id, fail, not_applicable, ok, rule, setting
from amlaudit.readings.enumerations import one_of
from amlaudit.readings.parameters import texts_of
from amlaudit.readings.traffic import LIVE, shares_of

SHOWN_SINCE: Final = "2024-04-01"  # API version
TARGET: Final = "properties.action.monitorDefinition.monitoringTarget.deploymentId"


@rule(
    id="AML1813",
    title="Production deployments have data collection and model monitoring enabled",
    severity="low",
    severity_reason=(
        "A model that no longer fits its data returns wrong predictions without any error."
    ),
    applies_to="Microsoft.MachineLearningServices/workspaces/onlineEndpoints/deployments",
    because=(
        "The world changes and the model does not: prices and customers change, or an upstream "
        "field is populated differently. A monitor that compares collected inputs and outputs with "
        "the training data detects this weeks before the business figures do."
    ),
    fix=Fix(
        "az ml schedule create --file monitor.yml --workspace-name <workspace> "
        "--resource-group {group}",
        note="Enable the data collector of the deployment first.",
        companions=(
            setting(
                "Microsoft.MachineLearningServices/workspaces/onlineEndpoints/deployments",
                {
                    "properties.dataCollector": {
                        "collections": {
                            "model_inputs": {"dataCollectionMode": "Enabled"},
                            "model_outputs": {"dataCollectionMode": "Enabled"},
                        }
                    }
                },
            ),
            adding(
                "Microsoft.MachineLearningServices/workspaces/schedules",
                "{name}-monitor",
                {
                    "properties": {
                        "isEnabled": True,
                        "trigger": {"triggerType": "Recurrence", "frequency": "Day", "interval": 1},
                        "action": {
                            "actionType": "CreateMonitor",
                            "monitorDefinition": {
                                "computeConfiguration": {
                                    "computeType": "ServerlessSpark",
                                    "computeIdentity": {"computeIdentityType": "AmlToken"},
                                    "instanceType": "Standard_E4s_v3",
                                    "runtimeVersion": "3.4",
                                },
                                "monitoringTarget": {
                                    "taskType": "Classification",
                                    "deploymentId": "{id}",
                                },
                                "signals": {},
                            },
                        },
                    }
                },
                under="{its.id}",
                via=("workspace",),
            ),
        ),
    ),
    sources=(
        "https://learn.microsoft.com/azure/well-architected/service-guides/azure-machine-learning",
        "https://learn.microsoft.com/azure/machine-learning/how-to-monitor-model-performance",
    ),
    mappings={"waf": ("Operational Excellence",)},
    parameters={
        "environments": (("prod",), "Environments whose deployments must be monitored."),
        "monitors_elsewhere": ((), "IDs of deployments that another system monitors."),
    },
)
def models_monitored(deployment: Subject) -> Verdict:
    """Look for an enabled data collection, then for an enabled monitor of the deployment."""
    if reason := _why_not(deployment):
        return not_applicable(reason)
    if deployment.get("properties.dataCollector", default=None, since=SHOWN_SINCE) is None:
        return fail("data collection is not configured")
    if not any(map(_collects, deployment.each("properties.dataCollector.collections", keyed=True))):
        return fail("all data collections of the deployment are disabled")
    for workspace in deployment.follow("workspace"):
        if any(_monitors(schedule, deployment) for schedule in workspace.follow("schedules")):
            return ok()
    return fail("no enabled monitor targets the deployment")


def _why_not(deployment: Subject) -> str:
    """Return why a deployment does not need to be monitored, empty if it does."""
    if deployment.context("environment") not in texts_of(deployment, "environments"):
        return "the deployment is not in one of the environments"
    if deployment.id in map(arm_id.normalise, texts_of(deployment, "monitors_elsewhere")):
        return "another system monitors the deployment"
    for endpoint in deployment.follow("online-endpoint"):
        if shares_of(endpoint, LIVE).get(deployment.name.lower()):
            return ""
    return "the deployment receives no live traffic"


def _collects(collection: Subject) -> bool:
    """Tell whether a data collection is enabled."""
    modes = ("enabled", "disabled")
    return one_of(collection, "dataCollectionMode", modes, default="Disabled") == "enabled"


def _monitors(schedule: Subject, deployment: Subject) -> bool:
    """Tell whether a schedule is an enabled monitor of the deployment.

    The name is `azureml:<endpoint>:<deployment>` or an id.
    """
    if schedule.text("properties.action.actionType") != "createmonitor":
        return False
    endpoint, _, name = deployment.id.rpartition("/deployments/")
    named = (deployment.id, f"/{arm_id.name_of(endpoint)}:{name}")
    target = schedule.text(TARGET, default="").removeprefix("azureml:")
    return arm_id.normalise(target) in named and schedule.flag("properties.isEnabled")
