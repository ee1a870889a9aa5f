"""The score never hides what is unknown, and the gate never passes it."""

import pytest

from amlaudit import fail, not_applicable, ok
from amlaudit.core.neighbourhood import Neighbourhood
from amlaudit.core.relations import WORKSPACE
from amlaudit.core.report import Finding, Outcome, ResourceRef, Score, tally_of
from amlaudit.core.rule import Severity
from amlaudit.core.verdict import Status, Verdict, unknown
from amlaudit.engine.gate import accepted_score, gate, is_empty, score
from tests.estates import WORKSPACE_ID, gap
from tests.rulebook.rules import rule_of

UNKNOWN = unknown(gap(WORKSPACE_ID, "kind"))
MANUAL = Verdict(Status.MANUAL, "who?")


def finding(verdict: Verdict, severity: Severity = Severity.HIGH) -> Finding:
    return Finding(
        rule_of(lambda _: verdict, severity=severity), ResourceRef(WORKSPACE_ID, "t", "ws"), verdict
    )


def outcome_of(
    *findings: Finding, fail_on: Severity | None = Severity.HIGH, empty: bool = False
) -> tuple[Outcome, bool]:
    result = gate(tally_of(findings), score(tally_of(findings)), fail_on, 0.95, empty=empty)
    return result.outcome, result.complete


def test_unknowns_widen_the_score() -> None:
    findings = [finding(ok()), finding(fail("x"), Severity.MEDIUM), finding(UNKNOWN, Severity.LOW)]
    assert score(tally_of(findings)) == Score(6 / 10, 7 / 10, 9 / 10)


def test_questions_and_what_does_not_apply_stay_outside_the_score() -> None:
    findings = [finding(ok()), finding(MANUAL), finding(not_applicable("x"))]
    assert score(tally_of(findings)) == Score(1, 1, 1)


def test_a_collection_that_was_cut_off_is_never_complete() -> None:
    for findings, outcome in (
        ([finding(ok())], Outcome.INCOMPLETE),
        ([finding(fail("x"))], Outcome.FAIL),
    ):
        tally = tally_of(findings)
        cut = gate(tally, score(tally), Severity.HIGH, 0.95, empty=False, cut_off=True)
        assert (cut.outcome, cut.complete) == (outcome, False)


def test_exactly_the_required_coverage_is_enough() -> None:
    tally = {(Severity.LOW, Status.PASS): 3, (Severity.LOW, Status.UNKNOWN): 1}
    least = [gate(tally, score(tally), None, each, empty=False) for each in (0.75, 0.76)]
    assert [each.complete for each in least] == [True, False]


def test_what_is_accepted_counts_as_a_pass_beside_the_others() -> None:
    tally = {(Severity.HIGH, Status.PASS): 1, (Severity.HIGH, Status.FAIL): 3}
    assert accepted_score(tally, {Severity.HIGH: 2}) == Score(3 / 4, 3 / 4, 1)
    assert accepted_score(tally, {}) is None


def test_a_run_is_empty_without_a_workspace_or_a_named_one_or_any_verdict() -> None:
    around = [Neighbourhood(WORKSPACE_ID, "Fraud")]
    tally = tally_of([finding(ok())])
    assert not is_empty(tally, {WORKSPACE: 1}, (), around)
    assert not is_empty(tally, {WORKSPACE: 1}, ("fraud",), around)
    assert is_empty(tally, {WORKSPACE: 1}, ("fraud", "credit"), around)
    assert is_empty(tally, {}, (), ())
    assert not is_empty(tally, {WORKSPACE: 1}, ("credit",), None)
    assert is_empty({}, {WORKSPACE: 1}, (), around)


def test_without_verdicts_coverage_is_zero() -> None:
    assert score(tally_of([])) == Score(0, 1, 0)
    assert outcome_of() == (Outcome.INCOMPLETE, False)


@pytest.mark.parametrize(
    ("findings", "expected"),
    [
        ([finding(ok())], (Outcome.PASS, True)),
        ([finding(ok()), finding(fail("x"))], (Outcome.FAIL, True)),
        ([finding(fail("x")), finding(UNKNOWN)], (Outcome.FAIL, False)),
        ([finding(ok()), finding(UNKNOWN)], (Outcome.INCOMPLETE, False)),
        (
            [finding(ok()), finding(fail("x"), Severity.LOW), finding(ok(), Severity.INFO)],
            (Outcome.PASS, True),
        ),
        (
            [finding(ok(), Severity.LOW), finding(UNKNOWN, Severity.LOW)],
            (Outcome.INCOMPLETE, False),
        ),
    ],
)
def test_a_fail_wins_over_what_is_not_known_and_both_over_a_pass(
    findings: list[Finding], expected: tuple[Outcome, bool]
) -> None:
    assert outcome_of(*findings) == expected


def test_a_mild_unknown_does_not_matter_where_enough_is_covered() -> None:
    many = [finding(ok(), Severity.CRITICAL)] * 3
    assert outcome_of(*many, finding(UNKNOWN, Severity.LOW)) == (Outcome.PASS, True)


def test_a_run_that_never_fails_ignores_all_fails() -> None:
    assert outcome_of(finding(fail("x")), fail_on=None) == (Outcome.PASS, True)
    assert outcome_of(finding(UNKNOWN), fail_on=None) == (Outcome.INCOMPLETE, False)


def test_an_estate_without_a_workspace_is_not_a_good_one() -> None:
    assert outcome_of(finding(ok()), empty=True) == (Outcome.INCOMPLETE, False)


def test_passes_of_every_severity_count_in_the_score() -> None:
    findings = [finding(ok()), finding(ok(), Severity.LOW), finding(fail("x"), Severity.MEDIUM)]
    assert score(tally_of(findings)) == Score(7 / 10, 7 / 10, 1)


def test_a_gate_states_its_criteria() -> None:
    tally = tally_of([finding(ok())])
    result = gate(tally, score(tally), Severity.MEDIUM, 0.5, empty=False)
    assert (result.fail_on, result.min_coverage, result.new_only) == (Severity.MEDIUM, 0.5, False)
    assert gate(tally, score(tally), None, 0.5, empty=False, new_only=True).new_only
