"""Plans: the fails of a report as steps, in an order that never closes a door too early."""

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
    """When a step is due: what lets people in comes before what shuts others out."""

    PREPARE = 1
    """Another resource is made: an endpoint, a setting, a lock."""
    CHANGE = 2
    """A setting is changed where it is."""
    CLOSE = 3
    """A way in is shut: whoever needs it must have another one by now."""
    REBUILD = 4
    """The resource is made anew, or something is lost: people decide."""


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
"""Ends of the paths of settings, lower case, by which somebody may lose a way that is in use."""
_WORDS_OF_LOSS: Final = (" delete", " remove", "--default-action deny")
"""In commands: something is taken away."""


class Step(Struct, frozen=True):
    """One fail, and when it is due.

    Attributes:
        phase: When.
        finding: The fail.
        edits: What mends it, nothing if other steps do; None where that was not tried out.
    """

    phase: Phase
    finding: Finding
    edits: tuple[Edit, ...] | None = None

    @property
    def is_held_back(self) -> bool:
        """Whether people must decide before it is done."""
        return self.phase is Phase.REBUILD


class Plan(Struct, frozen=True):
    """What is to be done, by the workspace or group that it is done in.

    Attributes:
        groups: Steps in their order, by the id of a workspace, or of the resource group or
            subscription of what belongs to none.
    """

    groups: Mapping[str, tuple[Step, ...]]

    @property
    def steps(self) -> tuple[Step, ...]:
        """All steps, in the order of the groups."""
        return tuple(step for steps in self.groups.values() for step in steps)


def plan_for(
    findings: Iterable[Finding], edits: Mapping[str, tuple[Edit, ...]] = MappingProxyType({})
) -> Plan:
    """Return the steps that mend the fails among findings; waived ones are left standing.

    Args:
        findings: What was found.
        edits: What mends fails, by the id of the finding, where that was tried out.
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
    """Return when the mending of a fail is due, by what was tried out or what the rule names."""
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
    """Tell whether everything that is done is to make something."""
    return bool(named) and all(each.deed is Deed.ADD for each in named)


def _order(step: Step) -> tuple[int, int, str, str]:
    """Return what steps of a group are ordered by: phase, then how bad, then by name."""
    finding = step.finding
    return step.phase, finding.rule.severity.rank, finding.rule.id, finding.resource.id


def _place_of(resource_id: str) -> str:
    """Return the id of the workspace, or else of the group or subscription, of a resource."""
    workspace = nearest_of_type(resource_id, WORKSPACE)
    return workspace or resource_group_of(resource_id) or subscription_of(resource_id)
