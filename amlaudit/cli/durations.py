"""Durations as people write them: `90s`, `30m`, `1h30m`, `30d`."""

import click

from amlaudit.core.patterns import late_pattern

_UNITS = {"d": 86_400, "h": 3600, "m": 60, "s": 1}
_PARTS = late_pattern(r"(?:(?P<d>\d+)d)?(?:(?P<h>\d+)h)?(?:(?P<m>\d+)m)?(?:(?P<s>\d+)s)?")


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
        return float(seconds)
