"""Leaves of conditions: what they need, what they expect, and what they observe instead."""

from datetime import timedelta

import pytest
from msgspec.structs import replace

from amlaudit.core.conditions import (
    FALSE,
    TRUE,
    UNKNOWN,
    Comparison,
    Condition,
    CountNeighbours,
    Default,
    Exists,
    InContext,
    Operator,
    ParameterValue,
    Reading,
    Tagged,
    Truth,
)
from amlaudit.core.estate import Estate
from amlaudit.core.gap import Gap, Reason
from amlaudit.core.memory import MemoryStore
from amlaudit.core.relations import COMPUTE
from amlaudit.core.subject import Subject
from amlaudit.core.verdict import Evidence, Seen, Status
from amlaudit.engine.checks import check_of
from amlaudit.engine.compile import compile_condition
from amlaudit.engine.matchers import expectation
from tests.estates import READ_AT, WORKSPACE_ID, estate, resource, subject

ENDPOINT = "microsoft.machinelearningservices/workspaces/onlineendpoints"
DAY = "2025-12-01T00:00:00Z"
BODY: dict[str, object] = {"list": ["a"], "text": "x", "made": DAY, "odd": "blue", "time": "PT5M"}


def judged(condition: Condition, *gaps: str) -> tuple[Truth, Evidence]:
    """Return the outcome of a condition, and its evidence."""
    whole = subject(BODY, gaps=gaps)
    outcome = compile_condition(condition)(whole)
    (seen,) = outcome.evidence(whole.resource)
    return outcome.truth, seen


@pytest.mark.parametrize(
    ("condition", "gap", "truth", "expected", "seen"),
    [
        (Exists(("text",), wanted=True), "", TRUE, "set", Seen.PRESENT),
        (Exists(("text",), wanted=False), "", FALSE, "not set", Seen.PRESENT),
        (Exists(("none",), wanted=False), "", TRUE, "not set", Seen.ABSENT),
        (Exists(("text",), wanted=True), "text", UNKNOWN, "set", Seen.GAP),
        (Exists(("list",), wanted=True), "list.x", TRUE, "set", Seen.PRESENT),
        (Exists(("none",), wanted=True), "none.x", UNKNOWN, "set", Seen.GAP),
        (Comparison(("list",), Operator.CONTAINS, "a"), "list.x", UNKNOWN, "containing a",
         Seen.GAP),
        (Comparison(("text",), Operator.EQUALS, "x"), "text", UNKNOWN, "x", Seen.GAP),
        (Comparison(("none",), Operator.EQUALS, "x", Default("x")), "", TRUE, "x", Seen.DEFAULT),
        (Comparison(("odd",), Operator.EQUALS, "x", known=("y",)), "", UNKNOWN, "x", Seen.GAP),
        (Comparison(("text",), Operator.IN, ("x", "z"), known=("y",)), "", TRUE, "one of x, z",
         Seen.PRESENT),
        (Comparison(("text",), Operator.IN, ("y", "z"), known=("x",)), "", FALSE, "one of y, z",
         Seen.PRESENT),
    ],
)  # fmt: skip
def test_a_look_states_expected_and_observed_values(
    condition: Condition, gap: str, truth: Truth, expected: str, seen: Seen
) -> None:
    found, look = judged(condition, *filter(None, [gap]))
    assert (found, look.seen) == (truth, seen)
    assert look.expected == expected
    assert (look.observed is None) is (seen in (Seen.ABSENT, Seen.GAP))


