"""Mutants of rules: conditions with one change, which a good set of cases detects.

A mutant that agrees with every case shows what the cases do not cover. Rules in Python have no
condition tree, so they are not mutated; nor are questions. A change that cannot alter what a rule
says is not a mutant: `count … equals 0` is `lessOrEquals 0`, and `allOf` one member is `anyOf` one.
"""

import math
from collections.abc import Iterator, Mapping, Sequence
from itertools import count
from typing import Final, NamedTuple, TypeAlias, TypeVar

from msgspec import Struct
from msgspec.structs import replace

from amlaudit.core.conditions import (
    FALSE,
    NEGATIONS,
    TRUE,
    AllOf,
    AnyOf,
    Comparison,
    Condition,
    CountMembers,
    CountNeighbours,
    Exists,
    InContext,
    Not,
    Operator,
    ParameterValue,
    Reading,
    Scalar,
    Tagged,
    Truth,
)
from amlaudit.core.errors import AmlauditError, Exit
from amlaudit.core.path import spell_path
from amlaudit.core.relation_kinds import Above, Named
from amlaudit.core.relations import RELATIONS
from amlaudit.core.rule import Rule
from amlaudit.engine.checks import check_of
from amlaudit.engine.counts import compare_range
from amlaudit.engine.matchers import Matcher, fold, matcher, spell_scalar
from amlaudit.rulebook.cases import Case

_EITHER: Final = {
    Operator.LESS: Operator.LESS_OR_EQUALS,
    Operator.LESS_OR_EQUALS: Operator.LESS,
    Operator.GREATER: Operator.GREATER_OR_EQUALS,
    Operator.GREATER_OR_EQUALS: Operator.GREATER,
}
"""Each ordering with equality included or excluded."""
_NEGATED: Final = {
    **NEGATIONS,
    **{positive: negative for negative, positive in NEGATIONS.items()},
    Operator.LESS: Operator.GREATER_OR_EQUALS,
    Operator.GREATER_OR_EQUALS: Operator.LESS,
    Operator.GREATER: Operator.LESS_OR_EQUALS,
    Operator.LESS_OR_EQUALS: Operator.GREATER,
}
_EXACT: Final = {
    Operator.EQUALS: (Operator.GREATER_OR_EQUALS, Operator.LESS_OR_EQUALS),
    Operator.GREATER_OR_EQUALS: (Operator.EQUALS,),
    Operator.LESS_OR_EQUALS: (Operator.EQUALS,),
}
"""Alternatives for counts: exactly, at least and at most."""

_Count: TypeAlias = CountMembers | CountNeighbours
_Defaulted = TypeVar("_Defaulted", Comparison, CountMembers)
_Compared = TypeVar("_Compared", Comparison, InContext)


class Mutant(NamedTuple):
    """A rule with one change.

    Attributes:
        change: What was changed, and where, in words.
        rule: The changed rule.
    """

    change: str
    rule: Rule


def mutants_of(rule: Rule) -> Iterator[Mutant]:
    """Yield every mutant of a YAML rule; none for one in Python, or for a question."""
    require, when = rule.require, rule.when
    if require is None:
        return
    for words, changed in _changes(require, _Place("require", frozenset({FALSE, TRUE}))):
        yield _mutant(rule, words, changed, when)
    if when is None:
        return
    yield _mutant(rule, "when left out", require, None)
    if isinstance(when, AllOf | AnyOf):  # any other kind is negated by its own changes
        yield _mutant(rule, "when negated", require, Not(when))
    for words, changed in _changes(when, _Place("when", frozenset({FALSE}))):
        yield _mutant(rule, words, require, changed)


def survivors(rule: Rule, cases: Sequence[Case]) -> list[Mutant]:
    """Return the mutants of a rule that every case agrees with, by status and message."""
    return [
        mutant
        for mutant in mutants_of(rule)
        if all(case.agrees(case.judge(mutant.rule)) for case in cases)
    ]


def unexplained(rule: Rule, cases: Sequence[Case], excepted: Mapping[str, str]) -> list[str]:
    """Return the changes of a rule that no case notices and no exception explains.

    Args:
        rule: The rule.
        cases: Its cases.
        excepted: Changes known to have no effect, with the reasons.

    Raises:
        AmlauditError: An exception is stale: it names no mutant, or one that the cases notice.
    """
    alive = [mutant.change for mutant in survivors(rule, cases)]
    for change in excepted:
        if change not in alive:
            raise AmlauditError(
                "E201",
                f'{rule.id}: the exception for "{change}" is stale',
                cause="no mutant of that name survives the cases",
                exit_code=Exit.INVALID,
            )
    return [change for change in alive if change not in excepted]


