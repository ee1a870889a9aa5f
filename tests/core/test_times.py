"""Durations as Azure writes them."""

from datetime import timedelta

import pytest

from amlaudit.core.times import seconds_of


@pytest.mark.parametrize(
    ("written", "length"),
    [
        ("PT30M", timedelta(minutes=30)),
        ("pt1h30m", timedelta(hours=1, minutes=30)),
        ("PT1M40S", timedelta(seconds=100)),
        ("P3D", timedelta(days=3)),
        ("P1DT12H", timedelta(days=1, hours=12)),
        ("PT0S", timedelta()),
        ("PT0.5S", timedelta(milliseconds=500)),
        ("PT1M1.25S", timedelta(minutes=1, seconds=1.25)),
    ],
)
def test_a_length_is_read(written: str, length: timedelta) -> None:
    seconds = seconds_of(written)
    assert seconds == length.total_seconds()
    assert isinstance(seconds, float if "." in written else int)


@pytest.mark.parametrize(
    "written",
    [
        "",
        "P",
        "PT",
        "P1",
        "P1M",
        "P1W",
        "PT1D",
        "30M",
        "PT30",
        "PT1.5H",
        "-PT1H",
        "P1DT",
        "PT.5S",
        "PT1.S",
    ],
)
def test_what_is_none_is_not_guessed(written: str) -> None:
    assert seconds_of(written) is None
