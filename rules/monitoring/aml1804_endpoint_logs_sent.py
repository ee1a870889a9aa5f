"""AML1804: traffic, event and console logs of an online endpoint are sent."""

from typing import Final

from amlaudit import Change, Fix, Subject, Verdict, fail, not_applicable, ok, rule
from amlaudit.readings.companions import diagnostic_setting
from amlaudit.readings.enumerations import one_of
from amlaudit.readings.logs import sending, unsent

# https://learn.microsoft.com/azure/machine-learning/how-to-monitor-online-endpoints
TRAFFIC_AND_EVENTS: Final = ("AmlOnlineEndpointTrafficLog", "AmlOnlineEndpointEventLog")
CONSOLE: Final = "AmlOnlineEndpointConsoleLog"


@rule(
    id="AML1804",
    title="Traffic, event and console logs of the online endpoint are sent to a log destination",
    severity="medium",
    severity_reason="Without them, nobody can tell who called the model or why it failed.",
    applies_to="Microsoft.MachineLearningServices/workspaces/onlineEndpoints",
    because=(
        "An online endpoint exposes the model to its callers. Its own logs record each call and "
        "its outcome, failed probes and the console output of the container; a diagnostic setting "
        "of the workspace does not include them."
    ),
    fix=Fix(
        "az monitor diagnostic-settings create --resource {id} --name central "
        "--workspace <log analytics id> "
        '--logs \'[{"categoryGroup": "allLogs", "enabled": true}]\'',
        change=Change.CREATE_COMPANION,
        note="The console output of the container may contain personal data.",
        companions=(diagnostic_setting("central"),),
    ),
    sources=("https://learn.microsoft.com/azure/machine-learning/how-to-monitor-online-endpoints",),
    mappings={"mcsb": ("LT-3",), "waf": ("Security",)},
    parameters={"console_logs": (True, "Whether console logs of the container are required too.")},
)
def endpoint_logs_sent(endpoint: Subject) -> Verdict:
    """Subtract from the required categories those that the endpoint's settings send.

    Endpoints on Kubernetes log in their cluster.
    """
    if one_of(endpoint, "kind", ("kubernetes", "managed")) == "kubernetes":
        return not_applicable("the endpoint runs on Kubernetes and logs there")
    required = [*TRAFFIC_AND_EVENTS, *([CONSOLE] if endpoint.parameters["console_logs"] else [])]
    if missing := unsent(required, sending(endpoint.follow("diagnostic-settings"))):
        return fail(f"not sent anywhere: {', '.join(missing)}")
    return ok()
