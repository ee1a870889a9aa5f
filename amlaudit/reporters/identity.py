"""Ids for formats that require unique ones."""

from collections.abc import Iterable, Iterator
from hashlib import sha256

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


def hash_of(*parts: str) -> str:
    """Return an id for something that is not a finding, derived from what identifies it."""
    return sha256("\x1f".join(parts).encode("utf-8", "surrogatepass")).hexdigest()[:32]
