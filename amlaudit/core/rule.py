"""Rules: what is checked on which resources, why, and how a fail is mended."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from enum import StrEnum
from typing import TYPE_CHECKING, Final, TypeAlias

from msgspec import Struct, field

from amlaudit.core.companions import Companion
from amlaudit.core.conditions import Condition, ParameterValue
from amlaudit.core.subject import Subject
from amlaudit.core.verdict import Verdict

if TYPE_CHECKING:
    from amlaudit.core.declarations import Declared


class Severity(StrEnum):
    """How bad a fail is, worst first."""

    CRITICAL = "critical"
    """Data are exposed without sign-in."""
    HIGH = "high"
    """One stolen credential or one mistake exposes data, code or the estate."""
    MEDIUM = "medium"
    """A layer is weak, or an attack would go unseen."""
    LOW = "low"
    """Hygiene, cost or resilience."""
    INFO = "info"
    """Advice."""

    __hash__ = str.__hash__  # the enum's own is several times slower, and used a lot

    def __init__(self, _word: str) -> None:
        """Take the place after those before it; `rank` is that place, 0 for the worst."""
        self.rank = len(type(self).__members__)

    @property
    def weight(self) -> int:
        """How much a finding of this severity counts in a score."""
        return _WEIGHTS[self]

    def at_least(self, other: "Severity") -> bool:
        """Tell whether this is as bad as the other, or worse."""
        return self.rank <= other.rank


_WEIGHTS: Final = {
    Severity.CRITICAL: 10,
    Severity.HIGH: 6,
    Severity.MEDIUM: 3,
    Severity.LOW: 1,
    Severity.INFO: 0,
}


class Change(StrEnum):
    """What it takes to mend a fail."""

    IN_PLACE = "in_place"
    """An update call is enough."""
    RECREATE = "recreate"
    """The property is fixed at creation; the resource must be rebuilt."""
    CREATE_COMPANION = "create_companion"
    """Another resource has to be created."""


ANY_TYPE: Final = "*"
"""What a rule applies to that judges resources of every type."""

Check: TypeAlias = Callable[[Subject], Verdict]
"""Judges one subject; raises `NoDataError` where it lacks what it needs."""


class Fix(Struct, frozen=True):
    """How a fail is mended.

    Attributes:
        command: Azure CLI commands; `{name}`, `{group}` and `{id}` stand for the resource's.
        change: What it takes.
        irreversible: Whether the step cannot be undone.
        note: What else to know, one sentence.
        settings: What the resource must declare to pass, by property path; empty where that is
            not one thing, or no setting of the resource itself.
        portal: How it is done in the Azure portal, one sentence; empty where the portal cannot, or
            nobody documents how.
        companions: What has to be otherwise beside the resource for it to pass: everything that
            may be needed, what is best first. Of these as few are taken as are enough.
        undeclared: Why no declaration mends it, one sentence; empty where one does.
    """

    command: str
    change: Change = Change.IN_PLACE
    irreversible: bool = False
    note: str = ""
    settings: Mapping[str, ParameterValue] = field(default_factory=dict)
    portal: str = ""
    companions: tuple[Companion, ...] = ()
    undeclared: str = ""

    @property
    def is_declared(self) -> bool:
        """Whether a declaration mends a fail: of the resource, or of what is beside it."""
        return bool(self.settings or self.companions)


class Parameter(Struct, frozen=True):
    """Something of a rule that a company sets.

    Attributes:
        meaning: What it says, one sentence.
        default: What it is unless a profile sets it; a value must be of the same kind.
        value: What it is.
    """

    meaning: str
    default: ParameterValue
    value: ParameterValue


class Rule(Struct, frozen=True, kw_only=True):
    """One control, ready to judge.

    Attributes:
        id: Stable for ever, never reused (`AML1201`).
        title: The good state, as a sentence.
        severity: How bad a fail is.
        severity_reason: Why that bad.
        area: The folder it lives in (`network`).
        applies_to: ARM type of the resources that it judges, lower case; `ANY_TYPE`: all.
        type_name: The same as Azure spells it.
        api_version: Version of the API that its properties are known of, empty if of none.
        also_applies_to: Further ARM types, for a policy that is about several.
        because: Why it matters.
        fix: How to mend a fail.
        sources: HTTPS addresses of the guidance it was drawn from; at least one.
        mappings: Framework (`mcsb`, `cis_azure`, `nist_800_53_r5`, `iso_27001_2022`,
            `azure_policy`, `waf`) to the ids of its controls.
        parameters: What a company sets, by name.
        check: Judges one subject.
        require: The condition that a YAML rule requires; None for one in Python, or a question.
        when: The condition under which it does; None: always.
        path: The file that defines it, relative to its pack.
        declared: What files must say for it to pass, where that is written already; see
            `amlaudit.core.declarations`.
    """

    id: str
    title: str
    severity: Severity
    severity_reason: str
    area: str
    applies_to: str
    because: str
    fix: Fix
    sources: tuple[str, ...]
    mappings: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    parameters: Mapping[str, Parameter] = field(default_factory=dict)
    also_applies_to: tuple[str, ...] = ()
    check: Check
    require: Condition | None = None
    when: Condition | None = None
    path: str = ""
    type_name: str = ""
    api_version: str = ""
    declared: "Declared | None" = None

    @property
    def types(self) -> tuple[str, ...]:
        """The ARM types of what it judges, lower case; `ANY_TYPE` stands for all."""
        return (self.applies_to, *self.also_applies_to)


def rule(  # noqa: PLR0913 - one keyword for each field of a rule
    *,
    id: str,  # noqa: A002 - the word that rule files use
    title: str,
    severity: str,
    severity_reason: str,
    applies_to: str,
    because: str,
    fix: Fix | str,
    sources: Iterable[str],
    mappings: Mapping[str, Sequence[str]] | None = None,
    parameters: Mapping[str, tuple[ParameterValue, str]] | None = None,
) -> Callable[[Check], Rule]:
    """Return a decorator that makes a rule of a check function; see `Rule` for the arguments.

    `parameters` gives (default, meaning) by name; the check finds the values in
    `subject.parameters`. The area is the folder of the file, set when the pack is loaded.
    """

    def make(check: Check) -> Rule:
        return Rule(
            id=id,
            title=title,
            severity=Severity(severity),
            severity_reason=severity_reason,
            area="",
            applies_to=applies_to.lower(),
            type_name=applies_to,
            because=because,
            fix=Fix(fix) if isinstance(fix, str) else fix,
            sources=tuple(sources),
            mappings={key: tuple(ids) for key, ids in (mappings or {}).items()},
            parameters={
                name: Parameter(meaning, default, default)
                for name, (default, meaning) in (parameters or {}).items()
            },
            check=check,
        )

    return make
