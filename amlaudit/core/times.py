"""Times and durations, as Azure's documents write them."""

import re
from datetime import UTC, datetime
from typing import Final

from amlaudit.core.patterns import late_pattern

_LENGTH: Final = late_pattern(
    r"P(?=T?\d)(?:(\d+)D)?(?:T(?=\d)(?:(\d+)H)?(?:(\d+)M)?(?:(\d+(?:\.\d+)?)S)?)?", re.IGNORECASE
)
_SECONDS: Final = (86_400, 3_600, 60, 1)
"""Seconds in a day, an hour, a minute and a second."""


def time_of(value: object) -> datetime | None:
    """Return the time that a value represents, timezone-aware; None if it represents none.

    ISO 8601, where a date alone means midnight and a time without a zone is UTC; or seconds since
    1970, as Key Vault counts them.
    """
    try:
        if isinstance(value, str):
            moment = datetime.fromisoformat(value)
            return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
        if isinstance(value, int | float) and not isinstance(value, bool):
            return datetime.fromtimestamp(value, UTC)
    except (ValueError, OverflowError, OSError):
        pass
    return None


def seconds_of(value: object) -> float | None:
    """Return the duration that an ISO 8601 text represents, in seconds; None if it is none.

    Only days, hours, minutes and seconds: months and years have no fixed length. Seconds can have
    a fraction; a number of whole seconds is an integer.
    """
    found = _LENGTH.fullmatch(value) if isinstance(value, str) else None
    if not found:
        return None
    counts = zip(found.groups(default="0"), _SECONDS, strict=True)
    return sum(
        (int(count) if count.isdecimal() else float(count)) * seconds for count, seconds in counts
    )
