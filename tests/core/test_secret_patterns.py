"""Texts designed to slow down the search for secrets take no longer to search."""

import time

import pytest

from amlaudit.core.secrets import safe, scrub

LENGTH = 300_000
SHARE = 5.0
"""CPU seconds; a search whose time grew with the square of the length would take minutes."""


@pytest.mark.parametrize(
    "piece",
    [
        "eyJ", "_eyJa", "eyJaaaaaaaa.", "Bearer ", "-----BEGIN A ", "://a:", "https://", "@",
        "AccountKey ", "sig=", "a" * 87, "ghp_", "sk-", "abc1Q~", "a.~-", "pypi-", "AZDO", "Pwd\n",
    ],
)  # fmt: skip
def test_a_text_without_end_is_searched_in_time(piece: str) -> None:
    text = (piece * LENGTH)[:LENGTH] + "="
    begin = time.process_time()
    safe(text)
    assert time.process_time() - begin < SHARE


def test_a_token_with_a_long_head_is_still_one() -> None:
    token = f"eyJ{'a' * 2_000}.eyJ{'b' * 90_000}.{'c' * 300}"
    assert safe(f"token {token}") != f"token {token}"


def test_values_outside_json_are_unchanged() -> None:
    assert scrub({"tags": {1, 2}}) == {"tags": {1, 2}}
