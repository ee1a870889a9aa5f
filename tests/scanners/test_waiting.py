"""Azure says in many ways how long to wait; each is understood, none is followed blindly."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from amlaudit.scanners.waiting import (
    Patience,
    asked_wait,
    duration,
    http_date,
    quota_wait,
    reads_left,
)

NOW = datetime(2026, 3, 1, 12, 0, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({}, None),
        ({"retry-after": "17"}, 17),
        ({"retry-after": "0"}, 0),
        ({"retry-after": "1.5"}, 1.5),
        ({"retry-after-ms": "250"}, 0.25),
        ({"x-ms-retry-after-ms": "1500", "retry-after": "9"}, 1.5),
        ({"retry-after": "Sun, 01 Mar 2026 12:00:30 GMT"}, 30),
        ({"retry-after": "Sunday, 01-Mar-26 12:00:30 GMT"}, 30),
        ({"retry-after": "Sun Mar  1 12:00:30 2026"}, 30),
        ({"retry-after": "Sun, 01 Mar 2026 11:00:00 GMT"}, 0),
        # Relative to Azure's own date, because our clock may be wrong.
        (
            {
                "retry-after": "Sun, 01 Mar 2026 15:00:30 GMT",
                "date": "Sun, 01 Mar 2026 15:00:00 GMT",
            },
            30,
        ),
        ({"x-ms-user-quota-resets-after": "00:01:05"}, 65),
        ({"x-ms-user-quota-resets-after": "00:00:04.5"}, 4.5),
        ({"retry-after": "soon", "x-ms-user-quota-resets-after": "00:00:05"}, 5),
        ({"retry-after": "2", "x-ms-user-quota-resets-after": "00:00:05"}, 2),
        ({"retry-after": "soon"}, None),
        ({"retry-after": "-5"}, None),
        ({"retry-after": "nan"}, None),
        ({"retry-after": "inf"}, None),
        ({"retry-after": "Sun, 99 Mar 2026 12:00:30 GMT"}, None),
        ({"x-ms-user-quota-resets-after": "later"}, None),
        ({"x-ms-user-quota-resets-after": "5"}, None),
    ],
)
def test_what_azure_asks_for_is_understood(headers: dict[str, str], seconds: float | None) -> None:
    assert asked_wait(headers, NOW) == seconds


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({}, None),
        ({"x-ms-user-quota-remaining": "3", "x-ms-user-quota-resets-after": "00:00:05"}, None),
        ({"x-ms-user-quota-remaining": "0", "x-ms-user-quota-resets-after": "00:00:05"}, 5),
        ({"x-ms-user-quota-remaining": "0"}, None),
    ],
)
def test_a_quota_that_is_used_up_is_waited_for(
    headers: dict[str, str], seconds: float | None
) -> None:
    assert quota_wait(headers) == seconds


def test_the_tightest_of_all_limits_counts() -> None:
    assert reads_left({}) is None
    assert reads_left({"x-ms-ratelimit-remaining-subscription-reads": "many"}) is None
    headers = {
        "x-ms-ratelimit-remaining-subscription-reads": "249",
        "x-ms-ratelimit-remaining-subscription-global-reads": "12",
    }
    assert reads_left(headers) == 12
    assert reads_left({"x-ms-ratelimit-remaining-tenant-reads": "7"}) == 7


@given(st.text())
def test_no_header_is_a_crash(text: str) -> None:
    assert duration(text) is None or duration(text) >= 0  # type: ignore[operator] # not None here
    assert http_date(text) is None or http_date(text).tzinfo is not None  # type: ignore[union-attr] # not None here
    wait = asked_wait({"retry-after": text, "x-ms-user-quota-resets-after": text}, NOW)
    assert wait is None or wait >= 0


@given(st.integers(1, 10_000), st.none() | st.floats(0, 1e9), st.floats(0, 1))
def test_no_wait_is_longer_than_the_longest(tried: int, asked: float | None, jitter: float) -> None:
    assert 0 <= Patience().wait(tried, asked, jitter) <= 60


def test_waits_double_and_keep_apart_who_was_refused_together() -> None:
    patience = Patience(backoff_seconds=1)
    assert [patience.wait(tried, None, 1) for tried in (1, 2, 3, 4)] == [1, 2, 4, 8]
    assert patience.wait(3, None, 0) == 2
    assert patience.wait(3, 7, 0) == 7
