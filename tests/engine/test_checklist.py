"""The checklist: what a scan decides, what people decide, and whose signature is valid."""

from datetime import date, timedelta
from types import MappingProxyType

import pytest
from msgspec.structs import replace

from amlaudit.core.arm_id import SUBSCRIPTION_TYPE
from amlaudit.core.checklist import (
    Answers,
    AnswerState,
    Checklist,
    CheckState,
    Decision,
    ItemState,
    Readiness,
    Role,
    SignOff,
)
from amlaudit.core.collection import Collection
from amlaudit.core.gap import Gap, Reason
from amlaudit.core.report import Disabled, Finding, Profile, Report, Score
from amlaudit.core.rule import Severity
from amlaudit.core.verdict import Status
from amlaudit.core.waiver import WaiverState, WaiverUse
from amlaudit.engine.checklist.judge import judge
from amlaudit.rulebook.agenda import read_agenda
from amlaudit.rulebook.library import shipped_ids
from tests.engine.checklists import (
    AT,
    WAIVER,
    YESTERDAY,
    answer,
    answers,
    finding,
    item,
    question,
    report,
    rule,
    without,
)

NOTHING = Answers("w")
AGENDA = read_agenda(shipped_ids())
ASKED = sorted({each for row in AGENDA.rows for ids in row.checks.values() for each in ids})
RULES = [each for each in ASKED if each.startswith("AML")]


def checked(*statuses: Status, waived: bool = False) -> CheckState:
    found = [finding(f"R{index}", each) for index, each in enumerate(statuses)]
    elsewhere = replace(finding("X", Status.FAIL), rule=replace(rule("X"), severity=Severity.LOW))
    if waived:
        found.append(finding("R9", Status.FAIL, waiver=WAIVER))
    ids = tuple(each.rule.id for each in found)
    (only,) = judge([item({"net.x": ids})], {}, report([*found, elsewhere]), NOTHING).items
    return only.checks[0].state


@pytest.mark.parametrize(
    ("statuses", "waived", "state"),
    [
        ([Status.PASS, Status.NOT_APPLICABLE], False, CheckState.PASS),
        ([Status.PASS], True, CheckState.WAIVED),
        ([Status.UNKNOWN, Status.PASS], True, CheckState.UNKNOWN),
        ([Status.MANUAL, Status.PASS], True, CheckState.NOT_AUTOMATED),
        ([Status.FAIL, Status.UNKNOWN, Status.PASS], True, CheckState.FAIL),
        ([Status.NOT_APPLICABLE], False, CheckState.NOT_APPLICABLE),
    ],
)
def test_a_check_is_as_good_as_its_worst_finding(
    statuses: list[Status],
    waived: bool,  # noqa: FBT001 - a parameter of a test
    state: CheckState,
) -> None:
    assert checked(*statuses, waived=waived) is state


def test_a_rule_that_took_no_part_is_not_known() -> None:
    made = judge([item({"net.x": ("R1", "R2")})], {}, report([finding("R1", Status.PASS)]), NOTHING)
    (check,) = made.items[0].checks
    assert (check.state, check.message) == (CheckState.UNKNOWN, "R2 was not evaluated")
    assert made.readiness is Readiness.NOT_READY


def disabling(*findings: Finding) -> Checklist:
    off = Disabled(rule("R2"), "we have none")
    made = replace(report(findings), profile=Profile("contoso", "0", disabled=(off,)))
    return judge([item({"net.x": ("R1", "R2")})], {}, made, NOTHING)


def test_a_rule_disabled_by_a_profile_is_excused_and_listed() -> None:
    made = disabling(finding("R1", Status.PASS))
    (check,) = made.items[0].checks
    assert (check.state, check.message) == (CheckState.WAIVED, "R2 is disabled: we have none")
    assert made.readiness is Readiness.EXCEPTIONS
    assert made.exceptions == ("A01 net.x: waived by the profile, which disables R2",)


def test_a_disabled_rule_excuses_nothing_else() -> None:
    made = disabling(finding("R1", Status.UNKNOWN))
    assert made.items[0].checks[0].state is CheckState.UNKNOWN
    assert made.readiness is Readiness.NOT_READY


def test_a_fail_counts_even_if_another_rule_is_missing() -> None:
    made = judge([item({"net.x": ("R1", "R2")})], {}, report([finding("R1", Status.FAIL)]), NOTHING)
    assert made.items[0].checks[0].state is CheckState.FAIL