def _mutant(rule: Rule, words: str, require: Condition, when: Condition | None) -> Mutant:
    """Return a rule with changed conditions as a mutant."""
    check = check_of(require, when)
    return Mutant(words, replace(rule, require=require, when=when, check=check))


class _Place(Struct, frozen=True):
    """Where a condition is in a rule.

    Attributes:
        path: The path to it, as the file spells it.
        reported: The truth values of the condition that a verdict's message reports.
    """

    path: str
    reported: frozenset[Truth]

    def under(self, word: str) -> "_Place":
        """Return a place further down."""
        return replace(self, path=f"{self.path}.{word}")

    def mirrored(self) -> "_Place":
        """Return the place under a `not`."""
        return _Place(f"{self.path}.not", frozenset(TRUE - truth for truth in self.reported))

    def counted(self) -> "_Place":
        """Return the place of what members must meet; messages report only their number."""
        return _Place(f"{self.path}.count.where", frozenset())


def _changes(condition: Condition, place: _Place) -> Iterator[tuple[str, Condition]]:
    """Yield (what was changed and where, the changed condition) for every change."""
    match condition:
        case AllOf() | AnyOf():
            yield from _group_changes(condition, place)
        case Not(inner):
            yield f"{place.path}: not removed", inner
            for words, changed in _changes(inner, place.mirrored()):
                yield words, Not(changed)
        case Exists(path, wanted):
            words = f"{place.path}: {spell_path(path)} exists {spell_scalar(wanted)}"
            yield f"{words} → {spell_scalar(not wanted)}", Exists(path, not wanted)
        case Tagged(label, wanted):
            words = f"{place.path}: context {label} exists {spell_scalar(wanted)}"
            yield f"{words} → {spell_scalar(not wanted)}", Tagged(label, not wanted)
        case Comparison():
            spelled = f"{spell_path(condition.path)} {condition.operator} "
            spelled += _spell(condition.operand)
            for words, changed in _comparison_changes(condition, place.reported):
                yield f"{place.path}: {spelled}{words}", changed
        case InContext():
            spelled = f"context {condition.label} {condition.operator} {_spell(condition.operand)}"
            for words, changed in _operand_changes(condition):
                yield f"{place.path}: {spelled}{words}", changed
        case _:
            yield from _count_changes(condition, place)


def _group_changes(group: AllOf | AnyOf, place: _Place) -> Iterator[tuple[str, Condition]]:
    """Yield the changes to `allOf` or `anyOf`, and to its members."""
    members = group.conditions
    other = AnyOf if isinstance(group, AllOf) else AllOf
    word, other_word = ("allOf", "anyOf") if other is AnyOf else ("anyOf", "allOf")
    if len(members) > 1:
        yield f"{place.path}: {word} → {other_word}", other(members)
        for index in range(len(members)):
            left = members[:index] + members[index + 1 :]
            yield f"{place.path}.{word}[{index}] left out", type(group)(left)
    for index, member in enumerate(members):
        for words, changed in _changes(member, place.under(f"{word}[{index}]")):
            yield words, type(group)((*members[:index], changed, *members[index + 1 :]))


def _comparison_changes(
    condition: Comparison, reported: frozenset[Truth]
) -> Iterator[tuple[str, Comparison]]:
    """Yield the changes to a comparison, with the words that follow its spelling."""
    yield from _operand_changes(condition)
    yield from _default_changes(condition)
    yield from _other_default(condition, reported)
    if condition.reading:
        yield f" without {condition.reading}", replace(condition, reading=Reading.ITSELF)
    if condition.known:
        yield " without known", replace(condition, known=())
        for known, member in _shortened(condition.known):
            yield f" without known {_spell(member)}", replace(condition, known=known)


def _operand_changes(condition: _Compared) -> Iterator[tuple[str, _Compared]]:
    """Yield the changes to what something is compared with, and how."""
    operator = condition.operator
    for other in (_NEGATED[operator], _EITHER.get(operator)):
        if other:
            yield f" → {other}", replace(condition, operator=other)
    if isinstance(condition.operand, tuple):
        for operand, member in _shortened(condition.operand):
            yield f" without {_spell(member)}", replace(condition, operand=operand)
    else:
        for scalar in _near(operator, condition.operand):
            yield f" → {_spell(scalar)}", replace(condition, operand=scalar)


def _shortened(members: tuple[Scalar, ...]) -> Iterator[tuple[tuple[Scalar, ...], Scalar]]:
    """Yield (the other members, the member) for each member."""
    if len(members) > 1:
        for index, member in enumerate(members):
            yield members[:index] + members[index + 1 :], member


