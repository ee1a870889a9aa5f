"""Plans: the fails of a report as steps, in an order that never closes access too early."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from enum import IntEnum
from itertools import chain
from types import MappingProxyType
from typing import Final

from msgspec import Struct

from amlaudit.core.arm_id import nearest_of_type, resource_group_of, subscription_of
from amlaudit.core.companions import Companion, Deed
from amlaudit.core.edits import Edit
from amlaudit.core.relations import WORKSPACE
from amlaudit.core.report import Finding
from amlaudit.core.rule import Change
from amlaudit.core.verdict import Status


class Phase(IntEnum):
    """When a step is due: granting access comes before closing it."""

    PREPARE = 1
    """Another resource is created: an endpoint, a setting, a lock."""
    CHANGE = 2
    """A setting is changed in place."""
    CLOSE = 3
    """Access is closed: whoever needs it must have another way by now."""
    REBUILD = 4
    """The resource is recreated, or something is lost: people decide."""


TITLES: Final[Mapping[Phase, str]] = {
    Phase.PREPARE: "Prepare: create what is missing",
    Phase.CHANGE: "Change settings in place",
    Phase.CLOSE: "Close what is open",
    Phase.REBUILD: "Decide: rebuild, or what cannot be undone",
}

_WAYS_IN: Final = (
    "publicnetworkaccess",
    "networkacls.defaultaction",
    "allowsharedkeyaccess",
    "disablelocalauth",
    "adminuserenabled",
    "anonymouspullenabled",
    "allowblobpublicaccess",
    "isolationmode",
)
"""Path suffixes of settings, lower case, that may cut off access in use."""
_WORDS_OF_LOSS: Final = (" delete", " remove", "--default-action deny")
"""Parts of commands that remove something."""


class Step(Struct, frozen=True):
    """A fail, and when its step is due.

    Attributes:
        phase: When it is due.
        finding: The fail.
        edits: What fixes it, empty if other steps do; None if that was not rehearsed.
    """

    phase: Phase
    finding: Finding
    edits: tuple[Edit, ...] | None = None

    @property
    def is_held_back(self) -> bool:
        """Whether people must decide before it is carried out."""
        return self.phase is Phase.REBUILD


class Plan(Struct, frozen=True):
    """The steps to take, by the workspace or group in which they are taken.

    Attributes:
        groups: Steps in order, by the id of a workspace, or for resources outside workspaces of
            their resource group or subscription.
    """

    groups: Mapping[str, tuple[Step, ...]]

    @property
    def steps(self) -> tuple[Step, ...]:
        """All steps, in the order of the groups."""
        return tuple(step for steps in self.groups.values() for step in steps)


def plan_for(
    findings: Iterable[Finding], edits: Mapping[str, tuple[Edit, ...]] = MappingProxyType({})
) -> Plan:
    """Return the steps that fix the fails among findings; waived ones are skipped.

    Args:
        findings: The findings.
        edits: What fixes fails, by the id of the finding, if it was rehearsed.
    """
    groups: defaultdict[str, list[Step]] = defaultdict(list)
    for finding in findings:
        if finding.verdict.status is Status.FAIL and finding.waiver is None:
            done = edits.get(finding.id)
            step = Step(phase_of(finding, done or ()), finding, done)
            groups[_place_of(finding.resource.id)].append(step)
    ordered = {place: tuple(sorted(steps, key=_order)) for place, steps in sorted(groups.items())}
    return Plan(ordered)


def phase_of(finding: Finding, edits: Sequence[Edit] = ()) -> Phase:
    """Return when fixing a fail is due, judging by its rehearsal or by what the rule names."""
    fix = finding.rule.fix
    if fix.change is Change.RECREATE or fix.irreversible:
        return Phase.REBUILD
    named: Sequence[Edit | Companion] = edits or fix.companions
    if fix.change is Change.CREATE_COMPANION or _all_made(named):
        return Phase.PREPARE
    paths = chain(fix.settings, *(each.body for each in named if each.deed is Deed.SET))
    shuts = any(path.lower().endswith(_WAYS_IN) for path in paths)
    takes = any(each.deed is Deed.REMOVE for each in edits) or any(
        word in fix.command.lower() for word in _WORDS_OF_LOSS
    )
    return Phase.CLOSE if shuts or takes else Phase.CHANGE


def _all_made(named: Sequence[Edit | Companion]) -> bool:
    """Tell whether everything to be done is creating something."""
    return bool(named) and all(each.deed is Deed.ADD for each in named)


def _order(step: Step) -> tuple[int, int, str, str]:
    """Return the sort key of steps in a group: phase, then severity, then name."""
    finding = step.finding
    return step.phase, finding.rule.severity.rank, finding.rule.id, finding.resource.id


def _place_of(resource_id: str) -> str:
    """Return the id of the workspace, or else of the group or subscription, of a resource."""
    workspace = nearest_of_type(resource_id, WORKSPACE)
    return workspace or resource_group_of(resource_id) or subscription_of(resource_id)
