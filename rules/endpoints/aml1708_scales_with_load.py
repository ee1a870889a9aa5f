"""AML1708: production deployments scale automatically."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Final

from amlaudit import Change, Fix, Subject, Verdict, adding, fail, not_applicable, ok, rule, setting
from amlaudit.readings.enumerations import one_of
from amlaudit.readings.parameters import number_of, texts_of
from amlaudit.readings.traffic import gets_requests, kind_of

BOTH_WAYS: Final = frozenset({"increase", "decrease"})
A_DAY: Final = timedelta(days=1)  # a profile's dates are in a time zone of its own


def _step(operator: str, percent: int, direction: str) -> dict[str, object]:
    """Return a rule that adds or removes one instance above or below a CPU utilization."""
    return {
        "metricTrigger": {
            "metricName": "CpuUtilizationPercentage",
            "metricResourceUri": "{id}",
            "timeGrain": "PT1M",
            "statistic": "Average",
            "timeWindow": "PT5M",
            "timeAggregation": "Average",
            "operator": operator,
            "threshold": percent,
        },
        "scaleAction": {
            "direction": direction,
            "type": "ChangeCount",
            "value": "1",
            "cooldown": "PT5M",
        },
    }


@rule(
    id="AML1708",
    title="Production deployments that receive requests scale automatically",
    severity="low",
    severity_reason="Requests fail at peak load, and idle hours cost as much as busy ones.",
    applies_to="Microsoft.MachineLearningServices/workspaces/onlineEndpoints/deployments",
    because=(
        "A managed online deployment keeps the instance count it was created with unless "
        "something changes it. Azure Monitor autoscale adds instances under load and "
        "removes them when idle, within limits that you set. On your own Kubernetes "
        "cluster, the deployment scales by itself if configured to do so."
    ),
    fix=Fix(
        "az monitor autoscale create --resource {id} --resource-group {group} --name <setting> "
        "--min-count 3 --max-count 10 --count 3",
        change=Change.CREATE_COMPANION,
        note=(
            "Add one rule that scales out and one that scales in; without both, it has no effect."
        ),
        companions=(
            adding(
                "Microsoft.Insights/autoscaleSettings",
                "{name}-scale",
                {
                    "location": "{location}",
                    "properties": {
                        "enabled": True,
                        "targetResourceUri": "{id}",
                        "profiles": [
                            {
                                "name": "load",
                                "capacity": {
                                    "minimum": "{texts.min_instances}",
                                    "maximum": "10",
                                    "default": "{texts.min_instances}",
                                },
                                "rules": [
                                    _step("GreaterThan", 70, "Increase"),
                                    _step("LessThan", 30, "Decrease"),
                                ],
                            }
                        ],
                    },
                },
                under="{group.id}",
            ),
            setting(
                "Microsoft.MachineLearningServices/workspaces/onlineEndpoints/deployments",
                {
                    "properties.scaleSettings": {
                        "scaleType": "TargetUtilization",
                        "minInstances": "{parameters.min_instances}",
                        "maxInstances": 10,
                        "targetUtilizationPercentage": 70,
                    }
                },
            ),
        ),
    ),
    sources=(
        "https://learn.microsoft.com/azure/machine-learning/how-to-autoscale-endpoints",
        "https://learn.microsoft.com/azure/machine-learning/how-to-manage-optimize-cost",
        "https://learn.microsoft.com/azure/well-architected/service-guides/azure-machine-learning",
        "https://github.com/Azure/review-checklists/blob/main/checklists-ext/azuremachinelearning_sg_checklist.en.json",
    ),
    mappings={"waf": ("Performance Efficiency",)},
    parameters={
        "environments": (("prod",), "Environments in which deployments must scale automatically."),
        "min_instances": (3, "Minimum number of instances to scale in to."),
    },
)
def scales_with_load(deployment: Subject) -> Verdict:
    """Look for limits between which the deployment scales in both directions."""
    if deployment.context("environment") not in texts_of(deployment, "environments"):
        return not_applicable("the workspace is not a production workspace")
    if not gets_requests(deployment):
        return not_applicable("the deployment receives no requests")
    on_cluster = kind_of(deployment) == "kubernetes"
    bounds = list((_of_cluster if on_cluster else _of_settings)(deployment))
    if not any(both_ways and least < most for least, most, both_ways in bounds):
        return fail("the deployment does not scale out and in automatically")
    least = min(least for least, _, _ in bounds)
    wanted = number_of(deployment, "min_instances")
    if least < wanted:
        return fail(f"the deployment scales in to {least:g} of {wanted:g} required instances")
    return ok()


def _of_cluster(deployment: Subject) -> Iterator[tuple[float, float, bool]]:
    """Yield the limits of a deployment on Kubernetes, if it scales; it does so both ways."""
    settings, kinds = "properties.scaleSettings", ("default", "targetutilization")
    if one_of(deployment, f"{settings}.scaleType", kinds) == "targetutilization":
        least, most = f"{settings}.minInstances", f"{settings}.maxInstances"
        yield deployment.number(least), deployment.number(most), True


def _of_settings(deployment: Subject) -> Iterator[tuple[float, float, bool]]:
    """Yield what every profile scales in to, its maximum, and whether it has rules both ways.

    A profile without a rule that scales in takes away only the instances above its maximum.
    """
    for each in deployment.follow("autoscale-settings"):
        if each.flag("properties.enabled", default=False):
            for profile in filter(_applies, each.each("properties.profiles")):
                rules = profile.each("rules", default=())
                directions = {rule_.text("scaleAction.direction") for rule_ in rules}
                most = _bound(profile, "maximum")
                least = _bound(profile, "minimum") if "decrease" in directions else most
                yield least, most, directions >= BOTH_WAYS


def _applies(profile: Subject) -> bool:
    """Tell whether a profile applies now or recurs; outside its dates, a fixed one does nothing."""
    if profile.get("fixedDate", default=None) is None:
        return True
    starts, ends = profile.time("fixedDate.start"), profile.time("fixedDate.end")
    return starts - A_DAY <= profile.read_at <= ends + A_DAY


def _bound(profile: Subject, name: str) -> float:
    """Return a limit of a profile."""
    written = profile.text(f"capacity.{name}")
    if not written.isdecimal():
        raise profile.unfamiliar(f"capacity.{name}", written)
    return int(written)
