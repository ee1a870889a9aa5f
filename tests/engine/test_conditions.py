"""The three truth values, leaf by leaf and combined."""

import pytest

from amlaudit.core.conditions import (
    ALWAYS,
    FALSE,
    NEVER,
    TRUE,
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
    Reading,
    Scalar,
    Truth,
)
from amlaudit.core.gap import Reason
from amlaudit.core.path import parse_path
from amlaudit.core.relations import COMPUTE
from amlaudit.core.subject import Subject
from amlaudit.core.verdict import Seen
from amlaudit.engine.compile import compile_condition
from amlaudit.engine.counts import compare_range
from amlaudit.engine.outcome import Outcome
from tests.estates import WORKSPACE_ID, estate, resource, subject

BODY: dict[str, object] = {
    "text": "Disabled",
    "number": 3,
    "truth": True,
    "odd": "A[b]?c",
    "list": ["a", "B", 3],
    "members": [{"x": 1}, {"x": 2}, {}],
    "map": {"k": {"x": 1}},
    "null": None,
}

YES: Condition = Exists(("text",), wanted=True)
NO: Condition = Exists(("absent",), wanted=True)
MAYBE: Condition = Comparison(("absent",), Operator.EQUALS, "x")
BY_TRUTH = {TRUE: YES, FALSE: NO, UNKNOWN: MAYBE}


def judge(condition: Condition, body: dict[str, object] | None = None) -> Outcome:
    return compile_condition(condition)(subject(BODY if body is None else body))


def compared(path: str, operator: Operator, operand: Scalar | tuple[Scalar, ...]) -> Truth:
    return judge(Comparison(parse_path(path), operator, operand)).truth


@pytest.mark.parametrize(
    ("path", "operator", "operand", "truth"),
    [
        ("text", Operator.EQUALS, "disabled", TRUE),
        ("text", Operator.EQUALS, "Enabled", FALSE),
        ("text", Operator.NOT_EQUALS, "Enabled", TRUE),
        ("text", Operator.NOT_EQUALS, "DISABLED", FALSE),
        ("text", Operator.EQUALS, True, UNKNOWN),
        ("text", Operator.NOT_EQUALS, True, UNKNOWN),
        ("truth", Operator.EQUALS, True, TRUE),
        ("truth", Operator.EQUALS, False, FALSE),
        ("truth", Operator.EQUALS, 1, UNKNOWN),
        ("number", Operator.EQUALS, 3, TRUE),
        ("number", Operator.EQUALS, True, UNKNOWN),
        ("number", Operator.EQUALS, "3", UNKNOWN),
        ("text", Operator.IN, ("x", "disabled"), TRUE),
        ("text", Operator.IN, ("x", "y"), FALSE),
        ("text", Operator.NOT_IN, ("x", "y"), TRUE),
        ("text", Operator.NOT_IN, ("disabled",), FALSE),
        ("number", Operator.IN, (1, 3), TRUE),
        ("list", Operator.IN, ("x",), UNKNOWN),
        ("text", Operator.LIKE, "dis*", TRUE),
        ("text", Operator.LIKE, "*able", FALSE),
        ("text", Operator.LIKE, "?isabled", FALSE),
        ("text", Operator.LIKE, "[d]isabled", FALSE),
        ("odd", Operator.LIKE, "a[b]?*", TRUE),
        ("text", Operator.NOT_LIKE, "en*", TRUE),
        ("number", Operator.LIKE, "3", UNKNOWN),
        ("list", Operator.CONTAINS, "b", TRUE),
        ("list", Operator.CONTAINS, 3, TRUE),
        ("list", Operator.CONTAINS, True, FALSE),
        ("list", Operator.NOT_CONTAINS, "c", TRUE),
        ("text", Operator.CONTAINS, "sable", TRUE),
        ("text", Operator.CONTAINS, 3, UNKNOWN),
        ("number", Operator.CONTAINS, 3, UNKNOWN),
        ("number", Operator.LESS, 3, FALSE),
        ("number", Operator.LESS_OR_EQUALS, 3, TRUE),
        ("number", Operator.GREATER, 2.5, TRUE),
        ("number", Operator.GREATER_OR_EQUALS, 4, FALSE),
        ("truth", Operator.LESS, 3, UNKNOWN),
        ("text", Operator.LESS, 3, UNKNOWN),
        ("null", Operator.EQUALS, "x", UNKNOWN),
        ("text.deep", Operator.EQUALS, "x", UNKNOWN),
    ],
)
def test_a_value_is_compared_without_case_and_without_coercion(
    path: str, operator: Operator, operand: Scalar | tuple[Scalar, ...], truth: Truth
) -> None:
    assert compared(path, operator, operand) == truth


