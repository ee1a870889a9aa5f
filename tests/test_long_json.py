"""Long JSON is read one member at a time: just as strictly, and without holding it in memory."""

import json
import tracemalloc
from collections.abc import Iterable, Iterator
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from amlaudit.long_json import BrokenJsonError, members
from amlaudit.strict_json import load_json

VALUES: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=4), inner,
                                                               max_size=4),
    max_leaves=12,
)  # fmt: skip
OBJECTS: st.SearchStrategy[dict[str, Any]] = st.dictionaries(st.text(max_size=4), VALUES,
                                                              max_size=5)  # fmt: skip


def cut(content: bytes, size: int) -> Iterator[bytes]:
    """Yield the pieces of some content."""
    return (content[start : start + size] for start in range(0, len(content), size))


def whole(pieces: Iterable[bytes]) -> dict[str, Any]:
    """Return an object with its lists read completely."""
    return {
        key: list(value) if isinstance(value, Iterator) else value for key, value in members(pieces)
    }


def refusal(text: str, size: int = 2**18) -> str:
    """Return the error for a text that is read in pieces, the first four bytes in one."""
    content = text.encode()
    with pytest.raises(BrokenJsonError) as caught:
        whole([content[:4], *cut(content[4:], size)])
    return str(caught.value)


@given(OBJECTS, st.integers(1, 40), st.sampled_from([None, 1]),
       st.sampled_from(["utf-8", "utf-8-sig", "utf-16", "utf-32-le"]))  # fmt: skip
def test_it_is_read_as_ever_wherever_a_piece_ends(
    value: dict[str, Any], size: int, indent: int | None, encoding: str
) -> None:
    content = json.dumps(value, indent=indent).encode(encoding)
    assert whole([content[:4], *cut(content[4:], size)]) == value


@given(OBJECTS, st.integers(1, 9), st.data())
def test_what_is_damaged_is_refused_wherever_a_piece_ends(
    value: dict[str, Any], size: int, data: st.DataObject
) -> None:
    text = json.dumps(value)
    at = data.draw(st.integers(0, len(text) - 1))
    text = text[:at] + data.draw(st.sampled_from(["", "x", '"', "\\", ",", "}", "]", "\n", "1"]))
    text += data.draw(st.sampled_from(["", json.dumps(value)[at + 1 :]]))
    try:
        known = load_json(text)
    except ValueError:
        known = None
    if isinstance(known, dict):
        assert whole(cut(text.encode(), max(size, 4))) == known
    else:
        assert refusal(text, size) == refusal(text)


@pytest.mark.parametrize("size", [1, 3, 2**18])
@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("", "line 1, column 1: expected '{'"),
        ("[1]", "line 1, column 1: expected '{'"),
        ("{} {}", "line 1, column 4: unexpected content after the end"),
        ('{"a": 1,\n  "b": }', "line 2, column 8: Expecting value"),
        ('{"a": 1,\n}', "line 2, column 1: expected a string"),
        ('{"a": 1\n "b": 2}', "line 2, column 2: expected ',' or '}'"),
        ('{"a" 1}', "line 1, column 6: expected ':'"),
        ('{"a": [1,\n2', "line 2, column 2: expected ',' or ']'"),
        ('{"a": [\n{"b": "c', "line 2, column 7: Unterminated string starting at"),
        ('{"a": [{"b": 1},\n {"b": 2 "c": 3}, {"b": 4}]}',
         "line 2, column 10: Expecting ',' delimiter"),
        ('{"a": "two\nlines"}', "line 1, column 11: Invalid control character at"),
        ('{"a": 1,\n "b": 2,\n "a": 3}', "line 3, column 2: duplicate key 'a'"),
        ('{"a": [{"b": 1},\n {"c": {"d": 1,\n "d": 2}}]}',
         "line 3, column 2: duplicate key 'd'"),
        ('{"a": [{"b": "NaN"},\n {"b": [1, NaN]}]}', "line 2, column 12: NaN is not a JSON number"),
        ('{"a": {"b":\n -Infinity}}', "line 2, column 2: -Infinity is not a JSON number"),
        ('{"a":\n 1e999}', "line 2, column 2: 1e999 is not a JSON number"),
    ],
)  # fmt: skip
def test_mistakes_are_reported_with_their_position(text: str, told: str, size: int) -> None:
    assert refusal(text, size) == told


def test_invalid_text_is_reported_with_its_position() -> None:
    with pytest.raises(BrokenJsonError, match=r"byte 11: invalid UTF-8"):
        whole([b'{"a": "', "é".encode()[:1], "é".encode()[1:], b"ab\xff", b'"}'])


def test_a_number_of_endless_digits_is_refused_at_its_member() -> None:
    assert refusal('{"a": [1,\n ' + "9" * 5000 + "]}").startswith("line 2, column 2: Exceeds")


def test_what_nests_too_deep_is_refused() -> None:
    with pytest.raises(RecursionError):
        whole([b'{"a": {"b": ', *[b"[" * 1000] * 100])


def test_unread_list_members_are_skipped() -> None:
    content = b'{"a": [1, 2, [3]], "b": [4, 5], "c": 6}'
    read = []
    for key, value in members(cut(content, 4)):
        read.append((key, next(value) if isinstance(value, Iterator) else value))
    assert read == [("a", 1), ("b", 4), ("c", 6)]


def test_damage_is_reported_before_the_rest_is_read() -> None:
    def pieces() -> Iterator[bytes]:
        yield b'{"a": [{"b": 1}, {"b": } ' + b" " * 100
        pytest.fail("it was read on")

    with pytest.raises(BrokenJsonError, match="line 1, column 24: Expecting value"):
        whole(pieces())


def test_no_more_than_a_piece_is_held() -> None:
    def pieces() -> Iterator[bytes]:
        yield b'{"a": ['
        for number in range(20_000):
            yield b'{"id": %d, "message": "what was found"},\n' % number
        yield b'{"id": -1}]}'

    tracemalloc.start()
    count = sum(1 for _, listed in members(pieces()) for _ in listed)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert count == 20_001
    assert peak < 100_000


def test_a_long_value_is_read_in_ever_longer_steps() -> None:
    content = json.dumps({"a": {"b": "x" * 300_000}}).encode()
    assert whole(cut(content, 64))["a"]["b"] == "x" * 300_000
