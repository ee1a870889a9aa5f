"""Values of the language: how they are compared, looked up and parsed."""

from datetime import UTC, datetime

import pytest

from amlaudit.language.texts import parse_uri
from amlaudit.language.values import EvaluationError, identical, lookup, moment


@pytest.mark.parametrize(
    ("left", "right"),
    [
        ("a", "a"),
        (1, 1.0),
        (None, None),
        (["a", [1]], ("a", [1])),
        ({"a": 1, "b": [2]}, {"b": [2], "a": 1}),
    ],
)
def test_what_is_identical(left: object, right: object) -> None:
    assert identical(left, right)
    assert identical(right, left)


@pytest.mark.parametrize(
    ("left", "right"),
    [
        ("a", "A"),
        (1, "1"),
        (1, True),
        (0, False),
        (None, False),
        (["a"], ["b"]),
        (["a", "b"], ["a", "c"]),
        (["a"], ["a", "b"]),
        ([], {}),
        ([], ""),
        ({"a": 1}, {"a": 2}),
        ({"a": 1}, {"b": 1}),
        ({"a": 1, "b": 2}, {"a": 1, "b": 3}),
        ({"a": 1}, {"a": 1, "b": 2}),
        ({"a": True}, {"a": 1}),
    ],
)
def test_what_is_not(left: object, right: object) -> None:
    assert not identical(left, right)
    assert not identical(right, left)


def test_a_key_is_found_without_case_and_best_as_it_is_written() -> None:
    assert lookup({"Name": 1}, "nAME") == 1
    assert lookup({"Name": 1, "name": 2}, "name") == 2
    assert lookup({"Name": 1}, "names") is None


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2026-01-02T03:04:05", datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)),
        ("2026-01-02T03:04:05Z", datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)),
        ("2026-01-02T03:04:05+01:00", datetime(2026, 1, 2, 2, 4, 5, tzinfo=UTC)),
        ("2026-13-02T03:04:05Z", None),
        ("20260102", None),
        ("tomorrow", None),
    ],
)
def test_a_moment(text: str, expected: datetime | None) -> None:
    assert moment(text) == expected


@pytest.mark.parametrize("text", ["//host/path", "mailto:somebody", "/path", "https://h:port/"])
def test_a_uri_names_its_scheme_and_host(text: str) -> None:
    with pytest.raises(EvaluationError):
        parse_uri(text)