@pytest.mark.parametrize(
    ("operator", "operand", "reason", "truth"),
    [
        (Operator.IN, (), Reason.UNRESOLVED, FALSE),
        (Operator.NOT_IN, (), Reason.UNRESOLVED, TRUE),
        (Operator.IN, ("x",), Reason.UNRESOLVED, UNKNOWN),
        (Operator.NOT_IN, ("x",), Reason.UNRESOLVED, UNKNOWN),
        (Operator.NOT_IN, (), Reason.FORBIDDEN, UNKNOWN),
        (Operator.CONTAINS, "x", Reason.UNRESOLVED, UNKNOWN),
        (Operator.LIKE, (), Reason.UNRESOLVED, UNKNOWN),
    ],
)
def test_a_value_that_a_deployment_chooses_is_in_no_empty_list(
    operator: Operator, operand: ParameterValue, reason: Reason, truth: Truth
) -> None:
    whole = resource(WORKSPACE_ID)
    gap = Gap(whole.id, "name", reason, "later")
    whole = replace(whole, gaps=((("name",), gap),))
    outcome = compile_condition(Comparison(("name",), operator, operand))(
        Subject(whole, estate(whole))
    )
    (look,) = outcome.evidence(whole)
    assert outcome.truth == truth
    assert (look.seen, look.observed) == (Seen.GAP, None)
    assert (look.path, look.expected) == ("name", expectation(operator, operand))


def aged(number: int, path: str = "made") -> Comparison:
    return Comparison((path,), Operator.LESS_OR_EQUALS, number, reading=Reading.AGE_DAYS)


def test_ages_are_counted_to_the_day_on_which_azure_was_read() -> None:
    assert [judged(aged(number))[0] for number in (30, 31, 32)] == [FALSE, TRUE, TRUE]
    truth, look = judged(aged(1, "text"))
    assert (truth, look.seen) == (UNKNOWN, Seen.GAP)
    assert look.expected.startswith("an age of ")
    message = check_of(aged(1, "text"))(subject(BODY)).message
    assert "a time" in message


def test_ages_are_not_known_of_what_was_read_too_long_ago() -> None:
    whole = resource(WORKSPACE_ID, BODY)
    late = Estate(MemoryStore((whole,)), fresh_since=READ_AT + timedelta(1))
    outcome = compile_condition(aged(31))(Subject(whole, late))
    (look,) = outcome.evidence(whole)
    assert outcome.gap
    assert (outcome.truth, outcome.gap.reason) == (UNKNOWN, Reason.STALE)
    assert (look.path, look.seen, look.resource_id) == ("made", Seen.GAP, whole.id)
    assert look.expected.startswith("an age of ")
    told = compile_condition(Comparison(("text",), Operator.EQUALS, "x"))(Subject(whole, late))
    assert told.truth == TRUE


@pytest.mark.parametrize(
    ("written", "bits"),
    [("203.0.113.0/24", 24), ("203.0.113.7", 32), ("203.0.113.0/255.0.0.0", 8), ("::/0", -96)],
)
def test_a_range_of_addresses_is_read_as_the_bits_of_its_prefix(written: str, bits: int) -> None:
    prefix = Comparison(("range",), Operator.LESS_OR_EQUALS, bits, reading=Reading.PREFIX_BITS)
    wider = replace(prefix, operator=Operator.LESS)
    told = [check_of(each)(subject({"range": written})).status for each in (prefix, wider)]
    assert told == [Status.PASS, Status.FAIL]


def test_what_spells_no_range_has_no_prefix() -> None:
    prefix = Comparison(("range",), Operator.LESS, 24, reading=Reading.PREFIX_BITS)
    for odd in ("office", 24):
        verdict = check_of(prefix)(subject({"range": odd}))
        assert verdict.status is Status.UNKNOWN
        assert "an address range" in verdict.message


def test_a_length_of_time_is_read_as_seconds() -> None:
    length = Comparison(("time",), Operator.EQUALS, 300, reading=Reading.SECONDS)
    assert judged(length)[0] == TRUE
    odd = replace(length, path=("text",))
    assert "a duration" in check_of(odd)(subject(BODY)).message


