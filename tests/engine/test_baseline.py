"""Every finding and every earlier one is accounted for, and nothing old is hidden from the gate."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from amlaudit import fail, not_applicable, ok
from amlaudit.core.arm_id import SUBSCRIPTION_TYPE
from amlaudit.core.gap import Gap, Reason
from amlaudit.core.history import OPENED, Baseline, Change, Earlier, Past
from amlaudit.core.observed import evidence_sha256
from amlaudit.core.relations import WORKSPACE
from amlaudit.core.report import Finding, Gate, Outcome, Report, tally_of
from amlaudit.core.rule import Severity
from amlaudit.core.verdict import Status, Verdict, unknown
from amlaudit.engine.baseline import compare, past_of, updated
from amlaudit.engine.gate import counts, gate, score
from amlaudit.engine.trend import posture_of
from tests.engine.test_waivers import OBSERVED, WRONG, finding, waiver
from tests.estates import SUBSCRIPTION, WORKSPACE_ID, gap
from tests.reporters.samples import sample

BEFORE = datetime(2026, 6, 1, tzinfo=UTC)
NOW = datetime(2026, 6, 8, tzinfo=UTC)
UNKNOWN = unknown(gap(WORKSPACE_ID, "kind"))
MANUAL = Verdict(Status.MANUAL, "who?")
OTHER = replace(WRONG, looks=(replace(OBSERVED[0], observed="z"),))


def report(*findings: Finding, at: datetime = NOW) -> Report:
    return replace(sample(), at=at, findings=findings, tally=tally_of(findings), gaps=())


def past(*findings: Finding) -> Past:
    return past_of(report(*findings, at=BEFORE), "old.json")


def compared(
    before: list[Finding], now: list[Finding], *gaps: Gap
) -> tuple[list[Finding], Baseline]:
    found, baseline = compare(now, gaps, NOW, past(*before))
    return list(found), baseline


@pytest.mark.parametrize(
    ("before", "now", "change"),
    [
        (None, WRONG, Change.NEW),
        (ok("fine"), WRONG, Change.NEW),
        (UNKNOWN, WRONG, Change.NEW),
        (WRONG, WRONG, Change.UNCHANGED),
        (WRONG, replace(fail("reworded"), looks=OBSERVED), Change.UNCHANGED),
        (WRONG, OTHER, Change.UPDATED),
        (WRONG, ok("fine"), Change.FIXED),
        (WRONG, not_applicable("x"), Change.VANISHED),
        (WRONG, MANUAL, Change.VANISHED),
        (WRONG, UNKNOWN, Change.COVERAGE_LOST),
        (ok("fine"), UNKNOWN, Change.COVERAGE_LOST),
        (not_applicable("x"), UNKNOWN, Change.COVERAGE_LOST),
        (UNKNOWN, UNKNOWN, None),
        (None, UNKNOWN, None),
        (ok("fine"), ok("fine"), None),
        (None, ok("fine"), None),
    ],
)
def test_how_a_finding_changed(before: Verdict | None, now: Verdict, change: Change | None) -> None:
    (found,), baseline = compared([finding(before)] if before else [], [finding(now)])
    assert found.change is change
    assert found.verdict == now
    assert baseline.counts == ({change: 1} if change else {})
    assert (baseline.name, baseline.made_for) == ("old.json", BEFORE)


def test_a_finding_knows_since_when_it_came_out_so() -> None:
    first = BEFORE - timedelta(30)
    known = replace(finding(), first_seen=first)
    assert compared([known], [finding()])[0][0].first_seen == first
    assert compared([finding()], [finding()])[0][0].first_seen == BEFORE
    assert compared([finding(ok("fine"))], [finding()])[0][0].first_seen == NOW
    assert compared([], [finding()])[0][0].first_seen == NOW


def test_a_missing_fail_has_vanished_and_is_not_called_fixed() -> None:
    _, baseline = compared([finding(), finding(ok("fine"), name="other")], [])
    assert [each.resource_id for each in baseline.vanished] == [WORKSPACE_ID]
    assert baseline.counts == {Change.VANISHED: 1}
    assert baseline.lost == ()


@pytest.mark.parametrize(
    "hidden",
    [
        Gap(SUBSCRIPTION, WORKSPACE, Reason.FORBIDDEN, "403"),
        Gap("/", WORKSPACE, Reason.FORBIDDEN, "403"),
        Gap(SUBSCRIPTION, SUBSCRIPTION_TYPE, Reason.FORBIDDEN, "403"),
    ],
)
def test_findings_in_invisible_scopes_are_lost_not_vanished(hidden: Gap) -> None:
    before = [finding(), finding(ok("fine"), name="other"), finding(UNKNOWN, name="third")]
    _, baseline = compared(before, [], hidden)
    assert [each.status for each in baseline.lost] == [Status.FAIL, Status.PASS]
    assert baseline.vanished == ()
    assert baseline.counts == {Change.COVERAGE_LOST: 2}


def test_what_is_hidden_elsewhere_has_vanished() -> None:
    elsewhere = Gap(SUBSCRIPTION, "microsoft.storage/storageaccounts", Reason.FORBIDDEN, "403")
    assert compared([finding()], [], elsewhere)[1].lost == ()


def test_what_was_missed_is_lost_where_its_own_type_is_hidden() -> None:
    missed = finding(subject_key="microsoft.storage/storageaccounts")
    hidden = Gap(SUBSCRIPTION, "microsoft.storage/storageaccounts", Reason.FORBIDDEN, "403")
    _, baseline = compared([missed, finding()], [], hidden)
    assert [each.id for each in baseline.lost] == [missed.id]


def test_the_waiver_that_ended_reopens_a_fail() -> None:
    waived = replace(finding(), waiver=waiver())
    assert compared([waived], [finding()])[0][0].change is Change.REOPENED
    assert compared([waived], [waived])[0][0].change is Change.UNCHANGED
    assert compared([finding()], [waived])[0][0].change is Change.UNCHANGED


def test_a_report_compared_with_itself_has_not_changed() -> None:
    made = sample()
    _, baseline = compare(made.findings, made.gaps, made.at, past_of(made, "same.json"))
    assert set(baseline.counts) == {Change.UNCHANGED}


VERDICTS = st.sampled_from([ok("fine"), WRONG, OTHER, UNKNOWN, MANUAL, not_applicable("x")])
FINDINGS = st.lists(
    st.builds(
        finding,
        VERDICTS,
        severity=st.sampled_from(Severity),
        name=st.sampled_from(["ws", "other", "third"]),
        rule_id=st.sampled_from(["AML9001", "AML9002"]),
    ),
    unique_by=lambda each: each.id,
)


def gated(findings: list[Finding], *, new_only: bool) -> Gate:
    heeded = tally_of(each for each in findings if counts(each, new_only=new_only))
    posture = score(tally_of(findings))
    return gate(heeded, posture, Severity.LOW, 0.95, empty=False, new_only=new_only)


@given(before=FINDINGS, now=FINDINGS)
def test_a_baseline_hides_fails_only_on_request_and_the_gate_says_so(
    before: list[Finding], now: list[Finding]
) -> None:
    found, _ = compared(before, now)
    assert [replace(each, change=None, first_seen=None) for each in found] == now
    assert gated(found, new_only=False) == gated(now, new_only=False)
    assert gated(found, new_only=True).new_only
    opened = [
        each
        for each in found
        if each.change in OPENED and each.rule.severity.at_least(Severity.LOW)
    ]
    assert (gated(found, new_only=True).outcome is Outcome.FAIL) is bool(opened)
    assert gated(found, new_only=True).complete is gated(now, new_only=False).complete


@given(before=FINDINGS, now=FINDINGS)
def test_every_fail_of_before_is_accounted_for(before: list[Finding], now: list[Finding]) -> None:
    found, baseline = compared(before, now)
    here = {each.id: each for each in found}
    gone = {each.id for each in baseline.vanished}
    for each in before:
        if each.verdict.status is Status.FAIL:
            assert (each.id in gone) or here[each.id].change not in (None, Change.NEW)


def test_a_baseline_excludes_critical_fails_unless_told_otherwise() -> None:
    severe = finding(severity=Severity.CRITICAL, name="severe")
    base = past(finding(ok("fine"), name="severe", severity=Severity.CRITICAL))
    kept, left_out = updated(base, report(finding(), severe), include_critical=False)
    assert [each.resource.name for each in left_out] == ["severe"]
    assert kept.findings[severe.id].status is Status.PASS
    assert kept.findings[finding().id].status is Status.FAIL
    assert compare([severe], (), NOW, kept)[1].counts[Change.NEW] == 1
    kept, left_out = updated(base, report(finding(), severe), include_critical=True)
    assert not left_out
    assert kept.findings[severe.id].status is Status.FAIL


def test_a_critical_fail_that_the_baseline_knows_stays_in_it() -> None:
    severe = finding(severity=Severity.CRITICAL)
    kept, left_out = updated(past(severe), report(severe), include_critical=False)
    assert (len(kept.findings), left_out) == (1, [])
    assert kept.findings[severe.id].first_seen == BEFORE


def test_a_baseline_keeps_what_is_not_known_now_as_it_was_known() -> None:
    hidden = Gap(SUBSCRIPTION, WORKSPACE, Reason.FORBIDDEN, "403")
    base = past(finding(), finding(name="other"), finding(name="third"))
    now = replace(report(finding(UNKNOWN), finding(ok("fine"), name="third")), gaps=(hidden,))
    kept, _ = updated(base, now, include_critical=False)
    assert [each.status for each in kept.findings.values()] == [
        Status.FAIL,
        Status.FAIL,
        Status.PASS,
    ]


def test_a_baseline_contains_only_decided_findings() -> None:
    now = report(finding(UNKNOWN))
    kept, _ = updated(past(), now, include_critical=False)
    assert kept.findings == {}


def test_a_report_is_a_point_of_a_line() -> None:
    made = sample()
    point = posture_of(made)
    assert (point.at, point.low, point.coverage) == (made.at, made.score.low, made.score.coverage)
    fails = [each for each in made.findings if each.verdict.status is Status.FAIL]
    assert sum(point.fails.values()) == len(fails)


def test_an_updated_baseline_matches_the_report() -> None:
    waived = replace(finding(WRONG, name="waived", subject_key="k"), waiver=waiver())
    fine = finding(ok("fine"), severity=Severity.LOW, name="fine")
    asked = finding(MANUAL, name="asked")
    made, left_out = updated(past(), report(waived, fine, asked), include_critical=True)
    assert (made.name, made.made_for, left_out) == ("old.json", NOW, [])
    assert made.findings == {
        waived.id: Earlier(
            waived.id,
            "AML9001",
            Status.FAIL,
            Severity.HIGH,
            waived.resource.id,
            "k",
            WRONG.message,
            evidence_sha256(OBSERVED),
            NOW,
            waived=True,
        ),
        fine.id: Earlier(
            fine.id,
            "AML9001",
            Status.PASS,
            Severity.LOW,
            fine.resource.id,
            "",
            "fine",
            "",
            NOW,
        ),
    }


def test_an_updated_baseline_remembers_since_when_a_fail_is_known() -> None:
    made, _ = updated(past(finding()), report(finding()), include_critical=True)
    assert [each.first_seen for each in made.findings.values()] == [BEFORE]
