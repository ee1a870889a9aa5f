"""How findings judge a network connection. Nothing else does: drawing only asks here."""

from collections.abc import Iterable, Mapping
from enum import StrEnum
from typing import Final, TypeAlias

from msgspec import Struct

from amlaudit.core.report import Finding
from amlaudit.core.verdict import Status


class Passage(StrEnum):
    """The state of a connection, worst first."""

    OPEN = "open"
    """Reachable from public networks."""
    UNKNOWN = "unknown"
    """No finding covers it, or one that does could not be judged."""
    EXCEPTION = "exception"
    """Some may pass: those on a list, or temporarily under a waiver."""
    PRIVATE = "private"
    """Over private networks only."""
    BLOCKED = "blocked"
    """Nobody passes."""

    @property
    def rank(self) -> int:
        """The position in the order, 0 for the worst."""
        return _RANKS[self]


_RANKS: Final = {passage: rank for rank, passage in enumerate(Passage)}

Judged: TypeAlias = Mapping[tuple[str, str], Finding]
"""Findings, by id of their rule and of their resource."""


class Judgement(Struct, frozen=True):
    """The judgement of a connection, and its basis.

    Attributes:
        passage: Its state.
        reason: Why, one sentence.
        findings: The findings that it is based on.
    """

    passage: Passage
    reason: str
    findings: tuple[Finding, ...] = ()


class Question(Struct, frozen=True):
    """What is asked of findings about a connection.

    Attributes:
        shut: Ids of the rules that pass if the connection is as it should be.
        narrowed: Ids of the rules that pass if only a list may use an open connection.
        sound: The state if all of `shut` pass.
        failed: The state if one of them fails.
        proof: Path and value, lower case, that the evidence must show for a sound connection; if it
            does not, a list was enough for the rules to pass. Empty: they accept no list.
    """

    shut: tuple[str, ...]
    narrowed: tuple[str, ...] = ()
    sound: Passage = Passage.BLOCKED
    failed: Passage = Passage.OPEN
    proof: tuple[str, str] | None = None

    @property
    def rules(self) -> tuple[str, ...]:
        """The ids of all rules that it asks."""
        return (*self.shut, *self.narrowed)


def judge(question: Question, resource_ids: Iterable[str], judged: Judged) -> Judgement:
    """Return the judgement of a connection by the findings about some resources."""
    places = tuple(resource_ids)
    shut = _found(question.shut, places, judged)
    fails = [each for each in shut if each.verdict.status is Status.FAIL]
    unknowns = [each for each in shut if each.verdict.status is Status.UNKNOWN]
    if any(each.waiver is None for each in fails):
        return _failed(question, fails, _found(question.narrowed, places, judged))
    if unknowns:
        return Judgement(Passage.UNKNOWN, unknowns[0].verdict.message, tuple(unknowns))
    if fails:
        names = ", ".join(sorted({each.waiver.id for each in fails if each.waiver}))
        return Judgement(Passage.EXCEPTION, f"by waiver {names}", tuple(fails))
    if passes := tuple(each for each in shut if each.verdict.status is Status.PASS):
        sound = question.sound if _proves(question, passes) else Passage.EXCEPTION
        return Judgement(sound, passes[0].rule.title, passes)
    narrowed = _found(question.narrowed, places, judged)
    if narrowed and all(each.verdict.status is Status.PASS for each in narrowed):
        return Judgement(Passage.EXCEPTION, narrowed[0].rule.title, (*shut, *narrowed))
    reason = shut[0].verdict.message if shut else "no finding of this report judges it"
    return Judgement(Passage.UNKNOWN, reason, tuple(shut))


def _found(rules: Iterable[str], places: Iterable[str], judged: Judged) -> list[Finding]:
    """Return the findings of some rules about some resources."""
    keys = [(rule, place) for place in places for rule in rules]
    return [judged[key] for key in keys if key in judged]


def _proves(question: Question, passes: Iterable[Finding]) -> bool:
    """Tell whether evidence shows that a connection is sound, and not just open to few."""
    looks = (look for each in passes for look in each.evidence)
    return question.proof is None or any(
        (look.path, str(look.observed).lower()) == question.proof for look in looks
    )


def _failed(question: Question, fails: list[Finding], narrowed: list[Finding]) -> Judgement:
    """Return the state of a connection that is not as it should be.

    It is less severe if everything that narrows it is known to hold.
    """
    worst = next(each for each in fails if each.waiver is None)
    statuses = {each.verdict.status for each in narrowed}
    if statuses == {Status.PASS}:
        reason = f"open to a list only: {narrowed[0].rule.title}"
        return Judgement(Passage.EXCEPTION, reason, (*fails, *narrowed))
    shown = next((each for each in narrowed if each.verdict.status is Status.FAIL), worst)
    return Judgement(question.failed, shown.verdict.message, (*fails, *narrowed))


def between(public: Judgement, approved: Judgement, managed: Judgement) -> Judgement:
    """Return the state of the connection from a workspace to a dependency.

    It is private over an approved endpoint, or from a managed network that has one; otherwise it is
    like that from public networks, if those are allowed.

    Args:
        public: The connection from public networks to the dependency.
        approved: The connection over private endpoints of the dependency.
        managed: The connection from the workspace's managed network to its dependencies.
    """
    private = next((each for each in (approved, managed) if each.passage is Passage.PRIVATE), None)
    findings = (*public.findings, *(private or approved).findings)
    if public.passage is Passage.OPEN:
        return Judgement(Passage.OPEN, public.reason, findings)
    if private and public.passage is not Passage.UNKNOWN:
        return Judgement(Passage.PRIVATE, private.reason, findings)
    if public.passage is Passage.EXCEPTION:
        return Judgement(Passage.EXCEPTION, public.reason, findings)
    if unknown := next((each for each in (public, approved) if _is_unknown(each)), None):
        return Judgement(Passage.UNKNOWN, unknown.reason, findings)
    return Judgement(Passage.BLOCKED, approved.reason, findings)


def _is_unknown(judgement: Judgement) -> bool:
    """Tell whether a connection is not assessed."""
    return judgement.passage is Passage.UNKNOWN
