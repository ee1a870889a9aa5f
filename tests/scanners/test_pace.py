"""amlaudit sends requests more slowly than Azure allows, whatever the timing."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from amlaudit.scanners.pace import AdaptiveLimit, Budget, Lane, Pace, SlidingWindow, TokenBucket

GAPS = st.lists(st.floats(0, 3), min_size=1, max_size=300)
"""Seconds between one request for permission and the next."""


def granted(budget: Budget, gaps: list[float]) -> list[float]:
    """Return the times at which requests leave if they wait as told."""
    now, moments = 0.0, []
    for gap in gaps:
        now += gap
        while (wait := budget.take(now)) > 0:
            now += wait
        moments.append(now)
    return moments


@given(GAPS, st.integers(1, 50), st.floats(0.5, 50))
def test_a_bucket_never_gives_more_than_its_depth_and_what_came_in(
    gaps: list[float], depth: int, per_second: float
) -> None:
    moments = granted(TokenBucket(depth, per_second), gaps)
    for index, first in enumerate(moments):
        for count, last in enumerate(moments[index:], 1):
            assert count <= depth + (last - first) * per_second + 1e-6


@given(GAPS, st.integers(1, 20), st.floats(0.5, 10))
def test_a_window_never_exceeds_its_limit(gaps: list[float], most: int, seconds: float) -> None:
    moments = granted(SlidingWindow(most, seconds), gaps)
    for index in range(len(moments) - most):
        assert moments[index + most] - moments[index] >= seconds - 1e-6


def test_the_usual_pace_keeps_to_what_azure_publishes() -> None:
    usual = Pace()
    assert usual.reads_at_once < 250
    assert usual.reads_per_second < 25
    assert usual.queries <= 15
    assert usual.window_seconds > 5


def test_a_bucket_heeds_that_others_read_too() -> None:
    bucket = TokenBucket(200, 20)
    assert bucket.take(0) == 0
    bucket.limit_to(30, 0)
    assert [bucket.take(0) for _ in range(5)] == [0.0] * 5
    assert bucket.take(0) > 0
    bucket.limit_to(5, 0)
    assert bucket.take(0) == pytest.approx(21 / 20)
    bucket.limit_to(249, 10)  # what is left is never more than our own budget
    assert bucket.take(10) == 0


def test_a_held_lane_lets_nothing_pass() -> None:
    lane = Lane(TokenBucket(5, 1))
    lane.hold(10, now=0)
    lane.hold(3, now=0)
    assert lane.take(4) == pytest.approx(6)
    assert lane.take(10) == 0


@given(
    st.lists(st.tuples(st.booleans(), st.floats(0, 2))), st.integers(-1, 40), st.integers(-1, 40)
)
def test_concurrency_stays_within_its_bounds(
    answers: list[tuple[bool, float]], start: int, most: int
) -> None:
    limit, now = AdaptiveLimit(start, most), 0.0
    for is_good, passed in answers:
        now += passed
        if is_good:
            limit.succeeded()
        else:
            limit.throttled(now)
        assert 1 <= limit.at_once <= max(1, most)


def test_concurrency_falls_fast_and_grows_slowly() -> None:
    limit = AdaptiveLimit(8, 24)
    for _ in range(8):  # rejected together: one rejection
        limit.throttled(0)
    assert limit.at_once == 4
    limit.throttled(5)
    assert limit.at_once == 2
    for _ in range(400):
        limit.succeeded()
    assert limit.at_once == 24
