"""Counts over fields and values, nested or not, and what `current()` returns in them."""

from typing import Any

import pytest

from amlaudit.engine.policy.counts import _between, _Count
from amlaudit.engine.policy.evaluate import State
from amlaudit.engine.policy.operators import make_test
from tests.engine.policy.policies import BODY, NO, THING, YES, judge

T = f"{THING}/"
NAME_IS_ONE = {"field": f"{T}members[*].name", "equals": "one"}


def over(field: str, where: object = None, **operator: object) -> dict[str, Any]:
    count = {"field": T + field, **({"where": where} if where else {})}
    return {"count": count, **operator}


@pytest.mark.parametrize(
    ("condition", "state"),
    [
        (over("list[*]", equals=3), YES),
        (over("members[*].inner[*]", equals=4), YES),
        (over("members[*].name", equals=2), YES),
        (over("absent[*]", equals=0), YES),
        (over("members[*]", NAME_IS_ONE, equals=1), YES),
        (over("members[*].name", NAME_IS_ONE, equals=1), YES),
        (over("members[*]", {"field": "tags.env", "equals": "prod"}, equals=2), YES),
        (over("list[*]", {"field": f"{T}list[*]", "equals": "b"}, equals=1), YES),
        (over("list[*]", {"field": f"{T}list", "contains": "c"}, equals=3), YES),
        (over("list[*]", {"field": f"{T}members[*].name", "equals": "one"}, equals=0), YES),
        (over("list[*]", {"value": "[current()]", "equals": "b"}, equals=1), YES),
        (over("list[*]", {"value": f"[current('{T}list[*]')]", "equals": "b"}, equals=1), YES),
        (
            over(
                "list[*]",
                {"value": f"[first(field('{T}list[*]'))]", "in": ["a", "b"]},
                equals=2,
            ),
            YES,
        ),
        (
            over("list[*]", {"field": f"{T}list[*]", "equals": f"[field('{T}list[*]')]"}, less=1),
            YES,
        ),
        (
            over("members[*]", {"value": f"[current('{T}members[*].at')]", "equals": ""}, equals=1),
            YES,
        ),
        (
            over(
                "members[*]",
                {"value": f"[empty(field('{T}members[*].at'))]", "equals": True},
                equals=1,
            ),
            YES,
        ),
        (
            over(
                "members[*]",
                {"value": f"[length(current('{T}members[*].inner[*]'))]", "equals": 2},
                equals=2,
            ),
            YES,
        ),
        (over("list[*]", equals=f"[length(field('{T}list'))]"), YES),
        ({"count": {"value": [1, 2, 3]}, "equals": 3}, YES),
        (
            {
                "count": {
                    "value": "[createArray('x', 'thing')]",
                    "name": "n",
                    "where": {"field": "name", "equals": "[current('N')]"},
                },
                "greater": 0,
            },
            YES,
        ),
    ],
)
def test_a_count(condition: dict[str, Any], state: State) -> None:
    assert judge(condition).state is state


def test_an_inner_count_sees_only_the_members_of_the_outer_one() -> None:
    inner = over("members[*].inner[*]", {"field": f"{T}members[*].inner[*]", "equals": 3}, equals=1)
    where = {"allOf": [{"field": f"{T}members[*].name", "equals": "two"}, inner]}
    assert judge(over("members[*]", where, equals=1)).state is YES


def test_an_inner_count_over_the_same_list_sees_the_member_alone() -> None:
    assert judge(over("list[*]", over("list[*]", equals=1), equals=3)).state is YES


def test_counts_over_values_and_fields_nest() -> None:
    body = {**BODY, "properties": {"list": ["aa", "ba", "ca"]}}
    starts = {
        "value": f"[startsWith(current('{T}list[*]'), current('prefix'))]",
        "equals": True,
    }
    inner = {"count": {"value": ["a", "b"], "name": "prefix", "where": starts}, "greater": 0}
    assert judge(over("list[*]", inner, equals=2), body).state is YES
    nameless = {"count": {"value": [1], "where": {"value": "[current()]", "equals": 1}}}
    outcome = judge(over("list[*]", {**nameless, "equals": 1}, equals=1), body)
    assert outcome.state is State.ERROR


def test_the_name_that_current_gets_may_be_computed() -> None:
    where = {"value": "[current(toLower(field('name')))]", "equals": 1}
    counted = {"count": {"value": [1], "name": "thing", "where": where}, "equals": 1}
    assert judge(counted).state is YES


@pytest.mark.parametrize(
    ("count", "state"),
    [
        ({"field": f"{T}list"}, State.ERROR),
        ({"field": "name"}, State.ERROR),
        ({"field": "a b/c/d[*]"}, State.ERROR),
        ({"field": "[field('name')]"}, State.UNKNOWN),
        ({"field": "sku[*]"}, State.UNKNOWN),
        ({"value": "abc"}, State.ERROR),
        ({"value": "[requestContext()]"}, State.UNKNOWN),
    ],
)
def test_what_cannot_be_counted(count: dict[str, Any], state: State) -> None:
    assert judge({"count": count, "equals": 1}).state is state


