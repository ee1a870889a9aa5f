"""Rules: what is checked on which resources, why, and how to fix a fail."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from enum import StrEnum
from typing import Final, TypeAlias

from msgspec import Struct, field

from amlaudit.core.companions import Companion, Declarations
from amlaudit.core.conditions import Condition, ParameterValue
from amlaudit.core.subject import Subject
from amlaudit.core.verdict import Verdict


class Severity(StrEnum):
    """How bad a fail is, worst first."""

    CRITICAL = "critical"
    """Data is exposed without sign-in."""
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
        """Set `rank` to the position in the enumeration, 0 for the worst."""
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
    """The kind of change that a fix requires."""

    IN_PLACE = "in_place"
    """An update call is enough."""
    RECREATE = "recreate"
    """The property is fixed at creation; the resource must be rebuilt."""
    CREATE_COMPANION = "create_companion"
    """Another resource must be created."""


ANY_TYPE: Final = "*"
"""What a rule that judges resources of every type applies to."""

Check: TypeAlias = Callable[[Subject], Verdict]
"""Judges one subject; raises `NoDataError` if it lacks the data that it needs."""


class Fix(Struct, frozen=True):
    """How to fix a fail.

    Attributes:
        command: Azure CLI commands; `{name}`, `{group}` and `{id}` stand for the resource's.
        change: The kind of change it requires.
        irreversible: Whether the step cannot be undone.
        note: What else to know, one sentence.
        settings: What the resource must declare to pass, by property path; empty if that is
            ambiguous, or not a setting of the resource itself.
        portal: How to do it in the Azure portal, one sentence; empty if the portal cannot, or how
            is not documented.
        companions: What must change outside the resource for it to pass: everything that may be
            needed, the best first. As few of these as suffice are used.
        undeclared: Why no declaration fixes it, one sentence; empty if one does.
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
        """Whether a declaration, of the resource or of a companion, fixes a fail."""
        return bool(self.settings or self.companions)


class Parameter(Struct, frozen=True):
    """A setting of a rule that a company can change.

    Attributes:
        meaning: What it means, one sentence.
        default: Its value unless a profile sets it; a value must be of the same kind.
        value: Its value.
    """

    meaning: str
    default: ParameterValue
    value: ParameterValue


class Rule(Struct, frozen=True, kw_only=True):
    """One control, ready to judge.

    Attributes:
        id: Permanent, never reused (`AML1201`).
        title: The good state, as a sentence.
        severity: How bad a fail is.
        severity_reason: Why it has that severity.
        area: The folder that it is in (`network`).
        applies_to: ARM type of the resources that it judges, lower case; `ANY_TYPE`: all.
        type_name: The same as Azure spells it.
        api_version: API version from which its properties are known, empty if none.
        also_applies_to: Further ARM types, for a policy that covers several.
        because: Why it matters.
        fix: How to fix a fail.
        sources: HTTPS URLs of the guidance that it is based on; at least one.
        mappings: Framework (`mcsb`, `cis_azure`, `nist_800_53_r5`, `iso_27001_2022`,
            `azure_policy`, `waf`) to the ids of its controls.
        parameters: What a company can set, by name.
        check: Judges one subject.
        require: The condition that a YAML rule requires; None for a Python rule or a question.
        when: The condition under which it applies; None: always.
        path: The file that defines it, relative to its pack.
        declared: What files must declare for it to pass, if already generated; see
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
    declared: Declarations | None = None

    @property
    def types(self) -> tuple[str, ...]:
        """The ARM types that it judges, lower case; `ANY_TYPE` stands for all."""
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
    """Return a decorator that turns a check function into a rule; see `Rule` for the arguments.

    `parameters` gives (default, meaning) by name; the check finds the values in
    `subject.parameters`. The area is the folder of the file, set when the pack is loaded.

    Raises:
        TypeError: A single text is given as sources.
        ValueError: There is no such severity.
    """
    if isinstance(sources, str):
        raise TypeError("sources must be a list of addresses, not one text")
    if severity not in tuple(Severity):
        raise ValueError(f'severity "{severity}" is not one of {", ".join(Severity)}')

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
