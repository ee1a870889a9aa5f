"""Identifies the kind of an input file, by its first bytes."""

from collections.abc import Mapping
from enum import StrEnum
from pathlib import Path
from typing import Any

from amlaudit.cli.auditing import policy_of
from amlaudit.cli.files import unreadable
from amlaudit.cli.moments import moment
from amlaudit.core.scope import Scope
from amlaudit.evidence.policy_file import Judging
from amlaudit.records.reports import is_report
from amlaudit.scanners.snapshot_store import is_snapshot


class Kind(StrEnum):
    """The kind of a file."""

    SNAPSHOT = "snapshot"
    REPORT = "JSON report"
    BUNDLE = "bundle"
    """Any file that is neither of the others may be one."""


def kind_of(path: Path) -> Kind:
    """Return the kind of a file.

    Raises:
        AmlauditError: It cannot be read.
    """
    try:
        if is_snapshot(path):
            return Kind.SNAPSHOT
        return Kind.REPORT if is_report(path) else Kind.BUNDLE
    except OSError as error:
        raise unreadable(path, error.strerror or str(error)) from error


def is_to_be_judged(path: Path) -> bool:
    """Tell whether a file is a snapshot, still to be judged, rather than a JSON report.

    Raises:
        AmlauditError: It is neither, or cannot be read.
    """
    kind = kind_of(path)
    if kind is Kind.BUNDLE:
        raise unreadable(path, "it is neither a snapshot nor a JSON report of amlaudit")
    return kind is Kind.SNAPSHOT


def judging_for(options: Mapping[str, Any]) -> Judging:
    """Return what to judge a snapshot by for its reports; no gate applies."""
    policy = policy_of(options["packs"], options["profile"])
    return Judging(Scope(), moment(options["timestamp"]), policy)
