import pytest
from hypothesis import given
from hypothesis import strategies as st

from amlaudit.core.path import ABSENT, Misfit, describe, parse_path, read, spell_path


@pytest.mark.parametrize(
    ("text", "steps"),
    [
        ("kind", ("kind",)),
        ("properties.publicNetworkAccess", ("properties", "publicNetworkAccess")),
        ("tags['cost.centre']", ("tags", "cost.centre")),
        ("['odata.type'].x", ("odata.type", "x")),
    ],
)
def test_a_path_is_its_steps(text: str, steps: tuple[str, ...]) -> None:
    assert parse_path(text) == steps
    assert spell_path(steps) == text


@pytest.mark.parametrize("text", ["", ".", "a..b", "a.", "a b", "a[0]", "a['b"])
def test_an_invalid_path_is_an_error(text: str) -> None:
    with pytest.raises(ValueError, match="is not a property path"):
        parse_path(text)


def test_list_positions_are_spelled_in_brackets() -> None:
    assert spell_path(("properties", "rules", "0", "access")) == "properties.rules[0].access"


@given(st.lists(st.text(st.characters(exclude_characters="'"), min_size=1), min_size=1, max_size=4))
def test_every_spelled_path_of_names_is_read_back(names: list[str]) -> None:
    steps = tuple(name for name in names if not name.isdecimal())
    if steps:
        assert parse_path(spell_path(steps)) == steps


@pytest.mark.parametrize(
    ("document", "found"),
    [
        ({"a": {"b": 1}}, 1),
        ({"A": {"B": 1}}, 1),
        ({"a": {"b": False}}, False),
        ({"a": {"b": None}}, ABSENT),
        ({"a": None}, ABSENT),
        ({"a": {}}, ABSENT),
        ({}, ABSENT),
        ({"a": "text"}, Misfit("a", "a string")),
        ({"a": [1]}, Misfit("a", "a list")),
        ([], Misfit("", "a list")),
    ],
)
def test_reading_tells_a_value_from_none_from_another_shape(
    document: object, found: object
) -> None:
    assert read(document, ("a", "b")) == found


def test_the_exact_spelling_wins_over_another_one() -> None:
    assert read({"KEY": 1, "key": 2}, ("key",)) == 2


@pytest.mark.parametrize(
    ("value", "words"),
    [
        (True, "a boolean"),
        (1, "a number"),
        (1.5, "a number"),
        ("", "a string"),
        ({}, "an object"),
        ([], "a list"),
        ((), "a list"),
        (None, "null"),
    ],
)
def test_values_are_described_as_json(value: object, words: str) -> None:
    assert describe(value) == words
