"""What the views of the HTML report compute before anything is rendered."""

from collections import Counter
from datetime import UTC, date, datetime, timedelta
from xml.etree import ElementTree as ET

import pytest
from msgspec.structs import replace

from amlaudit.core.gap import Gap, Reason
from amlaudit.core.history import Baseline, Change, Posture
from amlaudit.core.relations import WORKSPACE
from amlaudit.core.report import Report, Score
from amlaudit.core.rule import Severity
from amlaudit.core.selection import limited
from amlaudit.core.verdict import Status
from amlaudit.core.waiver import Waiver, WaiverKind, WaiverState, WaiverUse
from amlaudit.reporters.html import charts, coverage, exceptions, frameworks, render, risks
from amlaudit.reporters.html.belonging import belonging
from amlaudit.reporters.html.counts import counts_of
from amlaudit.reporters.html.workspaces import cards
from tests.reporters import networks
from tests.reporters.sample_rules import RULES
from tests.reporters.samples import (
    AT,
    PERMISSION,
    SUBSCRIPTION,
    UNREAD,
    crowded,
    empty,
    followed,
    sample,
)

WAIVER = Waiver(
    "W-014", "AML1201", "/x", "*", WaiverKind.ACCEPTED_RISK, "why", "ml@a.example", date(2026, 2, 1)
)


def use(state: WaiverState, ends: date, name: str = "W-1") -> WaiverUse:
    """Return the use of a waiver."""
    return WaiverUse(replace(WAIVER, id=name, expires=ends), state, 1)


def posture(day: int, low: float, high: float) -> Posture:
    """Return the result of one report in a series."""
    return Posture(datetime(2026, 1, 1, tzinfo=UTC) + timedelta(days=day), low, high, 0.9)


def worst_of(report: Report, exposed: tuple[str, ...] = ()) -> list[risks.Risk]:
    """Return the worst risks of a report."""
    belongs = belonging(report)
    return risks.worst(counts_of(report, belongs).fails.values(), belongs, exposed)


def test_a_critical_fail_is_the_top_risk_regardless_of_its_reach() -> None:
    assert next(each.rule.id for each in worst_of(sample())) == "AML1001"


def test_a_risk_that_public_networks_reach_weighs_more() -> None:
    report = crowded(2)
    (plain,) = worst_of(report)
    (exposed,) = worst_of(report, tuple(plain.workspaces))
    assert (plain.weight, exposed.weight) == (12, 24)


def test_waived_fails_are_not_open_risks() -> None:
    report = crowded(2)
    findings = tuple(replace(each, waiver=WAIVER) for each in report.findings)
    assert worst_of(replace(report, findings=findings)) == []


def test_coverage_tells_complete_denied_partial_and_not_looked_at_apart() -> None:
    report = sample()
    gaps = (*report.gaps, Gap(SUBSCRIPTION, "microsoft.storage/x", Reason.TIMEOUT, "no answer"))
    rows = {each.scope_id: each.cells for each in coverage.matrix(replace(report, gaps=gaps))}
    assert rows[SUBSCRIPTION]["Storage"] == (coverage.Sight.PARTIAL, 1)
    assert rows[SUBSCRIPTION]["Key Vault"] == (coverage.Sight.COMPLETE, 0)
    assert rows[UNREAD]["Machine Learning"] == (coverage.Sight.DENIED, 1)
    assert rows[UNREAD]["Storage"] == (coverage.Sight.NOT_ASKED, 0)


def test_more_time_is_advised_only_where_it_helps() -> None:
    def told(reason: Reason) -> str:
        return render(replace(empty(), gaps=(Gap(SUBSCRIPTION, "a/b", reason, "why"),)))

    assert "leaves more time" in told(Reason.TIMEOUT)
    assert "leaves more time" not in told(Reason.NOT_COLLECTED)
    assert "scan Azure where a file or a deployment was judged" in told(Reason.NOT_COLLECTED)