@pytest.mark.parametrize(
    ("status", "state"),
    [(Status.PASS, CheckState.UNKNOWN), (Status.FAIL, CheckState.FAIL)],
)
def test_a_report_with_omitted_findings_settles_nothing(status: Status, state: CheckState) -> None:
    cut = replace(report([finding("R1", status)]), only=(Status.FAIL,))
    rows = [item({"net.x": ("R1",), "sec.benchmark": ("report",)})]
    assert [each.state for each in judge(rows, {}, cut, NOTHING).items[0].checks] == [state, state]


def test_a_name_that_no_encoding_has_is_a_fact_like_any_other() -> None:
    named = [report([finding("R1", Status.PASS, name=name)]) for name in ("w\ud800", "w\ud801")]
    one, other = (judge([item({"net.x": ("R1",)})], {}, each, NOTHING) for each in named)
    assert one.readiness is Readiness.READY
    assert one.scan_id != other.scan_id


def test_a_check_without_resources_says_so() -> None:
    made = judge([item({"net.x": ("R1",)})], {}, report([], took_part=["R1"]), NOTHING)
    (check,) = made.items[0].checks
    assert (check.state, check.message) == (
        CheckState.NOT_APPLICABLE, "there is no such resource",
    )  # fmt: skip
    assert made.readiness is Readiness.READY


def test_a_check_shows_its_worst_findings_and_counts_the_others() -> None:
    found = [finding("R1", Status.FAIL, name=f"w{index}") for index in range(9)]
    made = judge([item({"net.x": ("R1",)})], {}, report(found), NOTHING)
    (check,) = made.items[0].checks
    assert len(check.sightings) == 5
    assert (check.total, check.sightings[0].resource) == (9, "w0")


GAP = {"net.x": "nobody reads it"}
STAND_IN = question(blocking=False)


@pytest.mark.parametrize(
    ("given", "state"),
    [
        (None, ItemState.OPEN),
        (answer(AnswerState.NO), ItemState.OPEN),
        (answer(AnswerState.PLANNED), ItemState.EXCEPTIONS),
        (answer(AnswerState.YES), ItemState.READY),
        (answer(AnswerState.NOT_REQUIRED), ItemState.READY),
    ],
)
def test_a_check_without_a_rule_is_open_until_its_question_is_settled(
    given: object, state: ItemState
) -> None:
    said = answers(given) if given else NOTHING  # type: ignore[arg-type] # an answer or None
    (only,) = judge([item({"net.x": ("A01.1",)}, STAND_IN)], GAP, report([]), said).items
    (check,) = only.checks
    assert check.state is CheckState.NOT_AUTOMATED
    assert check.message == "nobody reads it"
    assert only.questions[0].stands_in_for == ("net.x",)
    assert only.questions[0].required
    assert only.state is state


def test_a_question_stands_in_for_the_checks_that_name_it() -> None:
    other = question("A01.2", blocking=False)
    (only,) = judge([item({"net.x": ("A01.1",)}, STAND_IN, other)], GAP, report([]), NOTHING).items
    assert [each.stands_in_for for each in only.questions] == [("net.x",), ()]


def asked(given: object = None, **fields: object) -> tuple[AnswerState, str, ItemState]:
    said = answers(given) if given else NOTHING  # type: ignore[arg-type] # an answer or None
    put = question(**fields)  # type: ignore[arg-type] # the fields of a question
    (only,) = judge([item({}, put)], {}, report([]), said).items
    (result,) = only.questions
    return result.state, result.message, only.state


def test_a_blocking_question_is_open_without_an_answer() -> None:
    assert asked() == (AnswerState.NOT_VERIFIED, "", ItemState.OPEN)


def test_recommended_questions_keep_nothing_open() -> None:
    assert asked(blocking=False)[2] is ItemState.READY
    assert asked(answer(AnswerState.NO), blocking=False)[2] is ItemState.READY


@pytest.mark.parametrize(
    ("given", "told"),
    [
        (answer(text=""), "a yes to this question needs evidence: text or a link"),
        (without(answer(), answered_by=""), "who answered, and when, is not recorded"),
        (without(answer(AnswerState.PLANNED), due=None), "a plan needs an owner and a due date"),
        (answer(AnswerState.NOT_REQUIRED, text=""), "not_required needs a justification"),
        (answer(AnswerState.NOT_APPLICABLE, text=""), "not_applicable needs a justification"),
        (answer(at=AT - timedelta(days=181)), "it is older than 180 days"),
        (answer(at=AT + timedelta(seconds=1)), "it is dated in the future"),
        (
            without(answer(AnswerState.PLANNED), due=date(2026, 2, 28)),
            "the plan was due on 2026-02-28",
        ),
    ],
)
def test_an_answer_that_lacks_something_is_not_verified(given: object, told: str) -> None:
    assert asked(given, needs_evidence=True) == (AnswerState.NOT_VERIFIED, told, ItemState.OPEN)


