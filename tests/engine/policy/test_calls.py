"""Calls in a rule that fail whatever the resource is."""

from typing import Any

import pytest

from amlaudit.engine.policy.calls import wrong_calls
from amlaudit.engine.policy.definition import read_definition
from tests.engine.policy.policies import policy

ALIAS = "A.B/cs/d[*]"
NEVER = {"field": "name", "exists": False}
RELATED = {"type": "A.B/cs"}
LONE = "current(): without a name it is only allowed in a count that is not nested"


def told(condition: object, **properties: Any) -> list[str]:
    return list(wrong_calls(read_definition(policy(condition, **properties), "p")))


def value(expression: str) -> dict[str, object]:
    return {"value": expression, "equals": 1}


def counted(where: object, **what: object) -> dict[str, object]:
    return {"count": {**what, "where": where}, "equals": 1}


@pytest.mark.parametrize(
    ("expression", "mistake"),
    [
        ("[length('a', 'b')]", "length(): wrong number of arguments: 2"),
        ("[equals('a')]", "equals(): wrong number of arguments: 1"),
        ("[concat(if(true(), 'a'))]", "if(): wrong number of arguments: 2"),
        ("[field()]", "field(): wrong number of arguments: 0"),
        ("[parameters('a', 'b')]", "parameters(): wrong number of arguments: 2"),
        ("[current('a', 'b')]", "current(): wrong number of arguments: 2"),
        ("[current()]", LONE),
        ("[current('x')]", "current(): not inside a count 'x'"),
        ("[current('A.B/cs/d[*].e')]", "current(): not inside a count 'A.B/cs/d[*].e'"),
    ],
)
def test_a_call_that_never_works_is_told_even_if_nothing_gets_to_it(
    expression: str, mistake: str
) -> None:
    assert told({"allOf": [NEVER, value(expression)]}) == [mistake]
    assert told({"not": {"field": "name", "equals": expression}}) == [mistake]
    assert told(NEVER, details={**RELATED, "existenceCondition": value(expression)}) == [mistake]


def test_a_call_in_the_effect_or_in_what_is_looked_for_is_told_too() -> None:
    assert told(NEVER, effect="[if(true(), 'a')]") == ["if(): wrong number of arguments: 2"]
    assert told(NEVER, details={**RELATED, "name": "[current()]"}) == [LONE]


@pytest.mark.parametrize(
    "expression",
    [
        "[concat(field('name'), 'x', parameters('p'), string(resourceGroup()))]",
        "[nosuch('a', 'b', 'c')]",
        "[utcNow()]",
        "[if(equals(1, 2), int('x'), 1)]",
    ],
)
def test_what_may_work_is_no_mistake(expression: str) -> None:
    assert told(value(expression)) == []


@pytest.mark.parametrize(
    ("condition", "mistakes"),
    [
        (counted(value("[current()]"), value=[1]), []),
        (counted(value("[current('default')]"), value=[1]), []),
        (counted(value("[current('N')]"), value=[1], name="n"), []),
        (counted(value("[current('m')]"), value=[1], name="n"), ["not inside a count 'm'"]),
        (counted(value("[current()]"), field=ALIAS), []),
        (counted(value(f"[current('{ALIAS}.e')]"), field=ALIAS), []),
        (counted(value("[current(concat('n', ''))]"), value=[1], name="n"), []),
        (counted(value("[current('n')]"), field=ALIAS), ["not inside a count 'n'"]),
        (
            counted(counted(value("[current('n')]"), field=ALIAS), value=[1], name="n"),
            [],
        ),
        (
            counted(counted(value("[current()]"), field=ALIAS), value=[1], name="n"),
            ["without a name"],
        ),
        (counted(NEVER, value="[current('n')]", name="n"), ["not inside a count 'n'"]),
        ({"count": {"field": "[current('n')]"}, "equals": 1}, ["not inside a count 'n'"]),
        ({"field": "[current('n')]", "equals": 1}, ["not inside a count 'n'"]),
    ],
)
def test_the_current_member_is_that_of_a_count_around(
    condition: object, mistakes: list[str]
) -> None:
    found = told(condition)
    assert len(found) == len(mistakes)
    assert all(part in whole for part, whole in zip(mistakes, found, strict=True))
