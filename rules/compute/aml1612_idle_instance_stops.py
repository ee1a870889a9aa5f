"""AML1612: compute instances stop when nobody uses them."""

import re
from datetime import timedelta
from typing import Final

from amlaudit.core.gap import Gap, Reason
from amlaudit.core.path import ABSENT, parse_path
from amlaudit.core.rule import Fix, rule
from amlaudit.core.subject import Subject
from amlaudit.core.verdict import Verdict, fail, not_applicable, ok, unknown

IDLE: Final = "properties.properties.idleTimeBeforeShutdown"
SHOWN_SINCE: Final = "2025-12-01"  # API version; the previews show it much longer
SHOWN_IN_PREVIEW_SINCE: Final = "2022-06-01-preview"
# https://learn.microsoft.com/azure/machine-learning/how-to-create-compute-instance
SHORTEST_ACCEPTED: Final = timedelta(minutes=15)
LONGEST_IDLE: Final = timedelta(minutes=60)

_DURATION = re.compile(r"p(?:(\d+)d)?(?:t(?:(\d+)h)?(?:(\d+)m)?(?:(\d+)s)?)?")  # ISO 8601


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
    version = compute.resource.origin.api_version
    since = SHOWN_IN_PREVIEW_SINCE if version.endswith("preview") else SHOWN_SINCE
    if compute.read(parse_path(IDLE)) is ABSENT and "" < version < since:
        detail = f"{IDLE} is not shown by API version {version}, only since {since}"
        return unknown(Gap(compute.id, IDLE, Reason.STALE, detail))
    idle = compute.text(IDLE, default="")
    if not idle:
        return fail("the instance never stops by itself")
    written = _DURATION.fullmatch(idle)
    days, hours, minutes, seconds = (int(n or 0) for n in written.groups()) if written else [0] * 4
    length = timedelta(days=days, hours=hours, minutes=minutes, seconds=seconds)
    if length < SHORTEST_ACCEPTED:
        return unknown(compute.misfit(parse_path(IDLE), "15 minutes or more", idle))
    if length > LONGEST_IDLE:
        return fail(f"the instance stops after {length}, later than {LONGEST_IDLE}")
    return ok()
