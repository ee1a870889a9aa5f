"""What a report is compared with, read back: a baseline, or an earlier JSON report."""

from pathlib import Path
from typing import Final

from amlaudit.core.errors import AmlauditError, Exit
from amlaudit.core.history import Past
from amlaudit.engine.baseline import past_of
from amlaudit.records.members import Fields, moment
from amlaudit.records.nouns import earlier_of
from amlaudit.records.reports import report_of
from amlaudit.sizes import LARGEST_JSON, bytes_of
from amlaudit.strict_json import load_json

MAJOR: Final = "1"
"""Of the format of baselines that is read, whatever its minor version."""


def read_past(path: Path) -> Past:
    """Return what a baseline or a JSON report found.

    Raises:
        AmlauditError: The file cannot be read, or is neither.
    """
    try:
        content = bytes_of(path, LARGEST_JSON)
    except OSError as error:
        raise _unreadable(path, error.strerror or str(error)) from error
    if not is_baseline(content):
        return past_of(report_of(content, path), path.name)
    try:
        return _past(load_json(content), path)
    except (KeyError, TypeError, ValueError, AttributeError, RecursionError) as error:
        raise _unreadable(path, f"it is damaged: {error}") from error


def is_baseline(content: bytes) -> bool:
    """Tell by its first bytes whether a file is a baseline, of whatever version."""
    return b'"baseline_version"' in content[:200]


def _past(document: Fields, path: Path) -> Past:
    """Return the baseline of a document."""
    version = str(document["baseline_version"])
    if version.partition(".")[0] != MAJOR:
        raise AmlauditError(
            "E206",
            f"{path} was made by baseline format {version} (this version reads {MAJOR})",
            advice="give a baseline that `amlaudit baseline create` wrote",
            exit_code=Exit.INVALID,
        )
    findings = map(earlier_of, document["findings"])
    made_for = moment(document, "made_for")
    return Past(path.name, made_for, {each.id: each for each in findings})


def _unreadable(path: Path, cause: str) -> AmlauditError:
    """Return the error for a file that cannot be read."""
    return AmlauditError(
        "E302",
        f"Cannot read baseline {path}",
        cause=cause,
        advice="give what `amlaudit baseline create` or --report json=PATH wrote",
        exit_code=Exit.INPUT_OUTPUT,
    )
