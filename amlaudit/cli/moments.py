"""The moment that a command judges at: what is given, what the environment says, or now."""

import os
from datetime import UTC, datetime
from typing import Any

import click


def timestamp_option(function: Any) -> Any:  # noqa: ANN401 - as click has it
    """Add the option that says for which moment something is judged."""
    return click.option(
        "--timestamp",
        metavar="MOMENT",
        type=click.DateTime(["%Y-%m-%dT%H:%M:%SZ", "%Y-%m-%d"]),
        help="Moment that it is judged at, UTC: 2026-01-31 or 2026-01-31T06:00:00Z; now, or "
        "SOURCE_DATE_EPOCH.",
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
