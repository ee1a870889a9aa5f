"""AML1804: calls of an online endpoint leave a trace."""

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
    title="The online endpoint sends its logs of traffic, events and console",
    severity="medium",
    severity_reason="Otherwise nobody can tell who called the model, or why it failed.",
    applies_to="Microsoft.MachineLearningServices/workspaces/onlineEndpoints",
    because=(
        "An endpoint is the door through which the model meets strangers. Its own logs name each "
        "call and its outcome, the probes that failed, and what the container wrote; a diagnostic "
        "setting of the workspace does not include them."
    ),
    fix=Fix(
        "az monitor diagnostic-settings create --resource {id} --name central "
        "--workspace <log analytics id> "
        '--logs \'[{"categoryGroup": "allLogs", "enabled": true}]\'',
        change=Change.CREATE_COMPANION,
        note="What the container writes may hold personal data.",
        companions=(diagnostic_setting("central"),),
    ),
    sources=("https://learn.microsoft.com/azure/machine-learning/how-to-monitor-online-endpoints",),
    mappings={"mcsb": ("LT-3",), "waf": ("Security",)},
    parameters={"console_logs": (True, "whether the output of the container must be sent too")},
)
def endpoint_logs_sent(endpoint: Subject) -> Verdict:
    """Take away from the required categories what settings of the endpoint send anywhere.

    Endpoints on Kubernetes log in their cluster.
    """
    if one_of(endpoint, "kind", ("kubernetes", "managed")) == "kubernetes":
        return not_applicable("the endpoint runs on Kubernetes and logs there")
    required = [*TRAFFIC_AND_EVENTS, *([CONSOLE] if endpoint.parameters["console_logs"] else [])]
    if missing := unsent(required, sending(endpoint.follow("diagnostic-settings"))):
        return fail(f"not sent anywhere: {', '.join(missing)}")
    return ok()
