"""Lengths of time as Azure writes them: ISO 8601, in days, hours, minutes and seconds."""

from datetime import timedelta

from amlaudit.core.subject import Subject
from amlaudit.core.times import seconds_of


def span(text: str) -> timedelta | None:
    """Return the length of time that a text spells, lower or upper case; None if it spells none."""
    seconds = seconds_of(text)
    return None if seconds is None else timedelta(seconds=seconds)


def duration(subject: Subject, path: str, *, default: str) -> timedelta:
    """Return the length of time at a path.

    Args:
        subject: What is read.
        path: Property path, relative to the subject.
        default: What Azure documents for an absent one.

    Raises:
        NoDataError: It is not known, or is no length that can be read.
    """
    written = subject.text(path, default=default)
    length = span(written)
    if length is None:
        raise subject.unfamiliar(path, written)
    return length