def test_a_condition_stays_correct_beyond_its_memory() -> None:
    condition = compile_condition(Comparison(("text",), Operator.LIKE, "*7"))
    values = [str(number) for number in range(3000)]
    for _ in range(2):
        truths = [condition(subject({"text": value})).truth for value in values]
        assert truths == [TRUE if value.endswith("7") else FALSE for value in values]


def test_an_absent_value_is_unknown_unless_azure_documents_a_default() -> None:
    unknown = judge(MAYBE)
    assert unknown.truth == UNKNOWN
    assert unknown.gap
    assert unknown.gap.reason is Reason.ABSENT
    known = judge(Comparison(("absent",), Operator.EQUALS, "on", Default("On")))
    assert known.truth == TRUE
    assert known.looks[0].seen is Seen.DEFAULT


@pytest.mark.parametrize(
    ("version", "truth"),
    [("2020-08-01", UNKNOWN), ("2021-07-01", TRUE), ("2021-07-01-preview", TRUE), ("", UNKNOWN)],
)
def test_a_default_does_not_apply_in_a_version_without_the_property(
    version: str, truth: Truth
) -> None:
    compiled = compile_condition(
        Comparison(("absent",), Operator.EQUALS, "on", Default("on", since="2021-07-01"))
    )
    assert compiled(subject({}, api_version=version)).truth == truth


def test_the_parent_of_a_property_may_be_absent_too() -> None:
    deep = Comparison(("absent", "deep"), Operator.EQUALS, "on", Default("on", since="2021-07-01"))
    assert compile_condition(deep)(subject({}, api_version="2020-08-01")).truth == UNKNOWN
    assert (
        compile_condition(deep)(subject({"absent": None}, api_version="2020-08-01")).truth == TRUE
    )


def test_a_gap_is_unknown_to_every_question() -> None:
    default = Default("x")
    for condition in (
        Comparison(("text",), Operator.EQUALS, "x", default),
        Comparison(("text",), Operator.NOT_EQUALS, "x", default),
        Exists(("text",), wanted=True),
        Exists(("text",), wanted=False),
        CountMembers(("text",), None, Operator.GREATER_OR_EQUALS, 0, Default(())),
    ):
        outcome = compile_condition(condition)(subject(BODY, gaps=("text",)))
        assert outcome.truth == UNKNOWN
        assert outcome.looks[0].seen is Seen.GAP


@pytest.mark.parametrize(
    ("path", "wanted", "truth"),
    [
        ("text", True, TRUE),
        ("text", False, FALSE),
        ("absent", True, FALSE),
        ("absent", False, TRUE),
        ("null", False, TRUE),
    ],
)
def test_only_exists_takes_absence_for_an_answer(path: str, wanted: bool, truth: Truth) -> None:  # noqa: FBT001
    assert judge(Exists((path,), wanted)).truth == truth


@pytest.mark.parametrize("left", [FALSE, UNKNOWN, TRUE])
@pytest.mark.parametrize("right", [FALSE, UNKNOWN, TRUE])
def test_kleene(left: Truth, right: Truth) -> None:
    both = (BY_TRUTH[left], BY_TRUTH[right])
    assert judge(AllOf(both)).truth == min(left, right)
    assert judge(AnyOf(both)).truth == max(left, right)
    assert judge(Not(both[0])).truth == TRUE - left


def test_for_an_empty_list_all_and_none_hold() -> None:
    assert judge(ALWAYS) == Outcome(TRUE, ())
    assert judge(NEVER) == Outcome(FALSE, ())


def test_the_first_of_several_gaps_is_reported() -> None:
    both = AllOf(
        (MAYBE, Exists(("text",), wanted=True), Comparison(("other",), Operator.EQUALS, 1))
    )
    gap = judge(both).gap
    assert gap
    assert gap.part == "absent"


def test_members_of_all_counts_that_decided_are_evidence() -> None:
    counts = [CountMembers((each,), YES, Operator.EQUALS, 0) for each in ("first", "second")]
    body: dict[str, object] = {each: [{"text": "y"}] for each in ("first", "second")}
    outcome = judge(AllOf(tuple(counts)), body)
    assert outcome.truth == FALSE
    assert [look.path for look in outcome.inner] == ["first[0].text", "second[0].text"]


def test_the_evidence_is_what_decided() -> None:
    def paths(condition: Condition) -> list[str]:
        return [look.path for look in judge(condition).looks]

    other = Exists(("null",), wanted=True)
    assert paths(AllOf((YES, NO, MAYBE, other))) == ["absent", "null"]
    assert paths(AllOf((YES, MAYBE))) == ["absent"]
    assert paths(AnyOf((NO, other))) == ["absent", "null"]
    assert paths(AnyOf((NO, YES))) == ["text"]
    assert paths(Not(AllOf((YES, NO)))) == ["absent"]