def _near(operator: Operator, operand: Scalar) -> Iterator[Scalar]:
    """Yield operands close to an operand: the other boolean, adjacent numbers and patterns."""
    if isinstance(operand, bool):
        yield not operand
    elif not isinstance(operand, str):
        yield from (operand - 1, operand + 1)
    elif operator.positive is Operator.LIKE:
        if not operand.startswith("*"):
            yield f"*{operand}"
        if not operand.endswith("*"):
            yield f"{operand}*"


def _default_changes(condition: _Defaulted) -> Iterator[tuple[str, _Defaulted]]:
    """Yield a condition without its default, and without the version that shows the property."""
    if condition.default:
        yield " without default", replace(condition, default=None)
        if condition.default.since:
            always = replace(condition.default, since="")
            yield " without since", replace(condition, default=always)


def _other_default(
    condition: Comparison, reported: frozenset[Truth]
) -> Iterator[tuple[str, Comparison]]:
    """Yield a comparison with another default, unless it is indistinguishable from its own."""
    default = condition.default
    if default is None or isinstance(default.value, tuple):
        return
    matches = matcher(condition.operator.positive, condition.operand)
    matched = matches(default.value)
    truth = FALSE if matched is (condition.operator in NEGATIONS) else TRUE
    other = _other_value(default.value, condition.operand, matches)
    if truth in reported or matches(other) is not matched:
        words = f" with default {_spell(default.value)} → {_spell(other)}"
        yield words, replace(condition, default=replace(default, value=other))


def _other_value(value: Scalar, operand: ParameterValue, matches: Matcher) -> Scalar:
    """Return another value of the same kind: a text that is not an operand, a different number."""
    operands = operand if isinstance(operand, tuple) else (operand,)
    if isinstance(value, bool):
        return not value
    if isinstance(value, str):
        taken = set(map(fold, (value, *operands)))
        return next(text for text in map("other{}".format, count(1)) if text not in taken)
    numbers = (each + step for each in operands if not isinstance(each, str) for step in (-1, 0, 1))
    return next((each for each in numbers if matches(each) is not matches(value)), value + 1)


def _count_changes(condition: _Count, place: _Place) -> Iterator[tuple[str, _Count]]:
    """Yield the changes to a count, and to what its members must meet."""
    if isinstance(condition, CountMembers):
        counted, without_default = spell_path(condition.path), _default_changes(condition)
    else:
        counted, without_default = f"-> {condition.relation}", iter(())
    spelled = f"{place.path}: count {counted} {condition.operator} {condition.number}"
    for operator, number in _other_numbers(condition):
        changed = replace(condition, operator=operator, number=number)
        yield f"{spelled} → {operator} {number}", changed
    for words, defaulted in without_default:
        yield f"{spelled}{words}", defaulted
    if condition.where:
        yield f"{spelled} without where", replace(condition, where=None)
        for words, where in _changes(condition.where, place.counted()):
            yield words, replace(condition, where=where)


def _other_numbers(condition: _Count) -> Iterator[tuple[Operator, int]]:
    """Yield what else a count could be compared with, each with a distinct meaning."""
    operator, number = condition.operator, condition.number
    others = (_NEGATED[operator], _EITHER.get(operator, operator), *_EXACT.get(operator, ()))
    candidates = [*((each, number) for each in others), (operator, number + 1)]
    if number:
        candidates.append((operator, number - 1))
    most = 1 if _leads_to_one(condition) else number + 2
    known = {_meaning(operator, number, most)}
    for candidate in candidates:
        meaning = _meaning(*candidate, most)
        if meaning not in known:
            known.add(meaning)
            yield candidate


def _meaning(operator: Operator, number: int, most: int) -> tuple[Truth, ...]:
    """Return the truth of a comparison for every count up to `most`, and for an unknown one."""
    exact = (compare_range(operator, number, each, each) for each in range(most + 1))
    return (*exact, compare_range(operator, number, 0, math.inf))


def _leads_to_one(condition: _Count) -> bool:
    """Tell whether a count is of neighbours of which there can be at most one."""
    if isinstance(condition, CountMembers):
        return False
    relation = RELATIONS[condition.relation]
    if isinstance(relation, Named):
        return not any(reference.member for reference in relation.by)
    return isinstance(relation, Above)


def _spell(operand: ParameterValue) -> str:
    """Describe an operand: a list by its length, an empty text as such."""
    if isinstance(operand, tuple):
        return f"({len(operand)} values)"
    return spell_scalar(operand)
