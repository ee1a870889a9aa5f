"""A waiver marks a fail that somebody takes responsibility for; it never changes a verdict."""

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from amlaudit import fail, ok
from amlaudit.core.observed import evidence_sha256
from amlaudit.core.report import Finding, Outcome, ResourceRef, tally_of
from amlaudit.core.rule import Severity
from amlaudit.core.verdict import Evidence, Seen, Status, Verdict, unknown
from amlaudit.core.waiver import Waiver, WaiverKind, WaiverLimits, WaiverState, WaiverUse
from amlaudit.engine.gate import accepted_score, counts, gate, score
from amlaudit.engine.waivers import state_on, waive
from tests.estates import GROUP, WORKSPACE_ID, gap
from tests.rulebook.rules import rule_of

AT = datetime(2026, 6, 15, 12, tzinfo=UTC)
TODAY = AT.date()
LIMITS = WaiverLimits(max_matches=3)
OBSERVED = (Evidence(WORKSPACE_ID, "properties.a", "x", "y", Seen.PRESENT),)
WRONG = replace(fail("wrong"), looks=OBSERVED)


def finding(
    verdict: Verdict = WRONG,
    *,
    severity: Severity = Severity.HIGH,
    name: str = "ws",
    rule_id: str = "AML9001",
    subject_key: str = "",
) -> Finding:
    rule = rule_of(lambda _: verdict, severity=severity, rule_id=rule_id)
    resource_id = f"{GROUP}/providers/microsoft.machinelearningservices/workspaces/{name}"
    return Finding(rule, ResourceRef(resource_id, "t", name), verdict, subject_key)


def waiver(**changes: object) -> Waiver:
    plain = Waiver(
        id="W-1",
        rule="AML9001",
        scope="*/workspaces/ws",
        subject="*",
        kind=WaiverKind.ACCEPTED_RISK,
        reason="for a test",
        owner="me@example.com",
        expires=TODAY,
    )
    return replace(plain, **changes)


def use_of(given_waiver: Waiver, *findings: Finding) -> tuple[WaiverUse, list[Finding]]:
    marked, (use,) = waive(findings, [given_waiver], AT, LIMITS)
    return use, [each for each in marked if each.waiver]


def test_a_waiver_marks_the_fail_that_it_names() -> None:
    use, (marked,) = use_of(waiver(), finding(), finding(name="other"), finding(rule_id="AML9002"))
    assert (use.state, use.matches, use.detail) == (WaiverState.ACTIVE, 1, "")
    assert marked.resource.name == "ws"
    assert marked.verdict == WRONG


@pytest.mark.parametrize(
    ("changes", "does"),
    [
        ({"rule": "aml90*"}, True),
        ({"rule": "AML9002"}, False),
        ({"scope": WORKSPACE_ID.upper()}, True),
        ({"scope": "/subscriptions/*/workspaces/*"}, True),
        ({"scope": "*/workspaces/w"}, False),
        ({"subject": ""}, True),
        ({"subject": "other"}, False),
    ],
)
def test_rule_scope_and_subject_are_patterns_without_case(
    changes: dict[str, object], *, does: bool
) -> None:
    assert bool(use_of(waiver(**changes), finding())[1]) is does


@pytest.mark.parametrize(
    "verdict", [ok("fine"), Verdict(Status.MANUAL, "who?"), unknown(gap(WORKSPACE_ID, "kind"))]
)
def test_only_fails_are_waived(verdict: Verdict) -> None:
    use, marked = use_of(waiver(), finding(verdict))
    assert (use.state, marked) == (WaiverState.UNUSED, [])


@pytest.mark.parametrize(
    ("changes", "state", "detail"),
    [
        ({"expires": date(2026, 6, 14)}, WaiverState.EXPIRED, "it expired on 2026-06-14"),
        ({"created": date(2026, 6, 15)}, WaiverState.ACTIVE, ""),
        (
            {"created": date(2026, 6, 16), "expires": date(2026, 6, 17)},
            WaiverState.PENDING,
            "it takes effect on 2026-06-16",
        ),
        ({"expires": TODAY + timedelta(180)}, WaiverState.ACTIVE, ""),
        (
            {"expires": TODAY + timedelta(181)},
            WaiverState.TOO_LONG,
            "it runs for 181 days; the limit is 180",
        ),
        (
            {"created": date(2025, 12, 16), "expires": date(2026, 6, 15)},
            WaiverState.TOO_LONG,
            "it runs for 181 days; the limit is 180",
        ),
        (
            {"evidence_sha256": "0" * 64},
            WaiverState.LAPSED,
            "the evidence has changed since",
        ),
        ({"evidence_sha256": evidence_sha256(OBSERVED)}, WaiverState.ACTIVE, ""),
    ],
)
def test_a_waiver_applies_on_its_days_and_to_its_scope(
    changes: dict[str, object], state: WaiverState, detail: str
) -> None:
    use, marked = use_of(waiver(**changes), finding())
    assert (use.state, use.detail) == (state, detail)
    assert use.matches == 1
    assert bool(marked) is (state is WaiverState.ACTIVE)


