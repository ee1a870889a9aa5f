"""Scope patterns, as used in waivers, profiles and exclusions."""

import re
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from amlaudit.core.scope import matches

TEXTS = st.text("ab?[*]", max_size=8)


@pytest.mark.parametrize(
    ("pattern", "text", "expected"),
    [
        ("*/workspaces/mlw-*", "/s/x/Workspaces/MLW-churn", True),
        ("*/workspaces/mlw-*", "/s/x/workspaces/other", False),
        ("a", "ab", False),
        ("a?", "ab", False),
        ("a[b]", "ab", False),
        ("a*\n*", "a\n", True),
        ("", "", True),
    ],
)
def test_only_a_star_is_a_wildcard(pattern: str, text: str, *, expected: bool) -> None:
    assert matches(pattern, text) is expected


@given(TEXTS, TEXTS)
def test_patterns_mean_what_their_parts_in_a_row_mean(pattern: str, text: str) -> None:
    slow = re.compile(".*".join(map(re.escape, pattern.split("*"))), re.DOTALL)
    assert matches(pattern, text) is (slow.fullmatch(text) is not None)


def test_many_stars_take_no_longer_than_few() -> None:
    begin = time.process_time()
    assert not matches("*a" * 40 + "b", "a" * 2_000)
    assert time.process_time() - begin < 1