def test_a_control_without_a_rule_is_not_covered_and_one_with_unknowns_not_assessed() -> None:
    counts = {"AML1201": Counter({Status.UNKNOWN: 1, Status.PASS: 3})}
    found = frameworks.controls(RULES[1:2], counts)
    answers = {each.id: each.answer for each in found["mcsb"]}
    assert answers["NS-2"] is frameworks.Answer.NOT_FULLY_ASSESSED
    assert answers["NS-3"] is frameworks.Answer.NOT_COVERED
    assert list(answers).index("NS-9") < list(answers).index("NS-10")


@pytest.mark.parametrize(
    ("counts", "answer"),
    [
        ({Status.FAIL: 1, Status.UNKNOWN: 1}, frameworks.Answer.FAILS),
        ({Status.MANUAL: 1, Status.PASS: 1}, frameworks.Answer.FOR_PEOPLE),
        ({Status.PASS: 1, Status.NOT_APPLICABLE: 1}, frameworks.Answer.PASSES),
        ({Status.NOT_APPLICABLE: 1}, frameworks.Answer.NOTHING_TO_JUDGE),
    ],
)
def test_the_worst_of_its_rules_answers_a_control(
    counts: dict[Status, int], answer: frameworks.Answer
) -> None:
    found = frameworks.controls(RULES[1:2], {"AML1201": Counter(counts)})
    assert next(each.answer for each in found["mcsb"] if each.id == "NS-2") is answer


def test_omitted_findings_prove_nothing() -> None:
    found = frameworks.controls(RULES[1:2], {}, partial=True)
    assert next(each.answer for each in found["mcsb"] if each.rules) is frameworks.Answer.LEFT_OUT


def test_a_partial_report_says_so_beside_every_count() -> None:
    report = sample()
    kept = tuple(each for each in report.findings if each.verdict.status is Status.FAIL)
    page = render(replace(report, findings=kept, only=(Status.FAIL,)))
    assert "Only failing findings are in this file" in page
    assert '<td class="count soft">left out</td>' in page
    assert "None of the findings that were kept" in page


@pytest.mark.parametrize(
    ("kept", "claims"),
    [
        (Status.PASS, ("No rule fails", "No rule of this run has a question")),
        (Status.FAIL, ("Nothing was left unread", "everything that the rules needed was read")),
        (Status.FAIL, ("no rule of this run", "It blinds no rule")),
        (Status.NOT_APPLICABLE, ("no rule had a resource to look at",)),
    ],
)
def test_what_a_partial_report_leaves_out_is_not_denied(
    kept: Status, claims: tuple[str, ...]
) -> None:
    report = replace(sample(), gaps=())
    page = render(limited(report, [kept])) + render(limited(sample(), [kept]))
    assert not [each for each in claims if each in page]
    assert "left out of this report" in page


def test_waived_fails_are_counted_even_if_fails_are_left_out() -> None:
    page = render(limited(followed(), [Status.UNKNOWN]))
    assert "1 fail is waived" in page


def test_what_is_out_of_sight_since_the_baseline_is_named() -> None:
    report = followed()
    assert report.baseline is not None
    (gone,) = report.baseline.vanished
    page = render(replace(report, baseline=replace(report.baseline, lost=(gone,))))
    assert "1 finding now out of sight" in page
    assert "AML1201 on <code>rg-old</code>: failing then" in page
    assert "out of sight" not in render(report)


def test_workspaces_of_one_name_are_told_apart() -> None:
    report = sample()
    fraud = next(each for each in report.findings if each.resource.name == "mlw-fraud")
    there = fraud.resource.id.replace("0001/", "0009/")
    twin = replace(fraud, resource=replace(fraud.resource, id=there))
    both = replace(report, findings=(*report.findings, twin))
    labels = belonging(both).labels()
    for each in (fraud.resource.id, there):
        assert labels[each] == f"mlw-fraud (rg-ml, {each.split('/')[2]})"
        assert f">{labels[each]}</h3>" in render(both)
    assert labels[next(each for each in labels if "churn" in each)] == "mlw-churn"


