"""AML1612: compute instances stop when nobody uses them."""

import re
from datetime import timedelta
from typing import Final

from amlaudit import Fix, Subject, Verdict, fail, not_applicable, ok, rule

IDLE: Final = "properties.properties.idleTimeBeforeShutdown"
SHOWN_SINCE: Final = "2025-12-01"  # API version; the previews show it much longer
SHOWN_IN_PREVIEW_SINCE: Final = "2022-06-01-preview"
# https://learn.microsoft.com/azure/machine-learning/how-to-create-compute-instance
SHORTEST_ACCEPTED: Final = timedelta(minutes=15)
LONGEST_IDLE: Final = timedelta(minutes=60)

DURATION: Final = re.compile(  # ISO 8601
    r"p((?P<days>\d+)d)?(t((?P<hours>\d+)h)?((?P<minutes>\d+)m)?((?P<seconds>\d+)s)?)?"
)


@rule(
    id="AML1612",
    title="The compute instance stops within an hour when nobody uses it",
    severity="medium",
    severity_reason="A workstation that somebody forgot costs its full price every hour.",
    applies_to="Microsoft.MachineLearningServices/workspaces/computes",
    because=(
        "An instance runs, and is paid for, until somebody stops it. People go home, on leave, "
        "to another project, and do not think of it, least of all of the one with the expensive "
        "graphics card. With an idle time the service stops it for them, and the disk stays."
    ),
    fix=Fix(
        'az rest --method post --url "{id}/updateIdleShutdownSetting?api-version=2021-07-01" '
        """--body '{"idleTimeBeforeShutdown": "PT30M"}'""",
        note="The commands for computes can set the idle time only when they create the instance.",
    ),
    sources=(
        "https://learn.microsoft.com/azure/machine-learning/how-to-create-compute-instance",
        "https://learn.microsoft.com/azure/machine-learning/how-to-manage-optimize-cost",
        "https://github.com/Azure/azure-policy/blob/master/built-in-policies/policyDefinitions/Machine%20Learning/IdleShutdown_Audit.json",
    ),
    mappings={
        "azure_policy": ("679ddf89-ab8f-48a5-9029-e76054077449",),
        "waf": ("Cost Optimization",),
    },
)
def idle_instance_stops(compute: Subject) -> Verdict:
    """Compare the idle time of an instance with the longest accepted; a schedule does not count."""
    if compute.text("properties.computeType") != "computeinstance":
        return not_applicable("only a compute instance stops when it is idle")
    is_preview = compute.resource.origin.api_version.endswith("preview")
    since = SHOWN_IN_PREVIEW_SINCE if is_preview else SHOWN_SINCE
    idle = compute.text(IDLE, default="", since=since)
    if not idle:
        return fail("the instance never stops by itself")
    written = DURATION.fullmatch(idle)
    units = written.groupdict(default="0") if written else {}
    length = timedelta(**{unit: int(number) for unit, number in units.items()})
    if length < SHORTEST_ACCEPTED:
        raise compute.unfamiliar(IDLE, idle)
    if length > LONGEST_IDLE:
        return fail(f"the instance stops after {length}, later than {LONGEST_IDLE}")
    return ok()
