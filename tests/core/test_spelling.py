"""A condition is written as in a rule file."""

import pytest

from amlaudit.core.conditions import (
    AllOf,
    AnyOf,
    Comparison,
    Condition,
    CountMembers,
    CountNeighbours,
    Default,
    Exists,
    InContext,
    Not,
    Operator,
    Reading,
    Tagged,
)
from amlaudit.core.spelling import spell

EXISTS = Exists(("tags", "a.b"), wanted=True)


@pytest.mark.parametrize(
    ("condition", "spelled"),
    [
        (EXISTS, {"field": "tags['a.b']", "exists": True}),
        (Exists((), wanted=False), {"field": ".", "exists": False}),
        (Comparison(("a", "b"), Operator.EQUALS, "x"), {"field": "a.b", "equals": "x"}),
        (Comparison(("a",), Operator.IN, ("x", "y")), {"field": "a", "in": ["x", "y"]}),
        (
            Comparison(("a",), Operator.LESS, 90, reading=Reading.AGE_DAYS),
            {"field": "a", "as": "age_days", "less": 90},
        ),
        (
            Comparison(("a",), Operator.EQUALS, "x", known=("x", "y")),
            {"field": "a", "equals": "x", "known": ["x", "y"]},
        ),
        (
            Comparison(("a",), Operator.EQUALS, "x", Default("y")),
            {"field": "a", "equals": "x", "default": "y"},
        ),
        (
            Comparison(("a",), Operator.EQUALS, "x", Default("y", "2024-01-01")),
            {"field": "a", "equals": "x", "default": "y", "since": "2024-01-01"},
        ),
        (Not(EXISTS), {"not": {"field": "tags['a.b']", "exists": True}}),
        (AllOf((Exists(("a",), wanted=True),)), {"allOf": [{"field": "a", "exists": True}]}),
        (AnyOf((Exists(("a",), wanted=True),)), {"anyOf": [{"field": "a", "exists": True}]}),
        (Tagged("environment", wanted=False), {"context": "environment", "exists": False}),
        (
            InContext("environment", Operator.IN, ("prod", "test")),
            {"context": "environment", "in": ["prod", "test"]},
        ),
        (
            CountNeighbours("computes", Exists(("a",), wanted=True), Operator.EQUALS, 0),
            {"count": {"follow": "computes", "where": {"field": "a", "exists": True}}, "equals": 0},
        ),
        (
            CountMembers(("a",), None, Operator.GREATER, 1, Default(())),
            {"count": {"field": "a", "default": []}, "greater": 1},
        ),
        (
            CountMembers(("a",), Exists((), wanted=True), Operator.GREATER, 1),
            {"count": {"field": "a", "where": {"field": ".", "exists": True}}, "greater": 1},
        ),
    ],
)
def test_a_condition_is_spelled_as_it_is_written(
    condition: Condition, spelled: dict[str, object]
) -> None:
    assert spell(condition) == spelled