def test_permission_is_asked_for_wherever_it_is_missing() -> None:
    places = [f"{SUBSCRIPTION}/resourcegroups/rg(ml){each}" for each in range(7)]
    gaps = tuple(Gap(each, WORKSPACE, Reason.FORBIDDEN, "403", PERMISSION) for each in places)
    page = render(replace(sample(), gaps=gaps))
    asked = [f"--scope &#39;{each}&#39;" in page for each in places]
    assert asked == [True] * 5 + [False] * 2
    assert "The same in 2 more scopes, in the table below." in page


def test_a_card_tells_what_a_workspace_depends_on_and_what_is_not_known_of_it() -> None:
    report = networks.unreadable_hub()
    belongs = belonging(report)
    (card,) = cards(belongs, counts_of(report, belongs), [])
    assert (card.workspace.environment, card.workspace.owner) == ("prod", "risk")
    assert [each.name for each in card.neighbours["Storage account"]] == ["stmlw"]
    assert card.total(Status.FAIL) == len(
        [each for each in report.findings if each.verdict.status is Status.FAIL]
    )


def test_invalid_waivers_come_first_and_expiring_ones_are_named() -> None:
    uses = (
        use(WaiverState.ACTIVE, date(2026, 6, 1), "W-late"),
        use(WaiverState.ACTIVE, date(2026, 2, 14), "W-soon"),
        use(WaiverState.EXPIRED, date(2026, 1, 1), "W-gone"),
    )
    report = replace(sample(), waivers=uses)
    assert [each.waiver.id for each in exceptions.in_order(report)] == [
        *("W-gone", "W-soon"),
        "W-late",
    ]
    assert [each.waiver.id for each in exceptions.expiring(report)] == ["W-soon"]
    assert exceptions.days_left(uses[2], AT) == -14
    assert "14 days ago" in render(report)


def test_changes_are_shown_on_the_summary() -> None:
    baseline = Baseline("last.json", AT, {Change.NEW: 3, Change.COVERAGE_LOST: 2})
    page = render(replace(sample(), baseline=baseline))
    assert "Compared with last.json" in page
    assert "No longer known" in page
    assert 'data-filter="change=new"' in page


def test_the_score_with_accepted_risk_is_shown_beside_the_score() -> None:
    page = render(replace(sample(), accepted=Score(0.8, 0.9, 0.9)))
    assert "With accepted risk" in page
    assert "80\N{EN DASH}90 %" in page


def test_the_trend_is_a_band_between_the_ends_of_the_posture() -> None:
    chart = ET.fromstring(charts.trend([posture(0, 0.5, 1.0), posture(7, 0.0, 0.5)]))  # noqa: S314
    (band,) = chart.iter("polygon")
    corners = [tuple(map(float, each.split(","))) for each in band.get("points", "").split()]
    left, right = min(corners)[0], max(corners)[0]
    assert [x for x, _ in corners] == [left, right, right, left]
    assert corners[0][1] < corners[3][1]  # the high end is above the low one
    assert "from 50\N{EN DASH}100 % on 2026-01-01" in str(chart.findtext("title"))


def test_the_trend_shows_a_year_of_weeks() -> None:
    chart = charts.trend([posture(day, 0.5, 0.6) for day in range(60)])
    assert chart.count("<circle") == 2 * charts.MAX_POINTS


def test_bars_of_areas_are_as_long_as_what_fails_there() -> None:
    counts = {
        "network": Counter({(Severity.HIGH, Status.FAIL): 4}),
        "storage": Counter({(Severity.LOW, Status.FAIL): 1, (Severity.LOW, Status.UNKNOWN): 1}),
    }
    chart = ET.fromstring(charts.severity_by_area(counts))  # noqa: S314
    widths = {each.get("class"): float(each.get("width", "")) for each in chart.iter("rect")}
    assert widths["fill-high"] == 4 * widths["fill-low"] == 4 * widths["fill-unknown"]


def test_every_view_of_an_empty_estate_has_a_message() -> None:
    page = render(empty())
    for told in ("No workspace was found", "no network to draw", "There are no waivers"):
        assert told in page


def test_a_report_without_neighbourhoods_says_so() -> None:
    page = render(replace(sample(), neighbourhoods=None))
    assert "not in the file that this report was made from" in page