def test_the_answer_not_verified_counts_as_none() -> None:
    assert asked(answer(AnswerState.NOT_VERIFIED)) == asked()


def test_an_answer_counts_from_the_moment_it_is_given_to_its_last_day() -> None:
    assert asked(answer(at=AT))[2] is ItemState.READY
    assert asked(answer(at=AT - timedelta(days=180)))[2] is ItemState.READY


def test_a_plan_does_not_settle_what_blocks() -> None:
    assert asked(answer(AnswerState.PLANNED))[2] is ItemState.OPEN
    assert asked(answer(AnswerState.PLANNED), blocking=False)[2] is ItemState.EXCEPTIONS


def test_a_plan_is_valid_on_its_due_date() -> None:
    today = without(answer(AnswerState.PLANNED), due=AT.date())
    assert asked(today, blocking=False) == (AnswerState.PLANNED, "", ItemState.EXCEPTIONS)


def test_facts_are_hashed_whatever_was_observed() -> None:
    frozen = MappingProxyType({"b": 1, "a": AT})
    (one, other) = (
        depending(NOTHING, each).items[0].questions[0].facts
        for each in ({"a": str(AT), "b": 1}, frozen)
    )
    assert one == other


def depending(said: Answers, observed: object, status: Status = Status.PASS) -> Checklist:
    put = question(depends_on=("net.x",))
    found = report([finding("R1", status, observed=observed)])
    return judge([item({"net.x": ("R1",)}, put)], {}, found, said)


def test_an_answer_is_required_again_when_a_fact_changes() -> None:
    facts = depending(NOTHING, 1).items[0].questions[0].facts
    said = answers(answer(facts=facts))
    assert depending(said, 1).readiness is Readiness.READY
    changed = depending(said, 2)
    (result,) = changed.items[0].questions
    assert result.state is AnswerState.NOT_VERIFIED
    assert result.message == "what it depends on has changed since (net.x)"
    assert changed.readiness is Readiness.NOT_READY


def test_an_answer_without_a_scan_is_not_verified_where_it_depends_on_one() -> None:
    (result,) = depending(answers(answer()), 1).items[0].questions
    assert result.message == "it depends on net.x, but was given without a scan"


def test_what_rules_that_took_no_part_would_say_is_a_fact_too() -> None:
    put = question(depends_on=("net.x", "net.y"))
    rows = [item({"net.x": ("R1", "R2"), "net.y": ("R3",)}, put)]
    some = report([finding("R1", Status.PASS), finding("R3", Status.PASS)])
    every = report([finding(each, Status.PASS) for each in ("R1", "R2", "R3")])
    facts = [judge(rows, {}, each, NOTHING).items[0].questions[0].facts for each in (some, every)]
    assert [len(each) for each in facts] == [16, 16]
    (result,) = judge(rows, {}, every, answers(answer(facts=facts[0]))).items[0].questions
    assert result.message == "what it depends on has changed since (net.x, net.y)"


def complete(said: dict[str, AnswerState], worst: Status = Status.PASS, **how: object) -> Checklist:
    """Return the checklist of the template, with every rule but one passing."""
    found = [finding(each, Status.PASS) for each in RULES[1:]]
    found.append(finding(RULES[0], worst, **how))  # type: ignore[arg-type] # of a finding
    waivers = (WaiverUse(WAIVER, WaiverState.ACTIVE, 1),) if how else ()
    told = replace(report(found), waivers=waivers)
    made = judge(AGENDA.rows, AGENDA.reasons, told, NOTHING)
    results = {each.question.id: each for row in made.items for each in row.questions}
    given = [answer(state, key, facts=results[key].facts) for key, state in said.items()]
    return judge(AGENDA.rows, AGENDA.reasons, told, answers(*given))


def required() -> dict[str, AnswerState]:
    made = complete({})
    asked_for = (each for row in made.items for each in row.questions if each.required)
    return {each.question.id: AnswerState.YES for each in asked_for}


def test_the_template_is_ready_when_all_passes_and_all_that_blocks_is_answered() -> None:
    assert complete({}).readiness is Readiness.NOT_READY
    assert complete(required()).readiness is Readiness.READY
    assert complete(required(), Status.UNKNOWN).readiness is Readiness.NOT_READY
    assert complete(required(), Status.FAIL).readiness is Readiness.NOT_READY


@pytest.mark.parametrize("left", sorted(required()))
def test_each_question_that_blocks_keeps_the_template_open(left: str) -> None:
    said = required()
    del said[left]
    assert complete(said).readiness is Readiness.NOT_READY


