"""Functions on times.

https://learn.microsoft.com/azure/governance/policy/concepts/definition-structure-policy-rule
"""

import re
from datetime import UTC, datetime, timedelta
from typing import Final

from amlaudit.language.arguments import Function, text, whole
from amlaudit.language.values import EvaluationError, moment, unsupported

_STANDARD: Final = {
    "d": "MM/dd/yyyy",
    "o": "yyyy-MM-ddTHH:mm:ss.fffffffZ",
    "s": "yyyy-MM-ddTHH:mm:ss",
    "u": "yyyy-MM-dd HH:mm:ssZ",
}
"""https://learn.microsoft.com/dotnet/standard/base-types/standard-date-and-time-format-strings"""

_CUSTOM: Final = {
    "yyyy": "%Y", "yy": "%y", "MMMM": "%B", "MMM": "%b", "MM": "%m", "dddd": "%A", "ddd": "%a",
    "dd": "%d", "HH": "%H", "hh": "%I", "mm": "%M", "ss": "%S", "tt": "%p",
}  # fmt: skip
"""https://learn.microsoft.com/dotnet/standard/base-types/custom-date-and-time-format-strings"""

_PART: Final = re.compile(r"f{1,7}|([A-Za-z])\1*|'[^']*'|[^A-Za-z']+")


def spell_time(at: datetime, wanted: object = "o") -> str:
    """Return a time in a .NET format, universal ISO 8601 where none is wanted."""
    pattern = _STANDARD.get(text(wanted).lower(), text(wanted))
    return "".join(_spell_part(at, match[0]) for match in _PART.finditer(pattern))


def _spell_part(at: datetime, part: str) -> str:
    """Return one part of a time."""
    if part in _CUSTOM:
        return at.strftime(_CUSTOM[part])
    if part.startswith("f"):
        return f"{at.microsecond:06}0"[: len(part)]
    if part.isalpha() and part not in ("T", "Z"):
        unsupported(f"utcNow(): the format {part!r} cannot be evaluated offline")
    return part.strip("'")


def add_days(start: object, days: object) -> str:
    """Return the time some days later."""
    begin = moment(text(start))
    if begin is None:
        raise EvaluationError("the text is no ISO 8601 time")
    try:
        return spell_time(begin.astimezone(UTC) + timedelta(days=whole(days)))
    except OverflowError:
        raise EvaluationError("the time lies beyond the calendar") from None


TIMES: Final = {"adddays": Function(add_days, 2, 2)}
