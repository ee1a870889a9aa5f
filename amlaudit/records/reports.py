"""Reads back JSON reports, so that they can be compared, followed and rendered again."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from itertools import chain
from pathlib import Path
from typing import Any, Final

from amlaudit.core.errors import AmlauditError, Exit
from amlaudit.core.report import Gate, Outcome, Pack, Report, Score
from amlaudit.core.rule import Severity
from amlaudit.core.verdict import Status
from amlaudit.long_json import BrokenJsonError, members
from amlaudit.records.checklist import checklist_of
from amlaudit.records.decoding import (
    baseline_of,
    collection_of,
    gap_of,
    neighbourhood_of,
    posture_of,
    profile_of,
    resource_of,
    rule_of,
    use_of,
)
from amlaudit.records.findings import Findings, Rows, row_of
from amlaudit.records.members import (
    WRONG,
    Fields,
    cause_of,
    counts,
    decoded_in,
    each_of,
    line,
    moment,
    number,
    optional,
    text,
)
from amlaudit.sizes import LARGEST_JSON, pieces_of
from amlaudit.strict_json import START, start_of_json

MAJOR: Final = 1
"""Supported major version of the format, with any minor version."""
_SNAPSHOT: Final = b"SQLite format 3\0"
"""The first bytes of a snapshot, as of any SQLite file."""

_NOUNS: Final[Mapping[str, Callable[[Fields], object]]] = {
    "rules": rule_of,
    "resources": resource_of,
    "waivers": use_of,
    "neighbourhoods": neighbourhood_of,
    "trend": posture_of,
}
"""Readers for the members of each list in a report, except its findings."""


def read_report(path: Path) -> Report:
    """Return the report in a JSON report file; its findings are not kept in memory.

    Rules come back complete except for their check, which refuses to run. Rendering the result
    reproduces the file, byte for byte.

    Raises:
        AmlauditError: The file cannot be read, is not an amlaudit report, or has a later format.
    """
    return _read(pieces_in(path, lambda cause: _cannot_read(path, cause, "check the path")), path)


def report_of(pieces: Iterable[bytes], path: Path) -> Report:
    """Return the report in the content of a JSON report; see `read_report`.

    Args:
        pieces: The bytes of the file, in pieces.
        path: Its name in errors.
    """
    return _read(iter(pieces), path)


def is_report(path: Path) -> bool:
    """Tell from its first bytes whether a file is a JSON report, of any version."""
    with path.open("rb") as file:
        return '"schema_version"' in start_of_json(file.read(START))


def pieces_in(path: Path, refusal: Callable[[str], AmlauditError]) -> Iterator[bytes]:
    """Yield the content of a file.

    Args:
        path: The file.
        refusal: Returns the error for a file that cannot be read, given the cause.

    Raises:
        AmlauditError: It cannot be read.
    """
    try:
        yield from pieces_of(path, LARGEST_JSON)
    except OSError as error:
        raise refusal(error.strerror or str(error)) from error


def _read(pieces: Iterator[bytes], path: Path) -> Report:
    """Return the report in a text."""
    first = next(pieces, b"")
    _refuse_other_kinds(path, first)
    try:
        return _report(_document(path, chain([first], pieces)))
    except BrokenJsonError as error:
        raise _damaged(path, f"it is damaged at {error}") from error
    except (*WRONG, RecursionError) as error:
        raise _damaged(path, f"it is damaged: {cause_of(error)}") from error


def _refuse_other_kinds(path: Path, first: bytes) -> None:
    """Raise if these first bytes do not begin a JSON object."""
    if first.startswith(_SNAPSHOT):
        advice = f"create a report from it: amlaudit report {path} --report json=report.json"
        raise _cannot_read(path, "it is a snapshot", advice)
    mark = start_of_json(first).lstrip()[:1]
    if mark == "[":
        raise _unversioned(path)
    if mark not in {"", "{"}:
        raise _cannot_read(
            path, "it is not a JSON report", "use a file written by --report json=PATH"
        )


def _document(path: Path, pieces: Iterable[bytes]) -> dict[str, Any]:
    """Return the members of a report: nouns for listed items, JSON for everything else.

    Errors in a member only count once the whole file is known to be a report.
    """
    document: dict[str, Any] = {}
    wrong: Exception | None = None
    for key, value in members(pieces):
        try:
            if key == "findings":
                document[key] = Rows(decoded_in(key, value, row_of))
            elif key in _NOUNS:
                document[key] = tuple(decoded_in(key, value, _NOUNS[key]))
            elif not isinstance(value, Iterator):
                document[key] = value
        except WRONG as error:
            wrong = wrong or error
    _refuse_other_versions(path, document.get("schema_version"))
    if wrong:
        raise wrong
    return document


def _refuse_other_versions(path: Path, version: object) -> None:
    """Raise if a document is not a report, or has an unsupported format version."""
    if version is None:
        raise _unversioned(path)
    major = str(version).partition(".")[0]
    if not major.isdecimal() or int(major) != MAJOR:
        raise _not_a_report(path, f"has schema {version}", f"this version reads schema {MAJOR}")


def _report(document: Fields) -> Report:
    """Return the report in a document."""
    header, coverage = document["header"], document["coverage"]
    rules, uses = document.get("rules", ()), document.get("waivers", ())
    findings = Findings(
        document.get("findings", Rows(())),
        rules,
        document.get("resources", ()),
        [each.waiver for each in uses],
    )
    baseline, profile = document.get("baseline"), header.get("profile")
    checklist = document.get("checklist")
    return Report(
        at=moment(header, "made_for"),
        version=line(header, "version"),
        packs=tuple(each_of(header, "packs", _pack)),
        collection=collection_of(header["collection"]),
        rules=rules,
        findings=findings,
        tally={
            (Severity(severity), Status(status)): count
            for severity in document["summary"]["by_severity"]
            for status, count in counts(document["summary"]["by_severity"], severity).items()
            if count
        },
        gaps=tuple(each_of(coverage, "gaps", gap_of)),
        seen=counts(coverage, "resources"),
        score=_score(document["score"]),
        gate=_gate(document),
        profile=profile_of(profile) if profile else None,
        waivers=uses,
        waived=_waived(document["summary"]),
        accepted=_accepted(document["score"]),
        baseline=baseline_of(baseline) if baseline else None,
        trend=document.get("trend", ()),
        checklist=checklist_of(checklist) if checklist else None,
        only=tuple(map(Status, header.get("only", ()))),
        masked=optional(header, "masked"),
        neighbourhoods=document.get("neighbourhoods"),
    )


def _pack(fields: Fields) -> Pack:
    """Return a rule pack that was used."""
    return Pack(text(fields, "name"), text(fields, "sha256"), optional(fields, "version"))


def _score(fields: Fields) -> Score:
    """Return the posture."""
    return Score(number(fields, "low"), number(fields, "high"), number(fields, "coverage"))


def _accepted(fields: Fields) -> Score | None:
    """Return the posture with waived fails counted as passes, None if there are none."""
    return _score(fields["accepted"]) if "accepted" in fields else None


def _waived(summary: Fields) -> dict[Severity, int]:
    """Return the number of waived fails by severity."""
    waived = counts(summary, "waived") if "waived" in summary else {}
    return {Severity(severity): count for severity, count in waived.items() if count}


def _gate(document: Fields) -> Gate:
    """Return the gate of the run, and its result."""
    header, verdict = document["header"], document["verdict"]
    fail_on = header.get("fail_on")
    return Gate(
        Severity(fail_on) if fail_on else None,
        header["min_coverage"],
        Outcome(verdict["verdict"]),
        verdict["complete"],
        verdict.get("new_only", False),
    )


def _damaged(path: Path, cause: str) -> AmlauditError:
    """Return the error for an incomplete report."""
    return _cannot_read(path, cause, "create the report again")


def _cannot_read(path: Path, cause: str, advice: str) -> AmlauditError:
    """Return the error for a report that cannot be read."""
    return AmlauditError(
        "E302",
        f"Cannot read report {path}",
        cause=cause,
        advice=advice,
        exit_code=Exit.INPUT_OUTPUT,
    )


def _unversioned(path: Path) -> AmlauditError:
    """Return the error for a file that does not identify itself as a report."""
    return _not_a_report(path, "is not an amlaudit report", "schema_version missing")


def _not_a_report(path: Path, what: str, why: str) -> AmlauditError:
    """Return the error for a file that is not a report, or too new."""
    return AmlauditError(
        "E206",
        f"{path} {what} ({why})",
        advice="use a report written by `--report json=PATH`",
        exit_code=Exit.INVALID,
    )
