"""JSON as people write it: comments and line breaks are read."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from amlaudit.scanners.files.json_text import parse_json

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
        ('{"a": }', "a value is expected: line 1 column 7"),
        ('{\n  "a": 1\n  "b": 2\n}', "',' or '}' is expected: line 3 column 3"),
        ("{'a': 1}", "a string is expected: line 1 column 2"),
        ('{"a" 1}', "':' is expected: line 1 column 6"),
        ("{} {}", "there is something after the end: line 1 column 4"),
        ('["\\x"]', "an escape that JSON does not know: line 1 column 2"),
        ("[nul]", "'nul' is no value: line 1 column 2"),
        ("[" * 300, "nests deeper than 250 levels: line 1 column 252"),
        ("", "a value is expected: line 1 column 1"),
        ("[1", "',' or ']' is expected: line 1 column 3"),
    ],
)
def test_what_is_no_json_is_told_with_its_place(text: str, problem: str) -> None:
    with pytest.raises(ValueError, match="line") as caught:
        parse_json(text)
    assert problem in str(caught.value)
