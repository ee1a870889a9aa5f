"""Durations, as documents write them and as messages show them."""

from typing import Final

from amlaudit.core.subject import Subject
from amlaudit.core.times import seconds_of

_UNITS: Final = ((86_400, "day"), (3_600, "hour"), (60, "minute"))
"""Units longer than a second, in seconds, the longest first."""


def seconds_at(subject: Subject, path: str, *, default: str) -> float:
    """Return the ISO 8601 duration at a path, in seconds.

    Args:
        subject: What has it.
        path: Its path.
        default: What Azure documents for an absent one.

    Raises:
        NoDataError: It is not known, or not a duration.
    """
    written = subject.text(path, default=default)
    seconds = seconds_of(written)
    if seconds is None:
        raise subject.unfamiliar(path, written)
    return seconds


def spelled(seconds: float) -> str:
    """Return a duration in words, in the longest unit of which it is a whole number."""
    size, unit = next((each for each in _UNITS if seconds and not seconds % each[0]), (1, "second"))
    count = seconds / size
    return f"{count:g} {unit}" if count == 1 else f"{count:g} {unit}s"
