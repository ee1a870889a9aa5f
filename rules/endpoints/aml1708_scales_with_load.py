"""AML1708: production deployments scale with their load."""

from collections.abc import Iterator
from typing import Final

from amlaudit import Change, Fix, Subject, Verdict, adding, fail, not_applicable, ok, rule, setting
from amlaudit.readings.enumerations import one_of
from amlaudit.readings.parameters import number_of, texts_of
from amlaudit.readings.traffic import gets_requests, kind_of

BOTH_WAYS: Final = frozenset({"increase", "decrease"})


def _step(operator: str, percent: int, direction: str) -> dict[str, object]:
    """Return that one instance more or less is wanted, above or below a load of the processors."""
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
    title="A production deployment that gets requests scales with their number",
    severity="low",
    severity_reason="Requests fail at the peak, and the quiet hours cost as much as the busy ones.",
    applies_to="Microsoft.MachineLearningServices/workspaces/onlineEndpoints/deployments",
    because=(
        "A managed deployment keeps the number of instances that it was made with until something "
        "changes it. A setting of the platform does: it adds instances when they are busy and "
        "takes them away when they are not, between bounds that you choose. On a cluster of your "
        "own the deployment scales itself, if it is told to."
    ),
    fix=Fix(
        "az monitor autoscale create --resource {id} --resource-group {group} --name <setting> "
        "--min-count 3 --max-count 10 --count 3",
        change=Change.CREATE_COMPANION,
        note="Add one rule that scales out and one that scales in; without both it does nothing.",
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
        "environments": (("prod",), "Environments in which deployments must scale."),
        "min_instances": (3, "How many instances must stay."),
    },
)
def scales_with_load(deployment: Subject) -> Verdict:
    """Look for bounds between which the deployment scales in both directions."""
    if deployment.context("environment") not in texts_of(deployment, "environments"):
        return not_applicable("the workspace is not for production")
    if not gets_requests(deployment):
        return not_applicable("the deployment gets no requests")
    on_cluster = kind_of(deployment) == "kubernetes"
    bounds = list((_of_cluster if on_cluster else _of_settings)(deployment))
    if not any(least < most for least, most in bounds):
        return fail("nothing scales the deployment out and in")
    least = min(least for least, _ in bounds)
    wanted = number_of(deployment, "min_instances")
    if least < wanted:
        return fail(f"the deployment scales in to {least:g} of the {wanted:g} instances it needs")
    return ok()


def _of_cluster(deployment: Subject) -> Iterator[tuple[float, float]]:
    """Yield the bounds of a deployment on Kubernetes, if it scales."""
    settings, kinds = "properties.scaleSettings", ("default", "targetutilization")
    if one_of(deployment, f"{settings}.scaleType", kinds) == "targetutilization":
        least, most = f"{settings}.minInstances", f"{settings}.maxInstances"
        yield deployment.number(least), deployment.number(most)


def _of_settings(deployment: Subject) -> Iterator[tuple[float, float]]:
    """Yield the bounds of every profile with rules in both directions; they come as texts."""
    for each in deployment.follow("autoscale-settings"):
        if each.flag("properties.enabled", default=False):
            for profile in each.each("properties.profiles"):
                rules = profile.each("rules", default=())
                if {rule_.text("scaleAction.direction") for rule_ in rules} >= BOTH_WAYS:
                    yield _bound(profile, "minimum"), _bound(profile, "maximum")


def _bound(profile: Subject, name: str) -> float:
    """Return a bound of a profile."""
    written = profile.text(f"capacity.{name}")
    if not written.isdecimal():
        raise profile.unfamiliar(f"capacity.{name}", written)
    return int(written)