def test_a_critical_fail_is_waived_for_a_shorter_time() -> None:
    longer = waiver(expires=TODAY + timedelta(31))
    use, marked = use_of(longer, finding(severity=Severity.CRITICAL))
    assert use.detail == "it runs for 31 days; the limit is 30 for critical fails"
    assert not marked
    assert use_of(longer, finding(severity=Severity.HIGH))[1]


def test_a_too_broad_waiver_marks_nothing() -> None:
    broad = waiver(scope="*")
    assert len(use_of(broad, *(finding(name=f"w{number}") for number in range(3)))[1]) == 3
    use, marked = use_of(broad, *(finding(name=f"w{number}") for number in range(4)))
    assert (use.state, use.detail) == (
        WaiverState.TOO_BROAD,
        "it matches 4 fails; the limit is 3",
    )
    assert not marked


def test_where_only_some_have_changed_the_others_stay_waived() -> None:
    kept = waiver(scope="*", evidence_sha256=evidence_sha256(OBSERVED))
    use, marked = use_of(kept, finding(), finding(fail("other"), name="other"))
    assert use.detail == "the evidence has changed since for 1 of 2"
    assert [each.resource.name for each in marked] == ["ws"]


def test_the_first_of_several_waivers_marks() -> None:
    marked, uses = waive([finding()], [waiver(), waiver(id="W-2", scope="*")], AT, LIMITS)
    assert [each.waiver and each.waiver.id for each in marked] == ["W-1"]
    assert [use.state for use in uses] == [WaiverState.ACTIVE, WaiverState.ACTIVE]


def test_without_waivers_findings_are_not_iterated() -> None:
    findings = [finding()]
    assert waive(findings, [], AT, LIMITS) == (findings, ())


def test_marked_findings_are_a_collection() -> None:
    marked, _ = waive([finding()], [waiver()], AT, LIMITS)
    assert len(marked) == 1
    assert finding() not in marked
    assert next(iter(marked)) in marked


VERDICTS = st.sampled_from([ok("fine"), WRONG, unknown(gap(WORKSPACE_ID, "kind"))])
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
WAIVERS = st.lists(
    st.builds(
        waiver,
        rule=st.sampled_from(["AML9001", "AML*", "AML9999"]),
        scope=st.sampled_from(["*", "*/ws", "*/other"]),
        expires=st.integers(-3, 200).map(lambda days: TODAY + timedelta(days)),
        evidence_sha256=st.sampled_from(["", "0" * 64, evidence_sha256(OBSERVED)]),
    ),
    max_size=3,
)


@given(findings=FINDINGS, waivers=WAIVERS)
def test_a_waiver_never_changes_a_verdict_an_order_or_a_count(
    findings: list[Finding], waivers: list[Waiver]
) -> None:
    marked, _ = waive(findings, waivers, AT, LIMITS)
    assert [replace(each, waiver=None) for each in marked] == findings
    assert tally_of(marked) == tally_of(findings)
    for each in marked:
        assert each.waiver is None or each.verdict.status is Status.FAIL


@given(findings=FINDINGS, waivers=WAIVERS, fail_on=st.sampled_from(Severity))
def test_a_waiver_never_hides_an_unwaived_fail_or_anything_unknown(
    findings: list[Finding], waivers: list[Waiver], fail_on: Severity
) -> None:
    marked, _ = waive(findings, waivers, AT, LIMITS)
    posture = score(tally_of(findings))
    heeded = tally_of(each for each in marked if counts(each, new_only=False))
    result = gate(heeded, posture, fail_on, 0.95, empty=False)
    open_fails = [
        each
        for each in marked
        if each.verdict.status is Status.FAIL
        and each.waiver is None
        and each.rule.severity.at_least(fail_on)
    ]
    assert (result.outcome is Outcome.FAIL) is bool(open_fails)
    assert result.complete is gate(tally_of(findings), posture, fail_on, 0.95, empty=False).complete


def test_the_score_with_accepted_risk_is_shown_beside_the_score() -> None:
    tally = tally_of([finding(), finding(ok("fine"), name="other")])
    assert score(tally).low == 0.5
    accepted = accepted_score(tally, {Severity.HIGH: 1})
    assert accepted
    assert (accepted.low, accepted.high, accepted.coverage) == (1, 1, 1)
    assert accepted_score(tally, {}) is None


def test_a_waiver_without_a_match_is_reported_by_id() -> None:
    idle = waiver(scope="*/workspaces/none")
    use, marked = use_of(idle, finding(), finding(ok()))
    assert (use.waiver, use.state, use.detail) == (idle, WaiverState.UNUSED, "it matches no fail")
    assert not marked


def test_findings_around_a_waived_fail_are_kept() -> None:
    longer = waiver(scope="*", expires=TODAY + timedelta(31))
    critical = finding(severity=Severity.CRITICAL)
    use, _ = use_of(longer, finding(ok(), name="a"), critical, finding(name="b"))
    assert use.detail == "it runs for 31 days; the limit is 30 for critical fails"
    assert use.matches == 2


def test_the_limit_for_critical_fails_applies_only_if_stated() -> None:
    longer = waiver(expires=TODAY + timedelta(31))
    assert state_on(longer, TODAY, LIMITS) is None
    assert state_on(longer, TODAY, LIMITS, critical=True) is not None
