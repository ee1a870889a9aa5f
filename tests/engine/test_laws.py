"""The three laws, over random conditions, documents and gaps."""

import os
from collections.abc import Mapping

from hypothesis import given, settings
from hypothesis import strategies as st

from amlaudit.core.conditions import (
    COUNTABLE,
    ORDERINGS,
    UNKNOWN,
    AllOf,
    AnyOf,
    Comparison,
    Condition,
    CountMembers,
    CountNeighbours,
    Default,
    Exists,
    Not,
    Operator,
)
from amlaudit.core.relations import COMPUTE
from amlaudit.core.subject import Subject
from amlaudit.core.verdict import Status
from amlaudit.engine.checks import check_of
from amlaudit.engine.compile import compile_condition
from amlaudit.engine.evaluate import judge
from tests.estates import WORKSPACE_ID, estate, resource, subject
from tests.rulebook.rules import rule_of

LAWS = settings(max_examples=2000 if os.environ.get("CI") else 200)

KEYS = st.sampled_from(["a", "b", "c"])
PATHS = st.lists(KEYS, min_size=1, max_size=2).map(tuple)
SCALARS = st.sampled_from(["x", "y", "X", "", True, False, 0, 1, 2])
LEAVES = SCALARS | st.none() | st.lists(SCALARS, max_size=2)
DOCUMENTS = st.dictionaries(
    KEYS,
    LEAVES
    | st.dictionaries(KEYS, LEAVES, max_size=3)
    | st.lists(st.dictionaries(KEYS, SCALARS, max_size=2), max_size=3),
    max_size=3,
)
NUMBERS = st.integers(0, 3)
COUNT_OPERATORS = st.sampled_from(sorted(COUNTABLE))
DEFAULTS = st.none() | st.builds(Default, SCALARS)
EQUALITIES = st.sampled_from([Operator.EQUALS, Operator.NOT_EQUALS, Operator.CONTAINS])

COMPARISONS = st.one_of(
    st.builds(Comparison, PATHS, EQUALITIES, SCALARS, DEFAULTS),
    st.builds(Comparison, PATHS, st.sampled_from(sorted(ORDERINGS)), NUMBERS, DEFAULTS),
    st.builds(
        Comparison,
        PATHS,
        st.sampled_from([Operator.IN, Operator.NOT_IN]),
        st.lists(st.sampled_from(["x", "y"]), min_size=1, max_size=2).map(tuple),
        DEFAULTS,
    ),
    st.builds(Comparison, PATHS, st.just(Operator.LIKE), st.sampled_from(["x*", "*"]), DEFAULTS),
)


def _deeper(inner: st.SearchStrategy[Condition]) -> st.SearchStrategy[Condition]:
    several = st.lists(inner, min_size=1, max_size=3).map(tuple)
    no_list = st.none() | st.just(Default(()))
    return st.one_of(
        st.builds(AllOf, several),
        st.builds(AnyOf, several),
        st.builds(Not, inner),
        st.builds(CountMembers, PATHS, st.none() | inner, COUNT_OPERATORS, NUMBERS, no_list),
    )


CONDITIONS = st.recursive(
    COMPARISONS | st.builds(Exists, PATHS, st.booleans()), _deeper, max_leaves=6
)


def _judge(condition: Condition, document: Mapping[str, object], *gaps: str) -> Status:
    return check_of(condition)(subject(document, gaps=gaps)).status


@LAWS
@given(CONDITIONS, DOCUMENTS)
def test_without_evidence_there_is_never_a_pass(
    condition: Condition, document: dict[str, object]
) -> None:
    assert _judge(condition, document, "a", "b", "c") is Status.UNKNOWN


@LAWS
@given(CONDITIONS, DOCUMENTS, st.sets(PATHS, min_size=1, max_size=3), st.data())
def test_learning_more_never_flips_a_verdict(
    condition: Condition,
    document: dict[str, object],
    hidden: set[tuple[str, ...]],
    data: st.DataObject,
) -> None:
    gaps = [".".join(path) for path in sorted(hidden)]
    learnt = gaps[data.draw(st.integers(0, len(gaps) - 1)) :]
    before = _judge(condition, document, *gaps)
    after = _judge(condition, document, *(gap for gap in gaps if gap not in learnt))
    assert before in (after, Status.UNKNOWN)


@LAWS
@given(CONDITIONS, DOCUMENTS, DOCUMENTS, PATHS)
def test_a_decided_verdict_holds_for_any_value_behind_a_gap(
    condition: Condition,
    document: dict[str, object],
    other: dict[str, object],
    hidden: tuple[str, ...],
) -> None:
    before = _judge(condition, document, ".".join(hidden))
    if before is not Status.UNKNOWN:
        assert _judge(condition, document) is before
        assert _judge(condition, _changed(document, hidden, other.get(hidden[-1]))) is before


def _changed(
    document: dict[str, object], path: tuple[str, ...], value: object
) -> dict[str, object]:
    """Return a document with the value at a path replaced, if there is an object to put it into."""
    first, *further = path
    if not further:
        return {**document, first: value}
    held = document.get(first)
    if not isinstance(held, dict):
        return document
    return {**document, first: _changed(held, tuple(further), value)}


@LAWS
@given(CONDITIONS, COUNT_OPERATORS, NUMBERS, st.lists(DOCUMENTS, max_size=3), st.integers(0, 3))
def test_seeing_more_neighbours_never_flips_a_verdict(
    where: Condition,
    operator: Operator,
    number: int,
    documents: list[dict[str, object]],
    known: int,
) -> None:
    compiled = compile_condition(CountNeighbours("computes", where, operator, number))
    workspace = resource(WORKSPACE_ID)
    computes = [
        resource(f"{WORKSPACE_ID}/computes/{index}", body) for index, body in enumerate(documents)
    ]
    part = estate(workspace, *computes[:known])
    whole = estate(workspace, *computes, seen=((WORKSPACE_ID, COMPUTE),))
    before = compiled(Subject(workspace, part)).truth
    assert before in (UNKNOWN, compiled(Subject(workspace, whole)).truth)


@LAWS
@given(CONDITIONS, DOCUMENTS)
def test_equal_input_gives_equal_verdicts(
    condition: Condition, document: dict[str, object]
) -> None:
    workspace = resource(WORKSPACE_ID, document)
    first, second = (
        judge(rule_of(check_of(condition)), workspace, estate(workspace)) for _ in range(2)
    )
    assert first == second


@LAWS
@given(CONDITIONS, DOCUMENTS, st.sets(PATHS, max_size=2))
def test_every_verdict_has_evidence_and_every_unknown_a_reason(
    condition: Condition, document: dict[str, object], hidden: set[tuple[str, ...]]
) -> None:
    verdict = check_of(condition)(subject(document, gaps=tuple(map(".".join, sorted(hidden)))))
    assert verdict.looks
    assert verdict.message
    assert (verdict.reason is not None) is (verdict.status is Status.UNKNOWN)
