"""Comparisons that shipped rules make rarely, or only where a company configures them."""

import pytest

from amlaudit.core.conditions import Comparison, Operator, ParameterValue
from amlaudit.core.path import parse_path
from amlaudit.guardrails.conditions import NotExpressibleError, Writer

WRITER = Writer(lambda path: f"Provider/type/{path}")
FIELD = "Provider/type/size"


def written(operator: Operator, operand: ParameterValue) -> dict[str, object]:
    return WRITER.write(Comparison(parse_path("size"), operator, operand))


@pytest.mark.parametrize(
    ("operator", "operand", "as_policy"),
    [
        (Operator.LIKE, "a*", {"field": FIELD, "like": "a*"}),
        (
            Operator.LIKE,
            ("a*", "b"),
            {"anyOf": [{"field": FIELD, "like": "a*"}, {"field": FIELD, "like": "b"}]},
        ),
        (Operator.NOT_LIKE, ("a*",), {"not": {"anyOf": [{"field": FIELD, "like": "a*"}]}}),
        (Operator.IN, (), {"value": False, "equals": True}),
        (Operator.NOT_IN, (), {"value": True, "equals": True}),
        (Operator.IN, ("[a", "b"), {"field": FIELD, "in": ["[[a", "b"]}),
        (Operator.EQUALS, "*a*", {"field": FIELD, "equals": "*a*"}),
    ],
)
def test_a_comparison_is_written(
    operator: Operator, operand: ParameterValue, as_policy: dict[str, object]
) -> None:
    assert written(operator, operand) == as_policy


@pytest.mark.parametrize("operand", ["*a*", ("a", "*a*")])
def test_a_pattern_has_one_wildcard(operand: ParameterValue) -> None:
    with pytest.raises(NotExpressibleError, match="can have only one"):
        written(Operator.LIKE, operand)