def test_waivers_and_plans_are_listed_as_exceptions() -> None:
    made = complete({**required(), "A15.4": AnswerState.PLANNED}, Status.FAIL, waiver=WAIVER)
    assert made.readiness is Readiness.EXCEPTIONS
    assert "A15.4: planned by bob until 2026-04-01" in made.exceptions
    assert any(told.endswith("waived by W-1") for told in made.exceptions)


HIDDEN = Gap("/subscriptions/s", SUBSCRIPTION_TYPE, Reason.FORBIDDEN, "403")
SPENT = WaiverUse(WAIVER, WaiverState.EXPIRED, 1)


@pytest.mark.parametrize(
    ("key", "change", "state"),
    [
        ("scope.reached", {"gaps": (HIDDEN,)}, CheckState.UNKNOWN),
        ("scope.reached", {"seen": {}}, CheckState.UNKNOWN),
        ("scope.reached", {"collection": Collection(started_at=AT)}, CheckState.UNKNOWN),
        ("scope.reached", {}, CheckState.PASS),
        ("scope.freshness", {"at": AT + timedelta(days=6)}, CheckState.PASS),
        ("scope.freshness", {"at": AT + timedelta(days=7)}, CheckState.FAIL),
        ("scope.freshness", {"collection": Collection()}, CheckState.UNKNOWN),
        ("scope.coverage", {"score": Score(0.9, 1.0, 0.94)}, CheckState.UNKNOWN),
        ("scope.coverage", {}, CheckState.PASS),
        ("org.waivers", {}, CheckState.NOT_APPLICABLE),
        ("org.waivers", {"waivers": (SPENT,)}, CheckState.FAIL),
        ("org.waivers", {"waivers": (replace(SPENT, state=WaiverState.ACTIVE),)}, CheckState.PASS),
        ("sec.benchmark", {}, CheckState.FAIL),
    ],
)
def test_what_the_report_itself_answers(
    key: str, change: dict[str, object], state: CheckState
) -> None:
    found: Report = replace(report([finding("R1", Status.FAIL)]), **change)
    (only,) = judge([item({key: ("report",)})], {}, found, NOTHING).items
    assert only.checks[0].state is state


def signed(checklist: Checklist, role: Role, name: str, **fields: object) -> SignOff:
    made = SignOff(role, name, YESTERDAY, Decision.APPROVE, "", checklist.sha256)
    return replace(made, **fields)


def told(*signatures: SignOff, findings: Status = Status.PASS) -> list[str]:
    made = judge([], {}, report([finding("R1", findings)]), answers(signed=signatures))
    return [each.message for each in made.signatures]


def test_a_signature_is_valid_until_answers_or_report_change() -> None:
    now = judge([], {}, report([finding("R1", Status.PASS)]), answers())
    own = signed(now, Role.SYSTEM_OWNER, "ann")
    assert told(own) == [""]
    assert told(own, findings=Status.FAIL) == [
        "superseded: the answers or the report have changed since"
    ]
    later = judge([], {}, report([finding("R1", Status.PASS)]), answers(answer(), signed=(own,)))
    assert later.signatures[0].superseded


def test_the_approver_cannot_be_the_only_signer() -> None:
    now = judge([], {}, report([finding("R1", Status.PASS)]), answers())
    owner, approver = (signed(now, role, "Ann") for role in (Role.SYSTEM_OWNER, Role.APPROVER))
    lonely = "nobody else has signed the current version"
    assert told(approver) == [lonely]
    assert told(owner, replace(approver, name="ann")) == ["", lonely]
    assert told(replace(owner, name="bob"), approver) == ["", ""]
    assert told(replace(owner, name="bob", sha256="0"), approver)[1] == lonely


def test_signing_again_replaces_the_signature() -> None:
    now = judge([], {}, report([finding("R1", Status.PASS)]), answers())
    own = signed(now, Role.FINOPS, "ann")
    assert told(own, replace(own, decision=Decision.REJECT)) == ["signed again since", ""]
    assert told(replace(own, at=AT + timedelta(1))) == ["it is dated in the future"]
    assert told(replace(own, at=AT)) == [""]


def test_it_is_approved_once_everybody_has_signed_and_nobody_rejected() -> None:
    now = judge([], {}, report([finding("R1", Status.PASS)]), answers())
    all_of_them = [signed(now, role, f"for {role}") for role in Role]

    def approved(*signatures: SignOff) -> bool:
        found = report([finding("R1", Status.PASS)])
        return judge([], {}, found, answers(signed=signatures)).approved

    assert approved(*all_of_them)
    assert not approved(*all_of_them[:-1])
    assert not approved(*all_of_them[:-1], replace(all_of_them[-1], decision=Decision.REJECT))
