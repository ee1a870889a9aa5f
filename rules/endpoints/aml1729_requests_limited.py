"""AML1729: production deployments limit how long requests take and how many run at once."""

from collections.abc import Callable, Iterator
from typing import Final

from amlaudit import Fix, Subject, Verdict, fail, not_applicable, ok, rule
from amlaudit.readings.durations import seconds_at, spelled
from amlaudit.readings.parameters import number_of, texts_of
from amlaudit.readings.partial import known_of_each
from amlaudit.readings.traffic import gets_requests

# https://learn.microsoft.com/azure/machine-learning/reference-yaml-deployment-managed-online
TIMEOUT, QUEUE_WAIT, AT_ONCE = "PT5S", "PT0.5S", 1


@rule(
    id="AML1729",
    title="Production deployments limit the duration and number of requests at a time",
    severity="low",
    severity_reason="A few slow requests, or a flood of them, can block a model for everybody.",
    applies_to="Microsoft.MachineLearningServices/workspaces/onlineEndpoints/deployments",
    because=(
        "Requests that take minutes, or that an instance accepts by the hundred, use up its "
        "workers and memory, and callers wait for responses that never arrive. With limits, "
        "the service rejects what an instance cannot process: callers can try again "
        "elsewhere, and autoscaling sees the load."
    ),
    fix=Fix(
        "az ml online-deployment update --name {name} --resource-group {group} "
        "--workspace-name <workspace> --endpoint-name <endpoint> "
        "--set request_settings.request_timeout_ms=5000 request_settings.max_queue_wait_ms=500 "
        "request_settings.max_concurrent_requests_per_instance=1",
        note=(
            "These are the defaults of the service. Allow as many concurrent requests as the "
            "scoring script has workers, and test the limits under load first."
        ),
        settings={
            "properties.requestSettings.requestTimeout": TIMEOUT,
            "properties.requestSettings.maxQueueWait": QUEUE_WAIT,
            "properties.requestSettings.maxConcurrentRequestsPerInstance": AT_ONCE,
        },
    ),
    sources=(
        "https://learn.microsoft.com/azure/machine-learning/reference-yaml-deployment-managed-online",
        "https://learn.microsoft.com/azure/machine-learning/reference-yaml-deployment-kubernetes-online",
    ),
    mappings={"waf": ("Reliability",)},
    parameters={
        "environments": (("prod",), "Environments whose deployments must have these limits."),
        "max_response_seconds": (
            60,
            "Maximum time in seconds that a request may wait and be processed.",
        ),
        "max_concurrent_requests": (
            100,
            "Maximum number of requests that an instance may process at once.",
        ),
    },
)
def requests_limited(deployment: Subject) -> Verdict:
    """Compare the limits of a deployment with the maximum of each."""
    if deployment.context("environment") not in texts_of(deployment, "environments"):
        return not_applicable("the workspace is not a production workspace")
    if not gets_requests(deployment):
        return not_applicable("the deployment receives no requests")
    flaw = next(known_of_each(LIMITS, lambda limit: limit(deployment)), "")
    return fail(flaw) if flaw else ok()


def _too_long(deployment: Subject) -> Iterator[str]:
    """Yield how long a request may take, if that is too long."""
    settings = "properties.requestSettings"
    longest = number_of(deployment, "max_response_seconds")
    time = seconds_at(deployment, f"{settings}.requestTimeout", default=TIMEOUT)
    if time <= longest:
        time += seconds_at(deployment, f"{settings}.maxQueueWait", default=QUEUE_WAIT)
    if time > longest:
        yield f"a request may take {spelled(time)}, longer than {spelled(longest)}"


def _too_many(deployment: Subject) -> Iterator[str]:
    """Yield how many requests an instance accepts at once, if these are too many."""
    path = "properties.requestSettings.maxConcurrentRequestsPerInstance"
    most = number_of(deployment, "max_concurrent_requests")
    count = deployment.number(path, default=AT_ONCE)
    if count > most:
        yield f"an instance accepts {count:g} requests at once, more than {most:g}"


LIMITS: Final[tuple[Callable[[Subject], Iterator[str]], ...]] = (_too_long, _too_many)
