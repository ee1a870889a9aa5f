"""The time that a command judges for: an option, the environment, or now."""

import os
from datetime import UTC, datetime
from typing import Final

import click

_FIRST: Final = datetime(1970, 1, 1, tzinfo=UTC)
"""The earliest time to judge for: there is no evidence from before it."""


class Moment(click.DateTime):
    """An option value that is a date or a time, UTC."""

    name = "moment"

    def __init__(self) -> None:
        """Accept both formats."""
        super().__init__(["%Y-%m-%dT%H:%M:%SZ", "%Y-%m-%d"])

    def convert(
        self, value: object, param: click.Parameter | None, ctx: click.Context | None
    ) -> datetime:
        """Return the time, without a time zone, or fail with the accepted formats."""
        try:
            at: datetime = super().convert(value, param, ctx)
        except click.BadParameter:
            self.fail(
                f'"{value}" is not a valid time: use 2026-01-31 or 2026-01-31T06:00:00Z', param, ctx
            )
        if at.replace(tzinfo=UTC) < _FIRST:
            self.fail(f'"{value}" is before {_FIRST:%Y-%m-%d}', param, ctx)
        return at


timestamp_option = click.option(
    "--timestamp",
    metavar="MOMENT",
    type=Moment(),
    help="Time of the evaluation, in UTC: 2026-01-31 or 2026-01-31T06:00:00Z; by default "
    "SOURCE_DATE_EPOCH, or now.",
)
"""The time to judge for."""


def moment(given: datetime | None) -> datetime:
    """Return the time to judge for, UTC."""
    if given:
        return given.replace(tzinfo=UTC)
    if epoch := os.environ.get("SOURCE_DATE_EPOCH"):
        try:
            return datetime.fromtimestamp(_seconds(epoch), UTC)
        except (ValueError, OverflowError, OSError) as error:
            raise click.UsageError(
                f'SOURCE_DATE_EPOCH is "{epoch}"; it takes whole seconds since 1970-01-01. '
                "Unset it, or say --timestamp."
            ) from error
    return datetime.now(UTC).replace(microsecond=0)


def _seconds(text: str) -> int:
    """Return a number of seconds since 1970.

    Raises:
        ValueError: It is not a whole number, or negative.
    """
    seconds = int(text)
    if seconds < 0:
        raise ValueError(text)
    return seconds
