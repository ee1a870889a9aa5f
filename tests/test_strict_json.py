"""JSON as people write it, with comments and line breaks, is accepted."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from amlaudit.strict_json import load_commented_json, load_json, parse_json, parse_with_places

VALUES: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
)


@given(VALUES, st.sampled_from([None, 1]))
def test_strict_json_is_read_as_ever(value: Any, indent: int | None) -> None:
    assert parse_json(json.dumps(value, indent=indent)) == value


def test_comments_line_breaks_in_strings_and_last_commas_are_read() -> None:
    text = """
    { // what people write
      "a": 1, /* and
      more */ "b": "two
lines", "c": [true, null,],
      "url": "https://x/y", // a comment after an address
    }
    """
    assert parse_json(text) == {
        "a": 1,
        "b": "two\nlines",
        "c": [True, None],
        "url": "https://x/y",
    }


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ('{"a": }', "expected a value: line 1 column 7"),
        ('{\n  "a": 1\n  "b": 2\n}', "expected ',' or '}': line 3 column 3"),
        ("{'a': 1}", "expected a string: line 1 column 2"),
        ('{"a" 1}', "expected ':': line 1 column 6"),
        ("{} {}", "unexpected content after the end: line 1 column 4"),
        ('["\\x"]', "invalid escape sequence in a string: line 1 column 2"),
        ("[nul]", "'nul' is not a value: line 1 column 2"),
        ("[" * 300, "nested more than 250 levels deep: line 1 column 252"),
        ("", "expected a value: line 1 column 1"),
        ("[1", "expected ',' or ']': line 1 column 3"),
        ('{"a": 1,\n "a": 2}', "duplicate key 'a': line 2 column 2"),
        ('{"a": {"b": 1, "\\u0062": 1}}', "duplicate key 'b': line 1 column 16"),
    ],
)
def test_invalid_json_is_reported_with_its_position(text: str, problem: str) -> None:
    with pytest.raises(ValueError, match="line") as caught:
        parse_json(text)
    assert problem in str(caught.value)


@given(VALUES)
def test_files_are_read_in_every_encoding_of_json(value: Any) -> None:
    for encoding in ("utf-8", "utf-16", "utf-32-le"):
        assert load_json(json.dumps(value).encode(encoding)) == value


def test_only_hand_written_files_may_contain_comments() -> None:
    assert load_commented_json(b'{"a": 1} // done') == {"a": 1}
    with pytest.raises(ValueError, match="Extra data"):
        load_json(b'{"a": 1} // done')


@pytest.mark.parametrize("load", [load_json, load_commented_json])
def test_a_duplicate_key_is_reported_with_its_position(
    load: Callable[[bytes], object],
) -> None:
    with pytest.raises(ValueError, match="duplicate key 'a': line 1 column 10"):
        load(b'{"a": 1, "a": 1}')


def test_every_member_has_a_place() -> None:
    text = """// a comment
    {"A": 1, "b": [
      2, {"c": 3}],
    }"""
    _, places = parse_with_places(text)
    assert places == {
        (): (2, 5),
        ("a",): (2, 6),
        ("b",): (2, 14),
        ("b", "0"): (3, 7),
        ("b", "1"): (3, 10),
        ("b", "1", "c"): (3, 11),
    }
