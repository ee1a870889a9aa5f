"""How long to wait before a read is retried, and what Azure's headers say about it."""

from collections.abc import Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from math import isfinite
from typing import Final

from msgspec import Struct

_MILLISECONDS: Final = ("retry-after-ms", "x-ms-retry-after-ms")
_RESETS_AFTER: Final = "x-ms-user-quota-resets-after"
_QUERIES_LEFT: Final = "x-ms-user-quota-remaining"
_READS_LEFT: Final = (
    "x-ms-ratelimit-remaining-subscription-reads",
    "x-ms-ratelimit-remaining-subscription-global-reads",
    "x-ms-ratelimit-remaining-tenant-reads",
)
"""https://learn.microsoft.com/azure/azure-resource-manager/management/request-limits-and-throttling"""

Headers = Mapping[str, str]
"""Headers of an answer, as a mapping with case-insensitive lookup."""


class Patience(Struct, frozen=True):
    """How long a throttled or failing read is retried.

    Attributes:
        retries: Maximum number of retries after the first try.
        longest_wait_seconds: Maximum wait before a retry, whatever Azure asks for.
        backoff_seconds: Initial backoff, doubled for each retry when Azure does not ask for a wait.
        longest_read_seconds: Time limit for receiving an answer completely, however slowly it
            drips; a read whose tries took that long, not counting waits, is not retried either.
    """

    retries: int = 5
    longest_wait_seconds: float = 60.0
    backoff_seconds: float = 0.8
    longest_read_seconds: float = 300.0

    def wait(self, tried: int, asked: float | None, jitter: float) -> float:
        """Return the seconds to wait before the next try.

        Args:
            tried: Number of tries so far, 1 or more.
            asked: Seconds that Azure asks for, None if it does not.
            jitter: 0 to 1; spreads out requests that were refused together.
        """
        if asked is not None:
            return min(asked, self.longest_wait_seconds)
        # 2^30 units exceed any longest wait
        full = self.backoff_seconds * float(1 << min(tried - 1, 30))
        return min(full, self.longest_wait_seconds) * (0.5 + jitter / 2)


def asked_wait(headers: Headers, now: datetime) -> float | None:
    """Return the seconds that an answer asks to wait, None if it does not say.

    Args:
        headers: Headers of an answer.
        now: The current time, UTC, used if the answer has no date of its own.
    """
    for name in _MILLISECONDS:
        if (milliseconds := _number(headers.get(name, ""))) is not None:
            return milliseconds / 1000
    written = headers.get("retry-after", "")
    seconds = _number(written)
    if seconds is None and (until := http_date(written)):
        # Measured on Azure's clock, if the answer has its time: ours may be wrong.
        seconds = max(0.0, (until - (http_date(headers.get("date", "")) or now)).total_seconds())
    return duration(headers.get(_RESETS_AFTER, "")) if seconds is None else seconds


def quota_wait(headers: Headers) -> float | None:
    """Return the seconds until the graph may be queried again, None if it may be at once."""
    if _number(headers.get(_QUERIES_LEFT, "")) != 0:
        return None
    return duration(headers.get(_RESETS_AFTER, ""))


def queries_left(headers: Headers) -> int | None:
    """Return the number of queries that the graph still allows, None if not stated."""
    number = _number(headers.get(_QUERIES_LEFT, ""))
    return None if number is None else int(number)


def reads_left(headers: Headers) -> int | None:
    """Return the reads that Azure still allows, by its tightest limit, None if not stated."""
    numbers = (_number(headers.get(name, "")) for name in _READS_LEFT)
    return min((int(each) for each in numbers if each is not None), default=None)


def duration(text: str) -> float | None:
    """Return the seconds of `hh:mm:ss`, None if it has another form."""
    parts = [_number(part) for part in text.split(":")]
    match parts:
        case [float(hours), float(minutes), float(seconds)]:
            return hours * 3600 + minutes * 60 + seconds
        case _:
            return None


def http_date(text: str) -> datetime | None:
    """Return the time of an HTTP date in any of its forms, UTC, None if it is not one."""
    try:
        found = parsedate_to_datetime(text)
    except (ValueError, OverflowError):
        return None
    return found.replace(tzinfo=UTC) if found.tzinfo is None else found


def _number(text: str) -> float | None:
    """Return a number of 0 or more, None if the string is not one."""
    try:
        number = float(text)
    except ValueError:
        return None
    return number if isfinite(number) and number >= 0 else None