@pytest.mark.parametrize(
    ("operator", "wanted", "low", "high", "truth"),
    [
        ("equals", 1, 1, 1, 2),
        ("equals", 1, 0, 2, 1),
        ("equals", 3, 0, 2, 0),
        ("equals", 0, 1, float("inf"), 0),
        ("notEquals", 0, 1, float("inf"), 2),
        ("notEquals", 2, 1, float("inf"), 1),
        ("greater", 0, 1, float("inf"), 2),
        ("less", 1, 1, 2, 0),
        ("less", 2, 1, 2, 1),
        ("in", [1], 1, 2, 1),
        ("equals", "1", 0, 2, 1),
        ("equals", True, 2, 4, 1),
    ],
)
def test_a_count_that_is_not_exact_decides_only_where_every_number_agrees(
    operator: str, wanted: object, low: int, high: float, truth: int
) -> None:
    test = make_test(operator.lower(), wanted)
    assert _between(operator.lower(), test, wanted, _Count(low, high, 3, None, [])) == truth


def test_the_members_that_decided_are_the_evidence() -> None:
    outcome = judge(over("members[*]", NAME_IS_ONE, equals=1))
    assert [(each.path, each.observed) for each in outcome.evidence] == [
        ("properties.members[*]", "1 of 2 match"),
        ("properties.members[*].name", "one"),
    ]
    assert outcome.message == "properties.members[*]: 1 of 2 match (equals 1)"


def test_evaluations_are_bounded() -> None:
    body = {**BODY, "properties": {"list": list(range(1500))}}
    inner = {
        "count": {
            "value": list(range(1500)),
            "name": "n",
            "where": {"field": "name", "exists": True},
        },
        "equals": 1,
    }
    outcome = judge(over("list[*]", inner, equals=1), body)
    assert outcome.state is State.ERROR
    assert "more than 1000000 steps" in outcome.message


def test_a_condition_on_members_that_are_not_known() -> None:
    where = {"field": f"{T}members[*].name", "equals": "two"}
    one_gap = judge(
        over("members[*]", where, greaterOrEquals=1), gaps=("properties.members['0'].name",)
    )
    assert one_gap.state is YES
    deciding = judge(over("members[*]", where, equals=2), gaps=("properties.members['0'].name",))
    assert deciding.state is State.UNKNOWN
    assert judge(over("members[*]", where, equals=1), gaps=("properties.members",)).state is (
        State.UNKNOWN
    )
    assert judge(over("members[*]", greaterOrEquals=0), gaps=("properties",)).state is YES
    assert judge(over("members[*]", where, equals=0)).state is NO


def test_a_list_with_perhaps_more_members_has_at_least_the_known_ones() -> None:
    more = ("properties.members['*']",)
    assert judge(over("members[*]", greaterOrEquals=2), gaps=more).state is YES
    assert judge(over("members[*]", equals=1), gaps=more).state is NO
    assert judge(over("members[*]", equals=2), gaps=more).state is State.UNKNOWN
    assert judge(over("members[*]", NAME_IS_ONE, equals=1), gaps=more).state is State.UNKNOWN


def test_properties_between_two_lists_of_a_count_are_undocumented() -> None:
    inner = over("members[*].inner[*]", NAME_IS_ONE, greaterOrEquals=0)
    told = f"what {T}members[*].name selects in a count over properties.members[*].inner[*]"
    assert f"{told} is not documented" in judge(inner).message
    nested = over("members[*]", {"allOf": [NAME_IS_ONE, over("members[*].inner[*]", greater=0)]})
    for known in (over("members[*]", NAME_IS_ONE, equals=1), {**nested, "greaterOrEquals": 0}):
        assert "not documented" not in judge(known).message


def _read_in(path: str, *around: str) -> dict[str, Any]:
    """Return a condition that reads a field inside counts over other fields."""
    condition: dict[str, Any] = {"field": T + path, "exists": True}
    for counted in around:
        condition = over(counted, condition, greaterOrEquals=0)
    return condition


@pytest.mark.parametrize(
    ("condition", "documented"),
    [
        (_read_in("a", "a[*].b[*]"), True),
        (_read_in("d", "a[*].b[*]"), True),
        (_read_in("a[*].name", "a[*].b[*]"), False),
        (_read_in("a[*].name", "a[*].b[*]", "a[*]"), True),
        (_read_in("a[*].b[*].name", "a[*].b[*].c[*]", "a[*]"), False),
        (_read_in("a[*].b[*].name", "a[*].b[*].c[*]", "a[*].b[*]"), True),
    ],
)
def test_what_a_list_selects_in_a_count_over_another_within_it(
    condition: dict[str, Any],
    documented: bool,  # noqa: FBT001
) -> None:
    member = {"name": "x", "b": [{"name": "y", "c": [1]}]}
    body = {**BODY, "properties": {"a": [member], "d": 1}}
    value = {"value": [1], "name": "n", "where": condition}
    for whole in (condition, {"count": value, "greaterOrEquals": 0}):
        assert ("is not documented" in judge(whole, body).message) is not documented
