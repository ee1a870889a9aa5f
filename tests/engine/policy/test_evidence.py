"""The evidence of a policy says where it looked, what it expected, and what it found."""

from typing import Any

import pytest

from amlaudit.engine.outcome import Tally
from amlaudit.engine.policy.evaluate import State
from tests.engine.policy.policies import NO, THING, YES, failure_of, judge

MEMBER_ONE = {"field": f"{THING}/members[*].name", "equals": "one"}
TEXT = f"[field('{THING}/text')]"
LIST = f"[field('{THING}/list')]"


def told(condition: dict[str, Any], *gaps: str) -> list[tuple[str, str, object, str]]:
    """Return path, expected value, observed value, and whether it was present."""
    return [
        (
            each.path,
            each.expected,
            str(each.observed) if isinstance(each.observed, Tally) else each.observed,
            str(each.seen),
        )
        for each in judge(condition, gaps=gaps).evidence
    ]


@pytest.mark.parametrize(
    ("condition", "path", "expected", "observed"),
    [
        ({"field": f"{THING}/text", "notEquals": "x"}, "properties.text", "notEquals x", "Abc"),
        ({"field": "location", "equals": "westeurope"}, "location", "equals westeurope",
         "West Europe"),
        ({"field": f"{THING}/list[*]", "notEquals": "b"}, "properties.list[*]", "notEquals b", "b"),
        ({"field": f"{THING}/list[*]", "in": ["a", "b", "c"]}, "properties.list[*]",
         "in a, b, c", ["a", "b", "c"]),
        ({"field": f"{THING}/empty[*]", "equals": "x"}, "properties.empty[*]", "equals x", []),
        ({"value": TEXT, "notEquals": "x"}, TEXT, "notEquals x", "Abc"),
        ({"value": 7, "less": 8}, "value", "less 8", 7),
        ({"count": {"field": f"{THING}/list[*]"}, "greater": 1}, "properties.list[*]",
         "greater 1", "3 members"),
        ({"count": {"value": ["p", "q"]}, "equals": 2}, "value", "equals 2", "2 members"),
        ({"count": {"value": LIST}, "equals": 3}, LIST, "equals 3", "3 members"),
    ],
)  # fmt: skip
def test_a_look_shows_the_expected_value(
    condition: dict[str, Any], path: str, expected: str, observed: object
) -> None:
    assert told(condition) == [(path, expected, observed, "present")]


@pytest.mark.parametrize(
    ("condition", "message"),
    [
        ({"value": "[field('tags.x')]", "equals": ""},
         "[field('tags.x')] is an empty string (equals an empty string)"),
        ({"field": "name", "notIn": ["", "x"]}, "name is thing (notIn an empty string, x)"),
        ({"field": "name", "notIn": []}, "name is thing (notIn an empty list)"),
    ],
)  # fmt: skip
def test_an_empty_text_is_described_in_words(condition: dict[str, Any], message: str) -> None:
    assert judge(condition).message == message


def test_a_message_mentions_the_type_only_if_nothing_else_decided() -> None:
    of_the_type = {"field": "type", "equals": THING}
    both = {"allOf": [of_the_type, {"field": "name", "equals": "thing"}]}
    assert judge(both).message == "name is thing (equals thing)"
    assert judge(of_the_type).message == f"type is {THING} (equals {THING})"
    assert [each.path for each in judge(both).evidence] == ["type", "name"]


def test_an_absent_value_is_shown_as_absent() -> None:
    condition = {"field": f"{THING}/absent", "exists": "false"}
    assert told(condition) == [("properties.absent", "exists false", None, "absent")]


@pytest.mark.parametrize(
    ("condition", "gap", "path", "expected"),
    [
        ({"field": f"{THING}/text", "equals": "x"}, "properties.text", "properties.text",
         "equals x"),
        ({"field": TEXT, "equals": "x"}, "properties", TEXT, "equals x"),
        ({"field": f"{THING}/list[*]", "notEquals": "x"}, "properties.list",
         "properties.list[*]", "notEquals x"),
        ({"value": TEXT, "in": ["x", "y"]}, "properties.text", TEXT, "in x, y"),
        ({"count": {"field": f"{THING}/list[*]"}, "greater": 1}, "properties.list",
         "properties.list[*]", "greater 1"),
        ({"count": {"value": LIST}, "less": 3}, "properties.list", LIST, "less 3"),
        ({"field": "name", "equals": TEXT}, "properties.text", "name", f"equals {TEXT}"),
    ],
)  # fmt: skip
def test_an_unknown_value_is_shown_with_the_expected_one(
    condition: dict[str, Any], gap: str, path: str, expected: str
) -> None:
    assert told(condition, gap) == [(path, expected, None, "gap")]


def test_a_count_shows_the_matching_members() -> None:
    condition = {"count": {"field": f"{THING}/members[*]", "where": MEMBER_ONE}, "equals": 1}
    assert told(condition) == [
        ("properties.members[*]", "equals 1", "1 of 2 match", "present"),
        ("properties.members[*].name", "equals one", "one", "present"),
    ]


def test_a_count_without_matches_shows_all_members() -> None:
    where = {"value": "[current('n')]", "equals": "z"}
    condition = {"count": {"value": ["p", "q"], "name": "n", "where": where}, "equals": 0}
    assert told(condition) == [
        ("value", "equals 0", "0 of 2 match", "present"),
        ("[current('n')]", "equals z", "p", "present"),
        ("[current('n')]", "equals z", "q", "present"),
    ]


@pytest.mark.parametrize(
    ("condition", "note"),
    [
        (
            {"field": f"{THING}/empty[*]", "exists": True},
            "what exists means for an empty list is not documented (properties.empty[*])",
        ),
        (
            {"field": f"{THING}/absent", "less": 3},
            "how the service orders a missing value is not documented (properties.absent)",
        ),
        (
            {"value": f"[length(field('{THING}/members[*].at'))]", "equals": 1},
            "what field() gives for members without a value is not documented",
        ),
    ],
)
def test_undocumented_behaviour_is_stated(condition: dict[str, Any], note: str) -> None:
    assert note in judge(condition).message


@pytest.mark.parametrize(
    ("condition", "problem"),
    [
        ({"field": "[int('1')]", "equals": 1}, "the name of a field is not a string"),
        ({"count": {"value": 7}, "equals": 1}, "a count needs a list"),
        ({"count": {"field": f"{THING}/text"}, "equals": 1},
         f"a count over {THING}/text, which has no [*]"),
    ],
)  # fmt: skip
def test_the_cause_of_a_failed_evaluation_is_stated(
    condition: dict[str, Any], problem: str
) -> None:
    outcome = judge(condition)
    assert outcome.state is State.ERROR
    assert problem in outcome.message


def test_a_count_over_a_field_whose_name_must_be_worked_out_is_not_known() -> None:
    name = f"[concat('{THING}', '/', field('name'))]"
    outcome = judge({"count": {"field": name}, "equals": 1})
    assert outcome.state is State.UNKNOWN
    assert f"a count over the field {name}, whose name is not constant" in outcome.message


def test_locations_are_compared_without_case_and_spaces() -> None:
    for wanted in ("West Europe", "WESTEUROPE", ["eastus", "west europe"]):
        operator = "in" if isinstance(wanted, list) else "equals"
        assert judge({"field": "location", operator: wanted}).state is YES
    assert judge({"field": f"{THING}/text", "equals": "A b c"}).state is NO


def test_a_failing_expression_states_what_failed() -> None:
    assert "int" in failure_of("int('x')")
