"""How completely each scope was read, by service."""

from collections import Counter, defaultdict
from collections.abc import Mapping
from enum import StrEnum
from typing import Final

from msgspec import Struct

from amlaudit.core import arm_id
from amlaudit.core.gap import Gap, Reason
from amlaudit.core.report import Report
from amlaudit.core.verdict import Status

_SERVICES: Final = {
    "microsoft.machinelearningservices": "Machine Learning",
    "microsoft.storage": "Storage",
    "microsoft.keyvault": "Key Vault",
    "microsoft.containerregistry": "Container registry",
    "microsoft.network": "Network",
    "microsoft.authorization": "Roles and policy",
    "microsoft.policyinsights": "Roles and policy",
    "microsoft.managedservices": "Roles and policy",
    "microsoft.managedidentity": "Identities",
    "microsoft.insights": "Monitoring",
    "microsoft.operationalinsights": "Monitoring",
    "microsoft.security": "Defender",
    "microsoft.containerservice": "Containers",
    "microsoft.containerinstance": "Containers",
    "microsoft.kubernetesconfiguration": "Containers",
    "microsoft.dataprotection": "Backup",
    "microsoft.recoveryservices": "Backup",
    "microsoft.consumption": "Cost",
    "microsoft.resources": "Scopes and tags",
}
"""Display names of the services, by ARM namespace, in column order."""
_ELSE: Final = "Other"
SERVICES: Final = (*dict.fromkeys(_SERVICES.values()), _ELSE)


class Sight(StrEnum):
    """How completely a service was read in a scope."""

    COMPLETE = "complete"
    """No gap was recorded."""
    PARTIAL = "partial"
    """Something is missing, for a reason other than a missing permission."""
    DENIED = "denied"
    """Something is missing because the principal may not read it."""
    NOT_ASKED = "not_asked"
    """The scope was never reached, so nothing was read."""


class Row(Struct, frozen=True):
    """A scope and how completely it was read.

    Attributes:
        scope_id: Its id.
        cells: Completeness and number of gaps, by service.
    """

    scope_id: str
    cells: Mapping[str, tuple[Sight, int]]


def matrix(report: Report) -> list[Row]:
    """Return how completely each subscription was read, and what belongs to none, by id."""
    gaps: defaultdict[str, defaultdict[str, list[Gap]]] = defaultdict(lambda: defaultdict(list))
    for gap in report.gaps:
        gaps[arm_id.subscription_of(gap.scope_id)][_service_of(gap)].append(gap)
    reached = {arm_id.subscription_of(each) for each in report.collection.reached} | {
        arm_id.subscription_of(each.resource.id)
        for each in report.findings
        if each.verdict.status is not Status.UNKNOWN
    }
    scopes = sorted({*reached, *gaps} - ({arm_id.ROOT} - set(gaps)))
    return [
        Row(
            each,
            {name: _sight(gaps[each][name], reached=each in reached) for name in SERVICES},
        )
        for each in scopes
    ]


def _service_of(gap: Gap) -> str:
    """Return the service of a gap: that of the missing part, else that of its scope."""
    kind = gap.part if "/" in gap.part else arm_id.type_of(gap.scope_id)
    return _SERVICES.get(kind.partition("/")[0], _ELSE)


def _sight(gaps: list[Gap], *, reached: bool) -> tuple[Sight, int]:
    """Return how completely something was read, and its number of gaps."""
    reasons = Counter(each.reason for each in gaps)
    if reasons[Reason.FORBIDDEN]:
        return Sight.DENIED, len(gaps)
    if gaps:
        return Sight.PARTIAL, len(gaps)
    return (Sight.COMPLETE if reached else Sight.NOT_ASKED), 0
