"""Checks a JSON report by itself: is it consistent, and written the way amlaudit writes it?

This detects accidents and clumsy forgeries. Only a bundle can show who made a report, and whether
its findings are true.
"""

from collections import Counter
from collections.abc import Iterable, Iterator
from itertools import zip_longest
from pathlib import Path

from msgspec import Struct

from amlaudit import __version__
from amlaudit.core.report import Report, tally_of
from amlaudit.engine.gate import accepted_score, counts, gate, is_empty, score
from amlaudit.records.reports import read_report
from amlaudit.reporters.encoding import utc
from amlaudit.reporters.json import stream


class Consistency(Struct, frozen=True):
    """The result of checking a report by itself.

    Attributes:
        version: Version of amlaudit that made it.
        made_for: The time that it is made for.
        findings: Number of its findings.
        problems: Its inconsistencies, in words.
    """

    version: str
    made_for: str
    findings: int
    problems: tuple[str, ...]


def check_report(path: Path) -> Consistency:
    """Return the result of checking a JSON report by itself.

    Raises:
        AmlauditError: It cannot be read, or is not a report.
    """
    report = read_report(path)
    problems = (*_contradictions(report), *_otherwise_spelled(report, path))
    return Consistency(report.version, utc(report.at), len(report.findings), problems)


def _contradictions(report: Report) -> Iterator[str]:
    """Yield the contradictions between a report's findings and its figures."""
    if not report.only:
        found, tally = tally_of(report.findings), Counter(report.tally)
        for severity, status in sorted(found.keys() | tally.keys()):
            key = severity, status
            if found[key] != tally[key]:
                yield f"{found[key]:,} findings are {severity} {status}, {tally[key]:,} are counted"
        waived = Counter(each.rule.severity for each in report.findings if each.waiver)
        if waived != Counter(report.waived):
            yield "the waived fails do not match the counts"
        if report.gate != _gate_of(report):
            yield f"the verdict {report.gate.outcome} does not follow from the findings"
    if report.score != score(report.tally):
        yield "the posture does not follow from the counts"
    if report.accepted != accepted_score(report.tally, report.waived):
        yield "the posture with accepted risk does not follow from the counts"


def _gate_of(report: Report) -> object:
    """Return the verdict that follows from the findings."""
    recorded = report.gate
    counted = (each for each in report.findings if counts(each, new_only=recorded.new_only))
    return gate(
        tally_of(counted),
        score(report.tally),
        recorded.fail_on,
        recorded.min_coverage,
        empty=is_empty(
            report.tally, report.seen, report.collection.scope.workspaces, report.neighbourhoods
        ),
        new_only=recorded.new_only,
        cut_off=report.collection.ended_at is None,
    )


def _otherwise_spelled(report: Report, path: Path) -> Iterator[str]:
    """Yield the first line that amlaudit writes differently, including ids of findings.

    Another version may write differently; its reports are not checked for this.
    """
    if report.version != __version__:
        return
    with path.open("rb") as file:
        pairs = zip_longest(file, _lines(stream(report)))
        differing = (count for count, (there, here) in enumerate(pairs, 1) if there != here)
        if number := next(differing, 0):
            yield f"line {number} differs from what amlaudit {report.version} writes"


def _lines(pieces: Iterable[str]) -> Iterator[bytes]:
    """Yield the lines of a text including their line breaks, as bytes."""
    begun: list[str] = []
    for piece in pieces:
        first, *others = piece.split("\n")
        begun.append(first)
        for each in others:
            yield "".join([*begun, "\n"]).encode()
            begun = [each]
    if rest := "".join(begun):
        yield rest.encode()
