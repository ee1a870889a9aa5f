"""Reads back what a report is compared with: a baseline, or an earlier JSON report."""

from collections.abc import Iterable
from functools import partial
from itertools import chain
from pathlib import Path
from typing import Any, Final

from amlaudit.core.errors import AmlauditError, Exit
from amlaudit.core.history import Earlier, Past
from amlaudit.engine.baseline import past_of
from amlaudit.long_json import BrokenJsonError, members
from amlaudit.records.decoding import earlier_of
from amlaudit.records.members import WRONG, cause_of, decoded_in, moment
from amlaudit.records.reports import pieces_in, report_of
from amlaudit.strict_json import start_of_json

MAJOR: Final = "1"
"""Supported major version of the baseline format, with any minor version."""


def read_past(path: Path) -> Past:
    """Return the findings of a baseline or a JSON report.

    Raises:
        AmlauditError: The file cannot be read, or is neither.
    """
    pieces = pieces_in(path, partial(_unreadable, path))
    first = next(pieces, b"")
    if not is_baseline(first):
        return past_of(report_of(chain([first], pieces), path), path.name)
    try:
        return _past(chain([first], pieces), path)
    except BrokenJsonError as error:
        raise _unreadable(path, f"it is damaged at {error}") from error
    except (*WRONG, RecursionError) as error:
        raise _unreadable(path, f"it is damaged: {cause_of(error)}") from error


def is_baseline(content: bytes) -> bool:
    """Tell from its first bytes whether a file is a baseline, of any version."""
    return '"baseline_version"' in start_of_json(content)


def _past(pieces: Iterable[bytes], path: Path) -> Past:
    """Return the baseline in a text."""
    document: dict[str, Any] = {}
    findings: dict[str, Earlier] = {}
    for key, value in members(pieces):
        document[key] = value
        if key == "baseline_version":
            _refuse_other_versions(value, path)
        elif key == "findings":
            findings.update((each.id, each) for each in decoded_in(key, value, earlier_of))
    if missing := {"baseline_version", "findings"} - document.keys():
        raise KeyError(min(missing))
    return Past(path.name, moment(document, "made_for"), findings)


def _refuse_other_versions(version: object, path: Path) -> None:
    """Raise if a baseline has an unsupported format version."""
    if str(version).partition(".")[0] != MAJOR:
        raise AmlauditError(
            "E206",
            f"{path} has baseline format {version} (this version reads {MAJOR})",
            advice="use a baseline written by `amlaudit baseline create`",
            exit_code=Exit.INVALID,
        )


def _unreadable(path: Path, cause: str) -> AmlauditError:
    """Return the error for a file that cannot be read."""
    return AmlauditError(
        "E302",
        f"Cannot read {path}",
        cause=cause,
        advice="use a file written by `amlaudit baseline create` or --report json=PATH",
        exit_code=Exit.INPUT_OUTPUT,
    )
