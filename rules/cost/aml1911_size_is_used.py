"""AML1911: deployments use the VMs that they pay for."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Final

from amlaudit import Fix, Subject, Verdict, fail, not_applicable, ok, rule
from amlaudit.readings.computes import WITH_GPU
from amlaudit.readings.metrics import days_of
from amlaudit.readings.parameters import number_of
from amlaudit.readings.partial import known_of_each
from amlaudit.readings.traffic import gets_requests, why_idle

CPU: Final = "cpuutilizationpercentage"
GPU: Final = "gpuutilizationpercentage"
LATELY: Final = timedelta(days=30)
"""Metrics of the last thirty days are collected."""


@rule(
    id="AML1911",
    title="At its peak, a deployment uses a fair part of the VMs that it pays for",
    severity="info",
    severity_reason="It costs money every hour, but nothing breaks.",
    applies_to="Microsoft.MachineLearningServices/workspaces/onlineEndpoints/deployments",
    because=(
        "Sizes and numbers of VMs are chosen before anybody knows the load, and rarely looked at "
        "again. A deployment whose VMs are nearly idle even at the busiest moment of a month does "
        "the same work on smaller ones, or on fewer."
    ),
    fix=Fix(
        "az ml online-deployment update --name {name} --endpoint-name <endpoint> "
        "--resource-group {group} --workspace-name <workspace> --set instance_type=<size>",
        note=(
            "Compare memory first: it often decides which size a model needs. Reduce the number of "
            "instances only as far as production requires several."
        ),
        undeclared="Only a load test tells which size is large enough.",
    ),
    sources=(
        "https://learn.microsoft.com/azure/machine-learning/how-to-manage-optimize-cost",
        "https://learn.microsoft.com/azure/machine-learning/monitor-azure-machine-learning-reference",
        "https://learn.microsoft.com/azure/well-architected/service-guides/azure-machine-learning",
    ),
    mappings={"waf": ("Cost Optimization",)},
    parameters={
        "min_peak_percent": (20, "Percentage of CPU or GPU that a deployment must have reached."),
        "standby_endpoints": ((), "Name patterns of standby endpoints, kept for failover."),
    },
)
def size_is_used(deployment: Subject) -> Verdict:
    """Look for a day of the last thirty on which the CPUs, or the GPUs, were busy."""
    if exempt := why_idle(deployment):
        return not_applicable(exempt)
    if not gets_requests(deployment):
        return not_applicable("the deployment gets no requests")
    if deployment.read_at - deployment.time("systemData.createdAt") <= LATELY:
        return not_applicable(f"the deployment is not {LATELY.days} days old")
    least, peak = number_of(deployment, "min_peak_percent"), 0.0
    for percent in _peaks(deployment):
        if percent >= least:
            return ok()
        peak = max(peak, percent)
    return fail(f"in {LATELY.days} days, at most {peak:.0f} % of its VMs was used")


def _peaks(deployment: Subject) -> Iterator[float]:
    """Yield the highest percentage of each day, of the CPUs, and of the GPUs if there are any.

    Raises:
        NoDataError: After the last one that is known, if there may be others.
    """
    has_gpu = deployment.text("properties.instanceType").startswith(WITH_GPU)
    wanted = (CPU, GPU) if has_gpu else (CPU,)
    return known_of_each(wanted, lambda name: _peaks_of(deployment, name))


def _peaks_of(deployment: Subject, name: str) -> Iterator[float]:
    """Yield the highest value of each day that a metric has."""
    for day in days_of(deployment, name, LATELY, f"how busy it is: there is no {name}"):
        yield day.number("maximum", default=0)