ONE = Comparison(("x",), Operator.EQUALS, 1)


@pytest.mark.parametrize(
    ("path", "where", "operator", "number", "truth"),
    [
        ("members", None, Operator.EQUALS, 3, TRUE),
        ("members", None, Operator.GREATER, 3, FALSE),
        ("members", ONE, Operator.GREATER_OR_EQUALS, 1, TRUE),
        ("members", ONE, Operator.GREATER_OR_EQUALS, 2, UNKNOWN),
        ("members", ONE, Operator.GREATER_OR_EQUALS, 3, FALSE),
        ("members", ONE, Operator.EQUALS, 0, FALSE),
        ("members", ONE, Operator.NOT_EQUALS, 0, TRUE),
        ("members", ONE, Operator.EQUALS, 1, UNKNOWN),
        ("members", ONE, Operator.LESS, 1, FALSE),
        ("members", ONE, Operator.LESS_OR_EQUALS, 2, TRUE),
        ("map", ONE, Operator.EQUALS, 1, TRUE),
        ("text", ONE, Operator.EQUALS, 1, UNKNOWN),
        ("absent", ONE, Operator.EQUALS, 0, UNKNOWN),
    ],
)
def test_a_count_is_decided_only_if_both_of_its_ends_agree(
    path: str, where: Condition | None, operator: Operator, number: int, truth: Truth
) -> None:
    assert judge(CountMembers((path,), where, operator, number)).truth == truth


def test_an_absent_list_is_empty_where_azure_documents_it() -> None:
    outcome = judge(CountMembers(("absent",), ONE, Operator.EQUALS, 0, Default(())))
    assert outcome.truth == TRUE
    assert outcome.looks[0].seen is Seen.DEFAULT


def test_members_name_their_place_in_the_evidence() -> None:
    outcome = judge(CountMembers(("members",), ONE, Operator.EQUALS, 0))
    assert [look.path for look in outcome.looks] == ["members"]
    assert [look.path for look in outcome.inner] == ["members[0].x"]


@pytest.mark.parametrize(
    ("operator", "number", "decided"),
    [
        (Operator.LESS_OR_EQUALS, 0, ["members[0].x"]),
        (Operator.GREATER_OR_EQUALS, 3, ["members[1].x"]),
        (Operator.GREATER_OR_EQUALS, 1, ["members[0].x"]),
        (Operator.GREATER_OR_EQUALS, 2, ["members[2].x"]),
    ],
)
def test_the_members_that_decided_a_count_are_its_evidence(
    operator: Operator, number: int, decided: list[str]
) -> None:
    outcome = judge(CountMembers(("members",), ONE, operator, number))
    assert [look.path for look in outcome.inner] == decided


@pytest.mark.parametrize(
    ("operator", "number", "complete", "truth"),
    [
        (Operator.GREATER_OR_EQUALS, 1, True, TRUE),
        (Operator.GREATER_OR_EQUALS, 1, False, TRUE),
        (Operator.GREATER_OR_EQUALS, 2, True, FALSE),
        (Operator.GREATER_OR_EQUALS, 2, False, UNKNOWN),
        (Operator.EQUALS, 0, False, FALSE),
        (Operator.EQUALS, 1, True, TRUE),
        (Operator.EQUALS, 1, False, UNKNOWN),
        (Operator.LESS_OR_EQUALS, 1, False, UNKNOWN),
    ],
)
def test_a_count_of_neighbours_has_no_upper_end_where_some_may_be_unseen(
    operator: Operator,
    number: int,
    complete: bool,  # noqa: FBT001
    truth: Truth,
) -> None:
    workspace, compute = resource(WORKSPACE_ID), resource(f"{WORKSPACE_ID}/computes/c", {"x": 1})
    seen = ((WORKSPACE_ID, COMPUTE),) if complete else ()
    whole = Subject(workspace, estate(workspace, compute, seen=seen))
    outcome = compile_condition(CountNeighbours("computes", ONE, operator, number))(whole)
    assert outcome.truth == truth
    assert outcome.looks[0].path == "-> computes"
    assert bool(outcome.gap) is (truth == UNKNOWN)


def test_ranges_are_compared_at_both_ends() -> None:
    assert compare_range(Operator.EQUALS, 2, 2, 2) == TRUE
    assert compare_range(Operator.EQUALS, 2, 1, 3) == UNKNOWN
    assert compare_range(Operator.NOT_EQUALS, 2, 3, 4) == TRUE
    assert compare_range(Operator.NOT_EQUALS, 2, 2, 2) == FALSE
    assert compare_range(Operator.NOT_EQUALS, 2, 2, 3) == UNKNOWN
    assert compare_range(Operator.GREATER, 2, 3, float("inf")) == TRUE


