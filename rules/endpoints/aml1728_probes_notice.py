"""AML1728: probes notice in time that an instance of a production deployment does not respond."""

from collections.abc import Iterator
from typing import Final

from amlaudit import Fix, Subject, Verdict, fail, not_applicable, ok, rule
from amlaudit.readings.durations import seconds_at, spelled
from amlaudit.readings.parameters import number_of, texts_of
from amlaudit.readings.partial import known_of_each
from amlaudit.readings.traffic import gets_requests

PROBES: Final = ("liveness", "readiness")
# https://learn.microsoft.com/azure/machine-learning/reference-yaml-deployment-managed-online
FAILURES, PERIOD, TIMEOUT = 30, "PT10S", "PT2S"


@rule(
    id="AML1728",
    title="Probes of production deployments detect unresponsive instances in time",
    severity="low",
    severity_reason="Until a probe gives up, callers are sent to an instance that does not answer.",
    applies_to="Microsoft.MachineLearningServices/workspaces/onlineEndpoints/deployments",
    because=(
        "The readiness probe takes an instance that does not respond out of rotation, and the "
        "liveness probe restarts its container. Both act only after a number of failures in a "
        "row, one per period. If that takes long, requests fail in the meantime; if a single "
        "failure is enough, one slow response restarts a container that is only busy."
    ),
    fix=Fix(
        "az ml online-deployment update --name {name} --resource-group {group} "
        "--workspace-name <workspace> --endpoint-name <endpoint> "
        "--set liveness_probe.period=10 liveness_probe.timeout=2 "
        "liveness_probe.failure_threshold=30 readiness_probe.period=10 readiness_probe.timeout=2 "
        "readiness_probe.failure_threshold=30",
        note="These are the defaults of the service. Test smaller values under load first.",
        settings={
            f"properties.{probe}Probe.{name}": value
            for probe in PROBES
            for name, value in (
                ("failureThreshold", FAILURES),
                ("period", PERIOD),
                ("timeout", TIMEOUT),
            )
        },
    ),
    sources=(
        "https://learn.microsoft.com/azure/machine-learning/reference-yaml-deployment-managed-online",
        "https://learn.microsoft.com/azure/machine-learning/reference-yaml-deployment-kubernetes-online",
    ),
    mappings={"waf": ("Reliability",)},
    parameters={
        "environments": (("prod",), "Environments whose deployments must have such probes."),
        "max_detection_seconds": (300, "Maximum time in seconds until a probe gives up."),
        "min_liveness_failures": (
            2,
            "Minimum number of failures in a row after which a container is restarted.",
        ),
    },
)
def probes_notice(deployment: Subject) -> Verdict:
    """Compare how long each probe takes to give up with the maximum.

    A probe that takes longer than a period delays the next one.
    """
    if deployment.context("environment") not in texts_of(deployment, "environments"):
        return not_applicable("the workspace is not a production workspace")
    if not gets_requests(deployment):
        return not_applicable("the deployment receives no requests")
    flaws = known_of_each(PROBES, lambda probe: _flaws_of(deployment, probe))
    flaw = next(flaws, "")
    return fail(flaw) if flaw else ok()


def _flaws_of(deployment: Subject, probe: str) -> Iterator[str]:
    """Yield what is wrong with a probe of a deployment."""
    settings = f"properties.{probe}Probe"
    failures = deployment.number(f"{settings}.failureThreshold", default=FAILURES)
    if probe == "liveness" and failures < number_of(deployment, "min_liveness_failures"):
        yield f"the liveness probe restarts a container after {failures:g} failed attempts in a row"
    period = seconds_at(deployment, f"{settings}.period", default=PERIOD)
    timeout = seconds_at(deployment, f"{settings}.timeout", default=TIMEOUT)
    time, longest = failures * max(period, timeout), number_of(deployment, "max_detection_seconds")
    if time > longest:
        yield f"the {probe} probe gives up after {spelled(time)}, later than {spelled(longest)}"
