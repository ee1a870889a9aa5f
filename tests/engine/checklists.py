"""Reports and answers for the tests of the checklist, built from explicitly given findings."""

from collections.abc import Iterable
from datetime import UTC, date, datetime, timedelta
from typing import Final

from msgspec.structs import replace

from amlaudit.core.checklist import Answer, Answers, AnswerState, Item, Question, Role, SignOff
from amlaudit.core.collection import Collection
from amlaudit.core.gap import Reason
from amlaudit.core.relations import WORKSPACE
from amlaudit.core.report import Finding, Gate, Outcome, Pack, Report, ResourceRef, Score, tally_of
from amlaudit.core.rule import Fix, Rule, Severity
from amlaudit.core.verdict import Evidence, Seen, Status, Verdict, ok
from amlaudit.core.waiver import Waiver, WaiverKind

AT: Final = datetime(2026, 3, 1, 12, tzinfo=UTC)
YESTERDAY: Final = AT - timedelta(days=1)
WAIVER: Final = Waiver(
    "W-1", "*", "*", "*", WaiverKind.ACCEPTED_RISK, "because", "ann", date(2026, 12, 31)
)


def rule(rule_id: str) -> Rule:
    """Return a rule that is never run, because its findings are given."""
    return Rule(
        id=rule_id,
        title="It is good",
        severity=Severity.HIGH,
        severity_reason="so",
        area="network",
        applies_to=WORKSPACE,
        because="it matters",
        fix=Fix("az it"),
        sources=("https://example.com",),
        mappings={"mcsb": ("NS-1",)},
        check=lambda _: ok(),
    )


def finding(
    rule_id: str,
    status: Status,
    *,
    waiver: Waiver | None = None,
    observed: object = 1,
    name: str = "w",
) -> Finding:
    """Return the result of a rule on the workspace."""
    looks = (Evidence("/w", "properties.x", "1", observed, Seen.PRESENT),)
    reason = Reason.FORBIDDEN if status is Status.UNKNOWN else None
    verdict = Verdict(status, f"told by {rule_id}", reason, looks=looks)
    return Finding(rule(rule_id), ResourceRef(f"/{name}", WORKSPACE, name), verdict, waiver=waiver)


def report(findings: Iterable[Finding], took_part: Iterable[str] = ()) -> Report:
    """Return the report with these findings; rules without any took part if they are named."""
    found = tuple(findings)
    rules = {each.rule.id: each.rule for each in found} | {each: rule(each) for each in took_part}
    return Report(
        at=AT,
        version="1",
        packs=(Pack("built-in", "0"),),
        collection=Collection(started_at=YESTERDAY, ended_at=YESTERDAY, reached=("/s",)),
        rules=tuple(rules.values()),
        findings=found,
        tally=tally_of(found),
        gaps=(),
        seen={WORKSPACE: 1},
        score=Score(1.0, 1.0, 1.0),
        gate=Gate(Severity.HIGH, 0.95, Outcome.PASS, complete=True),
    )


def question(
    key: str = "A01.1",
    *,
    blocking: bool = True,
    needs_evidence: bool = False,
    depends_on: tuple[str, ...] = (),
) -> Question:
    """Return a question."""
    return Question(key, Role.PLATFORM, blocking, "Is it so?", "a list", needs_evidence, depends_on)


def item(checks: dict[str, tuple[str, ...]], *questions: Question) -> Item:
    """Return an item."""
    return Item("A01", "Parts", checks, questions)


def answer(
    state: AnswerState = AnswerState.YES,
    key: str = "A01.1",
    *,
    text: str = "see the wiki",
    at: datetime = YESTERDAY,
    facts: str = "",
) -> Answer:
    """Return a complete answer."""
    planned = state is AnswerState.PLANNED
    return Answer(
        key,
        state,
        text,
        "ann",
        at,
        facts=facts,
        owner="bob" if planned else "",
        due=date(2026, 4, 1) if planned else None,
    )


def answers(*given: Answer, signed: tuple[SignOff, ...] = ()) -> Answers:
    """Return the answers for a workspace."""
    return Answers("w", {each.question: each for each in given}, signed)


def without(each: Answer, **fields: object) -> Answer:
    """Return an answer with some fields replaced."""
    return replace(each, **fields)
