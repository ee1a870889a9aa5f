"""JSON reports read back: what was reported once can be compared, followed and rendered anew."""

import json
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any, Final, TypeVar

from amlaudit.core.errors import AmlauditError, Exit
from amlaudit.core.history import Change
from amlaudit.core.report import Finding, Gate, Outcome, Pack, Report, Score
from amlaudit.core.rule import Severity
from amlaudit.core.verdict import Status
from amlaudit.core.waiver import Waiver
from amlaudit.records.checklist import checklist_of
from amlaudit.records.members import Fields, counts, line, moment, number, text
from amlaudit.records.nouns import (
    baseline_of,
    collection_of,
    gap_of,
    neighbourhood_of,
    place_of,
    posture_of,
    profile_of,
    resource_of,
    rule_of,
    use_of,
    verdict_of,
)
from amlaudit.records.policies import policy_of
from amlaudit.sizes import LARGEST_JSON, bytes_of
from amlaudit.strict_json import load_json

MAJOR: Final = 1
"""Of the format that is read, whatever its minor version."""
_SNAPSHOT: Final = b"SQLite format 3\0"
"""How a snapshot begins, as does every file of SQLite."""

Noun = TypeVar("Noun")


def read_report(path: Path) -> Report:
    """Return the report that a JSON report holds.

    Rules come back with everything but their check, which refuses to run. Rendering what was read
    gives what was read, byte for byte.

    Raises:
        AmlauditError: The file cannot be read, is no report of amlaudit, or is of a later format.
    """
    try:
        content = bytes_of(path, LARGEST_JSON)
    except OSError as error:
        raise _cannot_read(path, error.strerror or str(error), "check the path") from error
    return report_of(content, path)


def report_of(content: bytes, path: Path) -> Report:
    """Return the report that the content of a JSON report holds; see `read_report`.

    Args:
        content: The bytes of the file.
        path: What errors call it.
    """
    if content.startswith(_SNAPSHOT):
        advice = f"make one of it: amlaudit report {path} --report json=report.json"
        raise _cannot_read(path, "it is a snapshot", advice)
    if content.lstrip()[:1] not in {b"", b"{", b"["}:
        raise _cannot_read(path, "it is no JSON report", "give what --report json=PATH wrote")
    try:
        document = load_json(content)
    except json.JSONDecodeError as error:
        cause = f"it is damaged at line {error.lineno}, column {error.colno}: {error.msg}"
        raise _damaged(path, cause) from error
    except (ValueError, RecursionError) as error:
        raise _damaged(path, f"it is damaged: {error}") from error
    _refuse_foreign(path, document)
    try:
        return _report(document)
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise _damaged(path, f"it is damaged: {_told(error)}") from error


def is_report(path: Path) -> bool:
    """Tell by its first bytes whether a file is a JSON report, of whatever version."""
    with path.open("rb") as file:
        return b'"schema_version"' in file.read(200)


def _refuse_foreign(path: Path, document: object) -> None:
    """Raise if a document is no report, or one of a format that nobody here knows."""
    version = document.get("schema_version") if isinstance(document, dict) else None
    if version is None:
        raise _not_a_report(path, "is not an amlaudit report", "schema_version missing")
    major = str(version).partition(".")[0]
    if not major.isdecimal() or int(major) != MAJOR:
        raise _not_a_report(
            path, f"was made by schema {version}", f"this version reads schema {MAJOR}"
        )


def _report(document: Fields) -> Report:
    """Return the report of a document."""
    header, coverage = document["header"], document["coverage"]
    rules = tuple(_each(document, "rules", rule_of))
    uses = tuple(_each(document, "waivers", use_of))
    findings = tuple(_findings(document, rules, [each.waiver for each in uses]))
    baseline, profile = document.get("baseline"), header.get("profile")
    checklist = document.get("checklist")
    return Report(
        at=moment(header, "made_for"),
        version=line(header, "version"),
        packs=tuple(_each(header, "packs", _pack)),
        collection=collection_of(header["collection"]),
        rules=rules,
        findings=findings,
        tally={
            (Severity(severity), Status(status)): count
            for severity in document["summary"]["by_severity"]
            for status, count in counts(document["summary"]["by_severity"], severity).items()
            if count
        },
        gaps=tuple(_each(coverage, "gaps", gap_of)),
        seen=counts(coverage, "resources"),
        score=_score(document["score"]),
        gate=_gate(document),
        profile=profile_of(profile) if profile else None,
        waivers=uses,
        waived=_waived(document["summary"]),
        accepted=_accepted(document["score"]),
        baseline=baseline_of(baseline) if baseline else None,
        trend=tuple(_each(document, "trend", posture_of)),
        checklist=checklist_of(checklist) if checklist else None,
        only=tuple(map(Status, header.get("only", ()))),
        masked=text(header, "masked") if "masked" in header else "",
        neighbourhoods=tuple(_each(document, "neighbourhoods", neighbourhood_of))
        if "neighbourhoods" in document
        else None,
    )


