"""Results of earlier runs: a folder with a small record of each, compared like with like.

A series is all runs of one scope under one profile; only these are compared with each other.
"""

from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from amlaudit.core.errors import AmlauditError, Exit
from amlaudit.core.history import Posture
from amlaudit.core.report import Report
from amlaudit.engine.course import series_of
from amlaudit.records import decoding
from amlaudit.sizes import LARGEST_SOURCE, bytes_of
from amlaudit.strict_json import load_json

MAX_POINTS: Final = 52
"""Earlier runs that a report shows: a year of weekly ones."""

_MOMENT: Final = "%Y%m%dT%H%M%SZ"


def read_trend(folder: Path, report: Report) -> tuple[Posture, ...]:
    """Return the results of earlier runs in a report's series, oldest first.

    Raises:
        AmlauditError: A record cannot be read, or is not a record.
    """
    end = name_of(report)
    paths = sorted(folder.glob(f"run-{series_of(report).id}-*.json"))
    return tuple(_read(each) for each in [each for each in paths if each.name < end][-MAX_POINTS:])


def name_of(report: Report) -> str:
    """Return the name of a report's record; names within a series sort chronologically."""
    return f"run-{series_of(report).id}-{_stamp(report.at)}.json"


def _stamp(at: datetime) -> str:
    """Return a time as part of a name, to the second."""
    return at.astimezone(UTC).strftime(_MOMENT)


def _read(path: Path) -> Posture:
    """Return the record of a run."""
    try:
        return decoding.posture_of(load_json(bytes_of(path, LARGEST_SOURCE)))
    except (OSError, KeyError, TypeError, ValueError, AttributeError) as error:
        raise AmlauditError(
            "E302",
            f"Cannot read record {path}",
            cause=str(error),
            advice="remove it from the folder given by --history",
            exit_code=Exit.INPUT_OUTPUT,
        ) from error
