"""AML1908: jobs end, whatever happens in them."""

from datetime import timedelta
from typing import Final

from amlaudit import Fix, Subject, Verdict, fail, not_applicable, ok, rule
from amlaudit.readings.durations import duration, span_of
from amlaudit.readings.parameters import number_of

LIMIT: Final = "properties.limits.timeout"
TRIALS: Final = "properties.limits.maxTotalTrials"


@rule(
    id="AML1908",
    title="Jobs of the last month were given a time in which to end",
    severity="low",
    severity_reason="A job that hangs keeps its nodes, and their price, until somebody looks.",
    applies_to="Microsoft.MachineLearningServices/workspaces",
    because=(
        "A training script that waits for a lock or a download never fails and never ends, and the "
        "cluster cannot shrink under it. A limit in the job ends it after the time that it should "
        "take at most. A sweep needs a limit on its trials as well, or a rule to give up bad ones."
    ),
    fix=Fix(
        "az ml job create --file job.yml --resource-group {group} --workspace-name {name}",
        note="The file has limits.timeout, in seconds, and for a sweep limits.max_total_trials.",
    ),
    sources=(
        "https://learn.microsoft.com/azure/machine-learning/how-to-manage-optimize-cost",
        "https://learn.microsoft.com/azure/well-architected/service-guides/azure-machine-learning",
    ),
    mappings={"waf": ("Cost Optimization",)},
    parameters={
        "max_timeout": ("P3D", "Longest time that a job may be given, in ISO 8601."),
        "lookback_days": (30, "Age in days of the oldest jobs that are looked at."),
    },
)
def jobs_end(workspace: Subject) -> Verdict:
    """Compare the limits of recent commands and sweeps with the longest accepted."""
    recent = timedelta(days=number_of(workspace, "lookback_days"))
    longest = span_of(workspace, "max_timeout")
    is_any = False
    for job in workspace.follow("jobs"):
        kind = job.text("properties.jobType")
        if kind not in ("command", "sweep"):
            continue
        if job.read_at - job.time("systemData.createdAt") > recent:
            continue
        is_any = True
        if not job.text(LIMIT, default=""):
            return fail(f"job {job.name} may run for ever")
        if (limit := duration(job, LIMIT, default="")) > longest:
            return fail(f"job {job.name} may run {limit}, longer than {longest}")
        if kind == "sweep" and not _gives_up(job):
            return fail(f"job {job.name} may try for ever")
    return ok() if is_any else not_applicable("no command or sweep ran lately")


def _gives_up(sweep: Subject) -> bool:
    """Tell whether a sweep ends its trials some time, or at least the bad ones."""
    policy = sweep.get("properties.earlyTermination", default=None)
    return policy is not None or sweep.number(TRIALS, default=0) > 0