@pytest.mark.parametrize(
    ("condition", "expected"),
    [
        (InContext("environment", Operator.EQUALS, "prod"), "prod"),
        (Tagged("team", wanted=True), "set"),
        (Tagged("team", wanted=False), "not set"),
    ],
)
def test_unknown_tags_are_reported_as_tags(condition: Condition, expected: str) -> None:
    whole = resource(WORKSPACE_ID, {}, gaps=("tags",))
    outcome = compile_condition(condition)(Subject(whole, estate(whole)))
    (look,) = outcome.evidence(whole)
    assert (outcome.truth, look.path, look.seen) == (UNKNOWN, "tags", Seen.GAP)
    assert expected in look.expected


def test_a_count_of_neighbours_is_worded_by_its_relation() -> None:
    whole = resource(WORKSPACE_ID, {})
    alone = Subject(whole, estate(whole, seen=((WORKSPACE_ID, COMPUTE), (WORKSPACE_ID, ENDPOINT))))
    assert check_of(CountNeighbours("computes", None, Operator.EQUALS, 0))(alone).message == (
        "computes: none found"
    )
    endpoints = CountNeighbours("online-endpoints", None, Operator.GREATER_OR_EQUALS, 1)
    message = check_of(endpoints)(alone).message
    assert message.startswith("online endpoints")


def test_a_verdict_is_never_attributed_to_another_resource() -> None:
    applies = Comparison(("text",), Operator.EQUALS, "Enabled")
    check = check_of(Comparison(("number",), Operator.EQUALS, 1), when=applies)
    for text, status in (
        ("Disabled", Status.NOT_APPLICABLE),
        ("Enabled", Status.PASS),
        ("Disabled", Status.NOT_APPLICABLE),
        ("Enabled", Status.PASS),
    ):
        assert check(subject({"text": text, "number": 1})).status is status


def test_an_age_is_that_of_the_day_on_which_each_resource_was_read() -> None:
    check, judge = check_of(aged(31)), compile_condition(aged(31))
    for days, truth in ((0, TRUE), (2, FALSE), (0, TRUE), (2, FALSE)):
        whole = resource(WORKSPACE_ID, {"made": DAY})
        at = READ_AT + timedelta(days)
        whole = replace(whole, origin=replace(whole.origin, collected_at=at))
        alone = Subject(whole, estate(whole))
        assert judge(alone).truth == truth
        assert (check(alone).status is Status.PASS) is (truth == TRUE)


@pytest.mark.parametrize(
    ("operator", "operand", "good", "bad"),
    [
        (Operator.CONTAINS, "a", [["a"], ["b", "A"], "bar"], [["b"], [], "x"]),
        (Operator.EQUALS, "a", ["a", "A"], ["b", ""]),
        (Operator.EQUALS, 1, [1, 1.0], [0, 2]),
        (Operator.EQUALS, True, [True], [False]),
    ],
)
def test_each_value_is_judged_as_it_is(
    operator: Operator, operand: str | int, good: list[object], bad: list[object]
) -> None:
    check = check_of(Comparison(("value",), operator, operand))
    for _ in range(2):
        assert {check(subject({"value": each})).status for each in good} == {Status.PASS}
        assert {check(subject({"value": each})).status for each in bad} == {Status.FAIL}
    odd = check_of(Comparison(("value",), Operator.EQUALS, 1))
    assert odd(subject({"value": 1})).status is Status.PASS
    assert odd(subject({"value": True})).status is Status.UNKNOWN
    assert odd(subject({"value": "1"})).status is Status.UNKNOWN


@pytest.mark.parametrize(
    "condition",
    [InContext("environment", Operator.EQUALS, "prod"), Tagged("environment", wanted=True)],
)
def test_what_tells_a_context_is_the_evidence(condition: Condition) -> None:
    own = resource(WORKSPACE_ID, {"tags": {"environment": "prod"}})
    outcome = compile_condition(condition)(Subject(own, estate(own)))
    assert [(each.path, each.observed) for each in outcome.evidence(own)] == [
        ("tags.environment", "prod")
    ]
