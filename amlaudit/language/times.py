"""Functions on times.

https://learn.microsoft.com/azure/governance/policy/concepts/definition-structure-policy-rule
"""

from calendar import monthrange
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Final

from amlaudit.core.patterns import late_pattern
from amlaudit.language.arguments import Function, text, whole
from amlaudit.language.values import EvaluationError, moment, unsupported

_STANDARD: Final = {
    "d": "MM/dd/yyyy",
    "D": "dddd, dd MMMM yyyy",
    "g": "MM/dd/yyyy HH:mm",
    "G": "MM/dd/yyyy HH:mm:ss",
    "o": "yyyy-MM-ddTHH:mm:ss.fffffffZ",
    "O": "yyyy-MM-ddTHH:mm:ss.fffffffZ",
    "r": "ddd, dd MMM yyyy HH:mm:ss 'GMT'",
    "R": "ddd, dd MMM yyyy HH:mm:ss 'GMT'",
    "s": "yyyy-MM-ddTHH:mm:ss",
    "t": "HH:mm",
    "T": "HH:mm:ss",
    "u": "yyyy-MM-dd HH:mm:ssZ",
}
"""https://learn.microsoft.com/dotnet/standard/base-types/standard-date-and-time-format-strings"""

_CUSTOM: Final = {
    "yyyy": "%Y", "yy": "%y", "MMMM": "%B", "MMM": "%b", "MM": "%m", "dddd": "%A", "ddd": "%a",
    "dd": "%d", "HH": "%H", "hh": "%I", "mm": "%M", "ss": "%S", "tt": "%p",
}  # fmt: skip
"""https://learn.microsoft.com/dotnet/standard/base-types/custom-date-and-time-format-strings"""

_NUMBERS: Final[Mapping[str, Callable[[datetime], int]]] = {
    "M": lambda at: at.month,
    "d": lambda at: at.day,
    "H": lambda at: at.hour,
    "h": lambda at: (at.hour - 1) % 12 + 1,
    "m": lambda at: at.minute,
    "s": lambda at: at.second,
}
"""Parts without a leading zero, used next to others."""

_WITH_SPACE: Final = "M/d/yyyy h:mm:ss tt"
"""The format of a sum whose start has a space instead of the `T`."""

_SHORT: Final = "yyyy-MM-ddTHH:mm:ssZ"
_LENGTH: Final = late_pattern(
    r"(-)?P(?=.)(?:(\d+)Y)?(?:(\d+)M)?(?:(\d+)W)?(?:(\d+)D)?"
    r"(?:T(?=.)(?:(\d+)H)?(?:(\d+)M)?(?:(\d+(?:\.\d+)?)S)?)?"
)

_PART: Final = late_pattern(r"f{1,7}|([A-Za-z])\1*|'[^']*'|[^A-Za-z']+")


def spell_time(at: datetime, wanted: object = "o") -> str:
    """Return a time in a .NET format, universal ISO 8601 by default."""
    pattern = _STANDARD.get(text(wanted), text(wanted))
    return "".join(_spell_part(at, match[0]) for match in _PART.finditer(pattern))


def _spell_part(at: datetime, part: str) -> str:
    """Return one part of a time."""
    if part in _CUSTOM:
        return at.strftime(_CUSTOM[part])
    if part in _NUMBERS:
        return str(_NUMBERS[part](at))
    if part.startswith("f"):
        return f"{at.microsecond:06}0"[: len(part)]
    if part.isalpha() and part not in ("T", "Z"):
        unsupported(f"utcNow(): the format {part!r} cannot be evaluated offline")
    return part.strip("'")


def add_days(start: object, days: object) -> str:
    """Return a time plus some days."""
    begin = moment(text(start))
    if begin is None:
        raise EvaluationError("the text is not an ISO 8601 time")
    try:
        return spell_time(begin.astimezone(UTC) + timedelta(days=whole(days)))
    except OverflowError:
        raise EvaluationError("the time is out of range") from None


def add_duration(start: object, length: object, wanted: object = None) -> str:
    """Return a time plus an ISO 8601 duration, which may be negative, in the format of its start.

    https://learn.microsoft.com/azure/azure-resource-manager/templates/template-functions-date
    """
    begin, found = moment(text(start).replace(" ", "T", 1)), _LENGTH.fullmatch(text(length))
    if begin is None or not found:
        raise EvaluationError("expected a time and a duration in ISO 8601")
    sign = -1 if found[1] else 1
    years, months, weeks, days, hours, minutes, seconds = (
        sign * float(part or 0) for part in found.groups()[1:]
    )
    rest = timedelta(weeks=weeks, days=days, hours=hours, minutes=minutes, seconds=seconds)
    try:
        later = _months_later(begin.astimezone(UTC), int(12 * years + months)) + rest
    except (OverflowError, ValueError):
        raise EvaluationError("the time is out of range") from None
    written = _WITH_SPACE if " " in text(start) else _SHORT
    return spell_time(later, written if wanted is None else wanted)


def _months_later(at: datetime, months: int) -> datetime:
    """Return a time plus some months, on the last day of the month if it lacks the day."""
    year, month = divmod(at.year * 12 + at.month - 1 + months, 12)
    last = monthrange(year, month + 1)[1]
    return at.replace(year=year, month=month + 1, day=min(at.day, last))


def from_epoch(seconds: object) -> str:
    """Return the time some seconds after the start of 1970."""
    try:
        return spell_time(datetime.fromtimestamp(whole(seconds), UTC), _SHORT)
    except (OverflowError, OSError, ValueError):
        raise EvaluationError("the time is out of range") from None


def to_epoch(at: object) -> int:
    """Return the seconds from the start of 1970 to a time."""
    found = moment(text(at))
    if found is None:
        raise EvaluationError("the text is not an ISO 8601 time")
    return int(found.timestamp())


TIMES: Final = {
    "adddays": Function(add_days, 2, 2),
    "datetimeadd": Function(add_duration, 2, 3),
    "datetimefromepoch": Function(from_epoch, 1, 1),
    "datetimetoepoch": Function(to_epoch, 1, 1),
}
