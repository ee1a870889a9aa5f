"""Durations on the command line."""

import click
import pytest

from amlaudit.cli.durations import DurationType


@pytest.mark.parametrize(
    ("written", "seconds"),
    [
        ("90s", 90),
        ("30m", 1800),
        ("2h", 7200),
        ("1h30m", 5400),
        ("1H 5s", 3605),
        ("30d", 2_592_000),
    ],
)
def test_a_length_is_hours_minutes_and_seconds(written: str, seconds: int) -> None:
    assert DurationType().convert(written, None, None) == seconds


@pytest.mark.parametrize("written", ["", "0", "0m", "soon", "-5m", "1.5h", "5m1h", "m", "30"])
def test_what_is_none_is_refused(written: str) -> None:
    with pytest.raises(click.BadParameter, match="use 90s, 30m, 1h30m or 30d"):
        DurationType().convert(written, None, None)
