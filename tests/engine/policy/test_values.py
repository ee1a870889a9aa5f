"""Values in policies: which are equal, and how they are ordered."""

import pytest

from amlaudit.engine.policy.operators import make_test
from amlaudit.engine.policy.values import DefinitionError, order, same
from amlaudit.language.values import EvaluationError

EARLY, LATE = "2026-01-01T00:00:00Z", "2026-01-01T02:30:00+01:00"


@pytest.mark.parametrize(
    ("left", "right", "found"),
    [
        ("a", "b", -1),
        ("b", "a", 1),
        ("a", "A", 0),
        ("_", "a", -1),  # InvariantCultureIgnoreCase: signs before digits before letters
        ("TLS1_2", "TLS12", -1),
        (":", "1", -1),
        ("9", "A", -1),
        ("Stra\u00dfe", "STRASSE", 0),
        ("e", "\u00c9", -1),
        ("\u00e9b", "eC", -1),
        (EARLY, LATE, -1),
        (LATE, EARLY, 1),
        (EARLY, "2026-01-01T01:00:00+01:00", 0),
        (EARLY, "tomorrow", -1),  # a text that is not a date is compared as a text
        ("tomorrow", EARLY, 1),
        (1, 2, -1),
        (2.5, 2, 1),
        (2, 2.0, 0),
    ],
)
def test_values_are_ordered(left: object, right: object, found: int) -> None:
    assert order(left, right) == found


@pytest.mark.parametrize(
    ("left", "right", "told"),
    [
        (1, "1", "a number cannot be ordered against a string"),
        (True, 1, "a boolean cannot be ordered against a number"),
        ([1], [1], "a list cannot be ordered against a list"),
    ],
)
def test_values_of_two_kinds_have_no_order(left: object, right: object, told: str) -> None:
    with pytest.raises(EvaluationError, match=f"^{told}$"):
        order(left, right)


@pytest.mark.parametrize(
    ("left", "right", "alike"),
    [
        ({"a": 1}, {"A": "1"}, True),
        ({"a": 1}, {"a": 2}, False),
        ({"a": 1, "b": 1}, {"a": 1, "c": 1}, False),
        ({"a": 1}, 1, False),
        (1, {"a": 1}, False),
        ([1, "X"], ("1", "x"), True),
        ([1, 2], [1, 3], False),
        ([1], [1, 2], False),
        ([1], 1, False),
        (1, [1], False),
        ([], {}, False),
        (None, "", True),
        (None, [], False),
    ],
)
def test_values_are_the_same_by_text_and_shape(left: object, right: object, *, alike: bool) -> None:
    assert same(left, right) is alike


def test_a_mistake_in_a_definition_is_reported_with_its_position() -> None:
    error = DefinitionError("policyRule.if", "must be an object")
    assert (error.at, error.problem) == ("policyRule.if", "must be an object")
    assert str(error) == "policyRule.if: must be an object"


@pytest.mark.parametrize(
    ("operator", "operand", "told"),
    [
        ("match", [1], "match needs a string, not a list"),
        ("matchinsensitively", [1], "matchInsensitively needs a string, not a list"),
        ("contains", {"a": 1}, "contains needs a string, not an object"),
        ("exists", "perhaps", "exists needs true or false, not a string"),
        ("exists", None, "exists cannot compare with null"),
        ("like", "a*b*", "like takes one * at most"),
    ],
)
def test_an_unsuitable_operand_is_reported_in_full(
    operator: str, operand: object, told: str
) -> None:
    with pytest.raises(EvaluationError) as caught:
        make_test(operator, operand)
    assert str(caught.value) == told


@pytest.mark.parametrize(
    ("operator", "operand", "passing", "failing"),
    [
        ("matchinsensitively", "A#", ["a1", "A1"], ["a", "ab", [1], {"a": 1}, None]),
        ("match", "A#", ["A1"], ["a1", [1], {"a": 1}, None]),
        ("match", "...", ["abc"], [[1], None]),
        ("matchinsensitively", "", ["", None], [[1], {}]),
        ("equals", "a", ["A"], ["b", None, ["a"]]),
        ("exists", "TRUE", ["x", 0, [], False], [None]),
        ("greater", 1, [2], [1, None]),
    ],
)
def test_a_test_tells_values_apart(
    operator: str, operand: object, passing: list[object], failing: list[object]
) -> None:
    test = make_test(operator, operand)
    assert [test(value) for value in passing] == [True] * len(passing)
    assert [test(value) for value in failing] == [False] * len(failing)
