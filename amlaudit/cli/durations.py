"""Durations as people write them: `90s`, `30m`, `1h30m`, `30d`."""

import click

from amlaudit.core.patterns import late_pattern

_UNITS = {"d": 86_400, "h": 3600, "m": 60, "s": 1}
_PARTS = late_pattern(
    r"(?:(?P<d>\d{1,9})d)?(?:(?P<h>\d{1,9})h)?(?:(?P<m>\d{1,9})m)?(?:(?P<s>\d{1,9})s)?"
)
_MOST_DAYS = 36_500
"""About a century: dates that much earlier still exist in the calendar."""


class DurationType(click.ParamType[float]):
    """An option value in days, hours, minutes and seconds, each with its unit."""

    name = "duration"

    def convert(
        self, value: object, param: click.Parameter | None, ctx: click.Context | None
    ) -> float:
        """Return the seconds, or fail if it is not a duration."""
        if isinstance(value, float):
            return value
        found = _PARTS.fullmatch(str(value).replace(" ", "").lower())
        seconds = (
            sum(int(number or 0) * _UNITS[unit] for unit, number in found.groupdict().items())
            if found
            else 0
        )
        if not seconds:
            self.fail(f'"{value}" is not a duration; use 90s, 30m, 1h30m or 30d', param, ctx)
        if seconds > _MOST_DAYS * _UNITS["d"]:
            self.fail(f'"{value}" is too long; the most is {_MOST_DAYS}d', param, ctx)
        return float(seconds)
