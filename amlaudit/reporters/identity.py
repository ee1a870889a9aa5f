"""Ids for formats that require unique ones for findings."""

from collections.abc import Iterable, Iterator

from amlaudit.core.report import Finding


def distinct(findings: Iterable[Finding]) -> Iterator[tuple[Finding, str]]:
    """Yield findings in their order, each with a unique id.

    Where two gaps hide the same resources of one scope, a rule has a finding for each of them, both
    with the same id; these are consecutive.
    """
    last, count = "", 0
    for finding in findings:
        key = finding.id
        count = count + 1 if key == last else 1
        last = key
        yield finding, key if count == 1 else f"{key}-{count}"
