"""Frameworks with their authors' numbering, and how far rules answer their controls."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping
from enum import StrEnum
from typing import Final

from msgspec import Struct

from amlaudit.core.patterns import late_pattern
from amlaudit.core.rule import Rule
from amlaudit.core.verdict import Status


def _numbered(families: Mapping[str, int], leave_out: Iterable[str] = ()) -> tuple[str, ...]:
    """Return the ids in families of controls that are numbered from one."""
    ids = (f"{name}{number}" for name, last in families.items() for number in range(1, last + 1))
    return tuple(each for each in ids if each not in set(leave_out))


CATALOGUES: Final[Mapping[str, tuple[str, ...]]] = {
    # https://learn.microsoft.com/security/benchmark/azure/overview
    "mcsb": _numbered(
        {"NS-": 10, "IM-": 9, "PA-": 8, "DP-": 8, "AM-": 5, "LT-": 7, "IR-": 7, "PV-": 7}
        | {"ES-": 3, "BR-": 4, "DS-": 7, "GS-": 11, "AI-": 7}
    ),
    # https://csrc.nist.gov/pubs/sp/800/53/r5/upd1/final, withdrawn controls left out
    "nist_800_53_r5": _numbered(
        {"AC-": 25, "AT-": 6, "AU-": 16, "CA-": 9, "CM-": 14, "CP-": 13, "IA-": 12, "IR-": 10}
        | {"MA-": 7, "MP-": 8, "PE-": 23, "PL-": 11, "PM-": 32, "PS-": 9, "PT-": 8, "RA-": 10}
        | {"SA-": 23, "SC-": 51, "SI-": 23, "SR-": 12},
        (
            *("AC-13", "AC-15", "AT-5", "AU-15", "CA-4", "CP-5", "IR-10", "PE-7", "PL-3", "PL-5"),
            *("PL-6", "RA-4", "SA-6", "SA-7", "SA-12", "SA-13", "SA-14", "SA-18", "SA-19", "SC-9"),
            *("SC-14", "SC-19", "SC-33", "SI-9"),
        ),
    ),
    # https://www.iso.org/standard/27001, Annex A
    "iso_27001_2022": _numbered({"A.5.": 37, "A.6.": 8, "A.7.": 14, "A.8.": 34}),
    # https://learn.microsoft.com/azure/well-architected/pillars
    "waf": (
        *("Cost Optimization", "Operational Excellence", "Performance Efficiency"),
        *("Reliability", "Security"),
    ),
}
"""Ids of all controls, where they are known here; for other frameworks, only those in rules."""

_DIGITS: Final = late_pattern(r"(\d+)")


class Answer(StrEnum):
    """How far the rules answer a control."""

    FAILS = "fails"
    """A rule fails."""
    NOT_FULLY_ASSESSED = "not fully assessed"
    """No rule fails, but one is unknown."""
    FOR_PEOPLE = "for people to answer"
    """Nothing fails and nothing is unknown, but a question is open."""
    PASSES = "passes"
    """Every rule that had something to judge passes."""
    NOTHING_TO_JUDGE = "nothing to judge"
    """There are rules, but the estate has nothing that they apply to."""
    LEFT_OUT = "left out of this report"
    """There are rules, but the report omits the findings that would tell."""
    NOT_COVERED = "not covered by this tool"
    """There is no rule: never to be read as a pass."""


class Control(Struct, frozen=True):
    """A control of a framework and its outcome.

    Attributes:
        id: Its id in the framework.
        rules: Ids of the rules that are mapped to it.
        counts: Number of their findings by status.
        answer: How far they answer it.
    """

    id: str
    rules: tuple[str, ...]
    counts: Counter[Status]
    answer: Answer


def controls(
    rules: Iterable[Rule], by_rule: Mapping[str, Counter[Status]], *, partial: bool = False
) -> dict[str, list[Control]]:
    """Return the controls of every framework that rules name, by its key.

    Args:
        rules: The rules.
        by_rule: Number of their findings by status.
        partial: The report keeps only some findings: nothing follows from missing ones.
    """
    mapped: defaultdict[str, defaultdict[str, list[str]]] = defaultdict(lambda: defaultdict(list))
    for rule in rules:
        for name, ids in rule.mappings.items():
            for each in ids:
                mapped[name][each].append(rule.id)
    nothing = Answer.LEFT_OUT if partial else Answer.NOTHING_TO_JUDGE
    return {name: list(_controls(name, mapped[name], by_rule, nothing)) for name in sorted(mapped)}


def _controls(
    name: str,
    mapped: Mapping[str, list[str]],
    by_rule: Mapping[str, Counter[Status]],
    nothing: Answer,
) -> Iterator[Control]:
    """Yield the controls of a framework, in numerical order."""
    for control in sorted({*CATALOGUES.get(name, ()), *mapped}, key=_natural):
        rules = mapped.get(control, [])
        counts: Counter[Status] = Counter()
        for each in rules:
            counts += by_rule.get(each, Counter())
        yield Control(control, tuple(rules), counts, _answer(rules, counts, nothing))


def _natural(control: str) -> list[tuple[int, str]]:
    """Return a sort key that puts A.5.9 before A.5.10."""
    parts = _DIGITS.split(control)
    return [(int(each), "") if each.isdigit() else (-1, each) for each in parts]


def _answer(rules: list[str], counts: Counter[Status], nothing: Answer) -> Answer:
    """Return how far rules answer a control, determined by the worst of them."""
    if not rules:
        return Answer.NOT_COVERED
    ranks = (
        (Status.FAIL, Answer.FAILS),
        (Status.UNKNOWN, Answer.NOT_FULLY_ASSESSED),
        (Status.MANUAL, Answer.FOR_PEOPLE),
        (Status.PASS, Answer.PASSES),
    )
    return next((answer for status, answer in ranks if counts[status]), nothing)
