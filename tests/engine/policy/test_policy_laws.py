"""Laws of conditions, over random conditions and documents."""

from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from amlaudit.engine.policy.evaluate import State
from tests.engine.policy.policies import NO, THING, YES, judge

T = f"{THING}/"
TEXTS = st.sampled_from(["", "a", "A", "ab", "1"])
LISTS = st.lists(TEXTS, max_size=2)
MEMBERS = st.lists(
    st.fixed_dictionaries({}, optional={"name": TEXTS, "inner": LISTS}),
    max_size=2,
)
PARTS = {"text": TEXTS, "list": LISTS, "members": MEMBERS}
PROPERTIES = st.fixed_dictionaries({}, optional=PARTS)

FIELDS = st.sampled_from(["text", "list[*]", "members[*].name", "members[*].inner[*]", "absent"])
ARRAYS = st.sampled_from(["list[*]", "members[*]", "members[*].inner[*]"])
OPERATORS = st.sampled_from(["equals", "notEquals", "like", "notLike", "contains", "notContains"])
VALUES = st.sampled_from(
    [
        f"[field('{T}text')]",
        f"[first(field('{T}list[*]'))]",
        f"[length(field('{T}members[*].name'))]",
        f"[if(empty(field('{T}list[*]')), 'a', field('{T}text'))]",
        "[field('name')]",
    ]
)


def leaves() -> st.SearchStrategy[dict[str, Any]]:
    """Return comparisons of fields and of values."""
    tests = st.one_of(
        st.builds(lambda name, text: {name: text}, OPERATORS, TEXTS),
        st.builds(lambda texts: {"in": texts}, LISTS),
        st.builds(lambda wanted: {"exists": wanted}, st.booleans()),
    )
    fields = st.builds(lambda field, test: {"field": T + field, **test}, FIELDS, tests)
    return fields | st.builds(lambda value, test: {"value": value, **test}, VALUES, tests)


def around(inner: st.SearchStrategy[dict[str, Any]]) -> st.SearchStrategy[dict[str, Any]]:
    """Return conditions made of others."""
    several = st.lists(inner, min_size=1, max_size=3)
    return st.one_of(
        st.builds(lambda each: {"allOf": each}, several),
        st.builds(lambda each: {"anyOf": each}, several),
        st.builds(lambda each: {"not": each}, inner),
        st.builds(
            lambda array, where, operator, number: {
                "count": {"field": T + array, "where": where},
                operator: number,
            },
            ARRAYS,
            inner,
            st.sampled_from(["equals", "notEquals", "less", "greaterOrEquals"]),
            st.integers(0, 2),
        ),
    )


CONDITIONS = st.recursive(leaves(), around, max_leaves=6)


def state(condition: dict[str, Any], properties: dict[str, Any], *gaps: str) -> State:
    """Return the state of a rule on a thing with some properties, of which some are not known."""
    return judge(condition, {"properties": properties}, gaps=gaps).state


@settings(max_examples=400, deadline=None)
@given(CONDITIONS, PROPERTIES, st.sampled_from(list(PARTS)), st.data())
def test_what_is_decided_without_a_value_holds_whatever_the_value_is(
    condition: dict[str, Any], properties: dict[str, Any], part: str, data: st.DataObject
) -> None:
    rest = {key: value for key, value in properties.items() if key != part}
    decided = state(condition, rest, f"properties.{part}")
    if decided is not State.UNKNOWN:
        assert state(condition, rest) is decided
        assert state(condition, {**rest, part: data.draw(PARTS[part])}) is decided


@settings(max_examples=200, deadline=None)
@given(CONDITIONS, PROPERTIES)
def test_a_negation_is_true_where_the_condition_is_false(
    condition: dict[str, Any], properties: dict[str, Any]
) -> None:
    opposite = {YES: NO, NO: YES}
    found = state(condition, properties)
    assert state({"not": condition}, properties) is opposite[found]


@settings(max_examples=200, deadline=None)
@given(CONDITIONS, ARRAYS, PROPERTIES)
def test_of_all_members_those_that_meet_a_condition_and_those_that_do_not_are_all(
    where: dict[str, Any], array: str, properties: dict[str, Any]
) -> None:
    def holds(count: dict[str, Any], number: int) -> bool:
        counted = {"count": {"field": T + array, **count}, "equals": number}
        return state(counted, properties) is YES

    numbers = range(5)
    total = next(each for each in numbers if holds({}, each))
    met = next(each for each in numbers if holds({"where": where}, each))
    assert holds({"where": {"not": where}}, total - met)


@settings(max_examples=200, deadline=None)
@given(st.builds(lambda field: {"field": T + field}, FIELDS), TEXTS, PROPERTIES)
def test_being_one_of_one_is_being_equal(
    accessor: dict[str, Any], text: str, properties: dict[str, Any]
) -> None:
    one_of_one = state({**accessor, "in": [text]}, properties)
    assert one_of_one is state({**accessor, "equals": text}, properties)
