"""Rule cases: small estates stored next to a rule, each with the verdict the rule must give.

A case states what matters and leaves the rest to the builder: ids are made up, and a relation that
the case lists (even as empty) is known to be complete, while one it does not list was not read.
"""

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from msgspec import Struct

from amlaudit.core.estate import Estate
from amlaudit.core.resource import Origin, Resource
from amlaudit.core.rule import Rule
from amlaudit.core.verdict import Status, Verdict
from amlaudit.engine.evaluate import judge
from amlaudit.rulebook.case_builder import CaseBuilder, made_up_id
from amlaudit.strict_yaml import Keys, Node, read_yaml

_READ_AT: Final = datetime(2026, 1, 1, tzinfo=UTC)
_API_VERSION: Final = "2026-01-01"
"""The API version of a case that names none: newer than any property that rules read."""
_EQUIVALENT: Final = "equivalent"
_FILE_KEYS: Final = (*Status, _EQUIVALENT)
_KEYS: Final = ("name", "body", "links", "gaps", "api_version", "message", "whole")


class Case(Struct, frozen=True):
    """One small estate and the verdict that a rule must give on its subject.

    Attributes:
        name: What the case shows.
        place: Where it is written, `file:line:column`.
        expected: The status that the rule must give.
        message: A text that the verdict's message must contain; empty: any message.
        subject: The resource to judge.
        estate: Its surroundings.
        is_whole: Whether its documents have all that Azure shows, not only what matters.
    """

    name: str
    place: str
    expected: Status
    message: str
    subject: Resource
    estate: Estate
    is_whole: bool = False

    def judge(self, rule: Rule) -> Verdict:
        """Return the verdict that a rule gives on the case."""
        return judge(rule, self.subject, self.estate)

    def agrees(self, verdict: Verdict) -> bool:
        """Tell whether a verdict is the expected one."""
        return verdict.status is self.expected and self.message in verdict.message


def read_cases(path: Path, shown_as: str, rule: Rule) -> Iterator[Case]:
    """Yield the cases of a rule.

    Raises:
        AmlauditError: The file is not a list of cases; the message names file, line and column.
    """
    keys = _read_file(path, shown_as)
    for status, cases in keys.items():
        if status != _EQUIVALENT:
            for node in cases.items():
                yield _read_case(node, Status(status), rule.applies_to)


def read_equivalents(path: Path, shown_as: str) -> dict[str, str]:
    """Return the reasons why mutants are equivalent to the rule, by what was changed.

    Raises:
        AmlauditError: An exception is invalid; the message names file, line and column.
    """
    keys = _read_file(path, shown_as)
    found: dict[str, str] = {}
    for node in keys.read(_EQUIVALENT, Node.items, ()):
        known = ("mutant", "because")
        entry = node.mapping(known, "an exception", needed=known)
        mutant = entry["mutant"].text()
        if mutant in found:
            node.error(f'duplicate exception "{mutant}"')
        found[mutant] = entry["because"].text()
    return found


def _read_file(path: Path, shown_as: str) -> Keys:
    """Read a case file and return its nodes by top-level key."""
    return read_yaml(path, shown_as).mapping(_FILE_KEYS, "a file of cases")


def _read_case(node: Node, expected: Status, arm_type: str) -> Case:
    """Read one case."""
    keys = node.mapping(_KEYS, "a case")
    if "name" not in keys:
        node.error("a case needs a name")
    version = keys.read("api_version", Node.text, _API_VERSION)
    builder = CaseBuilder(Origin("case", version, _READ_AT))
    subject = builder.add(keys, arm_type, made_up_id(arm_type, "subject"))
    is_whole = keys.read("whole", Node.boolean, default=False)
    if is_whole:
        try:
            builder.make_whole()
        except KeyError as error:
            keys["whole"].error(f"no complete document of {error} is available")
    return Case(
        name=keys["name"].text(),
        place=node.place,
        expected=expected,
        message=keys.read("message", Node.text, ""),
        subject=subject,
        estate=Estate(builder.store(subject)),
        is_whole=is_whole,
    )