def _pack(fields: Fields) -> Pack:
    """Return a rule pack that took part."""
    version = text(fields, "version") if "version" in fields else ""
    return Pack(text(fields, "name"), text(fields, "sha256"), version)


def _score(fields: Fields) -> Score:
    """Return the posture."""
    return Score(number(fields, "low"), number(fields, "high"), number(fields, "coverage"))


def _accepted(fields: Fields) -> Score | None:
    """Return the posture if waived fails counted as passes, None if there are none."""
    return _score(fields["accepted"]) if "accepted" in fields else None


def _waived(summary: Fields) -> dict[Severity, int]:
    """Return the number of waived fails by severity."""
    waived = counts(summary, "waived") if "waived" in summary else {}
    return {Severity(severity): count for severity, count in waived.items() if count}


def _gate(document: Fields) -> Gate:
    """Return what the run was measured against, and how it came out."""
    header, verdict = document["header"], document["verdict"]
    fail_on = header.get("fail_on")
    return Gate(
        Severity(fail_on) if fail_on else None,
        header["min_coverage"],
        Outcome(verdict["verdict"]),
        verdict["complete"],
        verdict.get("new_only", False),
    )


def _findings(
    document: Fields, rules: Iterable[Any], waivers: Iterable[Waiver]
) -> Iterator[Finding]:
    """Yield the findings, with the rules, resources and waivers that they name."""
    by_rule = {each.id: each for each in rules}
    resources = {each.id: each for each in _each(document, "resources", resource_of)}
    by_waiver = {each.id: each for each in waivers}

    def read(fields: Fields) -> Finding:
        waiver, change = fields.get("waiver_id"), fields.get("baseline_state")
        first_seen = fields.get("first_seen")
        rule, severity = by_rule[fields["rule_id"]], Severity(fields["severity"])
        return Finding(
            rule if rule.severity is severity else replace(rule, severity=severity),
            resources[fields["resource_id"]],
            verdict_of(fields),
            text(fields, "subject_key"),
            by_waiver[waiver] if waiver else None,
            Change(change) if change else None,
            datetime.fromisoformat(first_seen) if first_seen else None,
            tuple(_each(fields, "policies", policy_of)),
            place_of(fields.get("place")),
        )

    yield from _each(document, "findings", read)


def _each(fields: Fields, key: str, read: Callable[[Fields], Noun]) -> Iterator[Noun]:
    """Yield the nouns of a list, which only a later minor version made a part of the format."""
    for place, member in enumerate(fields.get(key, ())):
        try:
            yield read(member)
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            raise ValueError(f"{key}[{place}]: {_told(error)}") from error


def _told(error: Exception) -> str:
    """Return what is wrong, in words that help."""
    return f"{error} is missing" if isinstance(error, KeyError) else str(error)


def _damaged(path: Path, cause: str) -> AmlauditError:
    """Return the error for a report that is not whole."""
    return _cannot_read(path, cause, "make the report again")


def _cannot_read(path: Path, cause: str, advice: str) -> AmlauditError:
    """Return the error for a report that cannot be read."""
    return AmlauditError(
        "E302",
        f"Cannot read report {path}",
        cause=cause,
        advice=advice,
        exit_code=Exit.INPUT_OUTPUT,
    )


def _not_a_report(path: Path, what: str, why: str) -> AmlauditError:
    """Return the error for a file that is something else, or too new."""
    return AmlauditError(
        "E206",
        f"{path} {what} ({why})",
        advice="give a report that `--report json=PATH` wrote",
        exit_code=Exit.INVALID,
    )
