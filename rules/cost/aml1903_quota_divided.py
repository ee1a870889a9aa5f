"""AML1903: workspaces that share a region divide its quota explicitly."""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from math import inf
from typing import Final

from amlaudit import Fix, Subject, Verdict, adding, arm_id, fail, not_applicable, ok, rule
from amlaudit.readings.regions import region_of

LIMIT: Final = "properties.limit"


@rule(
    id="AML1903",
    title="Every workspace that shares a region with another has its own quota limits",
    severity="low",
    severity_reason=(
        "One team can use up the cores that another team's endpoints need to scale out."
    ),
    applies_to="Microsoft.Resources/subscriptions",
    because=(
        "VM quota belongs to the subscription and region and is allocated first come, first "
        "served. A large training run in one workspace can leave none for the production "
        "endpoint in another. Workspace-level quotas define in advance who may use how much."
    ),
    fix=Fix(
        'az rest --method post --url "{id}/providers/Microsoft.MachineLearningServices/locations/'
        '<region>/updateQuotas?api-version=2025-12-01" --body @quota.json',
        companions=(
            adding(
                "Microsoft.MachineLearningServices/locations/quotas",
                "{its.location}/{its.name}-limit",
                {
                    "properties": {
                        "id": "{its.id}/quotas/<family of machines>",
                        "limit": 24,
                        "unit": "Count",
                    }
                },
                under="{id}",
                via=("workspaces",),
            ),
        ),
    ),
    sources=(
        "https://learn.microsoft.com/azure/machine-learning/how-to-manage-quotas",
        "https://learn.microsoft.com/azure/machine-learning/how-to-manage-optimize-cost",
        "https://github.com/Azure/FTALive-Sessions/tree/main/content/ai/enterprise-ml",
    ),
    mappings={"waf": ("Cost Optimization",)},
    parameters={
        "require_workspace_quota": (True, "Whether workspace-level quotas are required at all.")
    },
)
def quota_divided(subscription: Subject) -> Verdict:
    """Look, in each region with several workspaces, for a limit on each of them.

    A limit on any VM family counts; which families a workspace uses is not checked.
    """
    workspaces: defaultdict[str, list[Subject]] = defaultdict(list)
    for workspace in subscription.follow("workspaces"):
        workspaces[region_of(workspace)].append(workspace)
    shared = {region: several for region, several in workspaces.items() if len(several) > 1}
    if not shared or not subscription.parameters["require_workspace_quota"]:
        return not_applicable("no two workspaces share a region, or quota limits are not required")
    regions = {each.name.lower(): each for each in subscription.follow("locations")}
    for region, several in sorted(shared.items()):
        if region not in regions:
            raise several[0].unfamiliar("location", region)
        limited = set(_limited_workspaces(regions[region].follow("quotas")))
        if without := sorted(each.name for each in several if each.id not in limited):
            return fail(f"workspaces without a quota limit in {region}: {', '.join(without)}")
    return ok()


def _limited_workspaces(quotas: Iterable[Subject]) -> Iterator[str]:
    """Yield the ids of workspaces that may use less of a family than the subscription may.

    Azure lists every workspace with every family; one without a limit has the subscription's.
    """
    whole: dict[str, float] = {}
    parts: list[tuple[str, str, float]] = []
    for quota in quotas:
        family, limit = quota.text("properties.name.value", default=""), quota.number(LIMIT)
        if limit < 0:
            raise quota.unfamiliar(LIMIT, quota[LIMIT])
        owner = arm_id.parent_of(arm_id.normalise(quota.text("properties.id")))
        if owner == arm_id.subscription_of(owner):
            whole[family] = limit
        else:
            parts.append((owner, family, limit))
    yield from (owner for owner, family, limit in parts if limit < whole.get(family, inf))