@pytest.mark.parametrize(
    ("value", "truth"),
    [
        ("2025-12-02T00:00:00Z", FALSE),
        ("2025-12-01T23:59:59Z", TRUE),
        ("2026-02-01", FALSE),
        (1_700_000_000, TRUE),
        ("soon", UNKNOWN),
        (True, UNKNOWN),
        (1e300, UNKNOWN),
        (None, UNKNOWN),
    ],
)
def test_the_age_of_a_time_is_counted_in_days_up_to_when_azure_was_read(
    value: object, truth: Truth
) -> None:
    older = Comparison(("created",), Operator.GREATER, 30, reading=Reading.AGE_DAYS)
    outcome = judge(older, {"created": value})
    assert outcome.truth == truth
    assert outcome.looks[0].expected == "an age of more than 30 days"


def test_an_absent_time_can_have_a_documented_age() -> None:
    never = Comparison(("expires",), Operator.LESS, 0, Default(-36500), reading=Reading.AGE_DAYS)
    assert judge(never, {}).truth == TRUE


def test_a_count_over_a_map_with_a_hidden_member_has_no_upper_end() -> None:
    none = compile_condition(CountMembers(("map",), None, Operator.EQUALS, 0))
    some = compile_condition(CountMembers(("map",), None, Operator.GREATER_OR_EQUALS, 1))
    assert none(subject({"map": {}}, gaps=("map.a",))).truth == UNKNOWN
    assert some(subject({"map": {"b": 1}}, gaps=("map.a",))).truth == TRUE


@pytest.mark.parametrize(
    ("value", "operator", "truth"),
    [
        ("Disabled", Operator.EQUALS, TRUE),
        ("enabled", Operator.EQUALS, FALSE),
        ("Halfway", Operator.EQUALS, UNKNOWN),
        ("Halfway", Operator.NOT_EQUALS, UNKNOWN),
        ("Enabled", Operator.NOT_EQUALS, TRUE),
        (None, Operator.EQUALS, FALSE),
    ],
)
def test_a_value_without_a_meaning_is_neither_good_nor_bad(
    value: object, operator: Operator, truth: Truth
) -> None:
    access = Comparison(
        ("access",), operator, "Disabled", Default("SecuredByPerimeter"), known=("Enabled",)
    )
    outcome = judge(access, {"access": value})
    assert outcome.truth == truth
    if truth == UNKNOWN:
        assert outcome.gap
        assert outcome.gap.reason is Reason.UNSUPPORTED
        assert outcome.gap.detail == "access is Halfway, whose meaning is not known"


@pytest.mark.parametrize(
    ("value", "truth"),
    [
        ("PT30M", TRUE),
        ("PT30M1S", FALSE),
        ("pt1800s", TRUE),
        ("P1D", FALSE),
        ("P1DT1H", FALSE),
        (None, TRUE),
        ("P1M", UNKNOWN),
        ("PT", UNKNOWN),
        ("30", UNKNOWN),
        (30, UNKNOWN),
    ],
)
def test_a_length_of_time_is_compared_in_seconds(value: object, truth: Truth) -> None:
    idle = Comparison(
        ("idle",), Operator.LESS_OR_EQUALS, 1800, Default(120), reading=Reading.SECONDS
    )
    assert judge(idle, {"idle": value}).truth == truth
    assert judge(idle, {"idle": value}).looks[0].expected == "at most 1800 seconds"


@pytest.mark.parametrize(
    ("operator", "operand", "truth"),
    [
        (Operator.LIKE, ("*x", "dis*"), TRUE),
        (Operator.LIKE, ("*x", "y*"), FALSE),
        (Operator.LIKE, (), FALSE),
        (Operator.NOT_LIKE, (), TRUE),
        (Operator.IN, (), FALSE),
        (Operator.NOT_IN, (), TRUE),
    ],
)
def test_a_list_may_hold_several_patterns_or_nothing(
    operator: Operator, operand: tuple[Scalar, ...], truth: Truth
) -> None:
    assert compared("text", operator, operand) == truth
    assert compared("absent", operator, operand) == UNKNOWN


def test_no_value_is_one_of_an_empty_list() -> None:
    for path in ("list", "map", "number", "truth"):
        assert compared(path, Operator.IN, ()) == FALSE


def test_members_that_are_not_objects_are_compared_directly() -> None:
    hosts: dict[str, object] = {"hosts": ["a.example", "b.example", "other"]}
    itself = Comparison((), Operator.LIKE, "*.example")
    assert judge(CountMembers(("hosts",), itself, Operator.EQUALS, 2), hosts).truth == TRUE
    outcome = judge(CountMembers(("hosts",), itself, Operator.EQUALS, 3), hosts)
    assert [look.path for look in outcome.inner] == ["hosts[2]"]
