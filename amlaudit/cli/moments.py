"""The moment that a command judges at: what is given, what the environment says, or now."""

import os
from datetime import UTC, datetime
from typing import Any

import click


class Moment(click.DateTime):
    """An option's value that is a day or a moment, UTC."""

    name = "moment"

    def __init__(self) -> None:
        """Take both spellings."""
        super().__init__(["%Y-%m-%dT%H:%M:%SZ", "%Y-%m-%d"])

    def convert(self, value: Any, param: Any, ctx: Any) -> Any:  # noqa: ANN401 - as click has it
        """Return the moment, without a zone, or fail with how one is written."""
        try:
            return super().convert(value, param, ctx)
        except click.BadParameter:
            self.fail(
                f'"{value}" is no moment: write 2026-01-31, or 2026-01-31T06:00:00Z', param, ctx
            )


def timestamp_option(function: Any) -> Any:  # noqa: ANN401 - as click has it
    """Add the option that says for which moment something is judged."""
    return click.option(
        "--timestamp",
        metavar="MOMENT",
        type=Moment(),
        help="Moment to judge for, in UTC: 2026-01-31 or 2026-01-31T06:00:00Z; by default "
        "SOURCE_DATE_EPOCH, or now.",
    )(function)


def moment(given: datetime | None) -> datetime:
    """Return the moment that something is judged at, UTC."""
    if given:
        return given.replace(tzinfo=UTC)
    if epoch := os.environ.get("SOURCE_DATE_EPOCH"):
        try:
            return datetime.fromtimestamp(int(epoch), UTC)
        except (ValueError, OverflowError, OSError) as error:
            raise click.UsageError(
                f'SOURCE_DATE_EPOCH is "{epoch}"; it takes whole seconds since 1970-01-01. '
                "Unset it, or say --timestamp."
            ) from error
    return datetime.now(UTC).replace(microsecond=0)
