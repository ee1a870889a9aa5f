"""What a report says about a check: its state, its wording, and the findings behind it."""

from datetime import date, timedelta

import pytest
from msgspec.structs import replace

from amlaudit.core.arm_id import SUBSCRIPTION_TYPE
from amlaudit.core.checklist import REPORT, Answers, CheckResult, CheckState, Item, Sighting
from amlaudit.core.report import Disabled, Finding, Profile, Report
from amlaudit.core.rule import Severity
from amlaudit.core.verdict import Look, Other, Seen, Status
from amlaudit.core.waiver import WaiverState, WaiverUse
from amlaudit.engine.checklist.answers import digest_of
from amlaudit.engine.checklist.checks import checks_of
from amlaudit.engine.checklist.facts import MAX_SIGHTINGS, facts_of
from amlaudit.engine.checklist.judge import judge
from tests.engine.checklists import AT, WAIVER, answer, finding, item, question, report, rule
from tests.estates import SUBSCRIPTION, gap

OTHER = replace(WAIVER, id="W-2")
F, P, U, N = Status.FAIL, Status.PASS, Status.UNKNOWN, Status.NOT_APPLICABLE


def check(whole: Report, key: str = "k", ids: tuple[str, ...] = ("AML1", "AML2")) -> CheckResult:
    """Return the one check of a checklist."""
    row = Item("A01", "subject", {key: ids}, ())
    (found,) = checks_of([row], {key: "nobody wrote a rule"}, whole, facts_of(whole, ids)).values()
    assert found.key == key
    return found


@pytest.mark.parametrize(
    ("found", "state", "message", "total"),
    [
        ([("AML1", F), ("AML2", P)], CheckState.FAIL, "1 failing", 1),
        ([("AML1", F), ("AML2", F)], CheckState.FAIL, "2 failing", 2),
        ([("AML1", U), ("AML2", P)], CheckState.UNKNOWN, "1 unknown", 1),
        ([("AML1", Status.MANUAL), ("AML2", P)], CheckState.NOT_AUTOMATED,
         "1 that only people can answer", 1),
        ([("AML1", P), ("AML2", P)], CheckState.PASS, "2 passed", 2),
        ([("AML1", N), ("AML2", N)], CheckState.NOT_APPLICABLE, "told by AML1", 2),
    ],
)  # fmt: skip
def test_the_worst_finding_decides_and_is_shown(
    found: list[tuple[str, Status]], state: CheckState, message: str, total: int
) -> None:
    result = check(report([finding(*each) for each in found]))
    assert (result.state, result.message, result.total) == (state, message, total)
    assert (result.rules, result.questions) == (("AML1", "AML2"), ())
    is_good = state in (CheckState.PASS, CheckState.NOT_APPLICABLE)
    assert result.settled is is_good
    assert bool(result.sightings) is not is_good


def test_the_first_findings_are_shown_as_they_were() -> None:
    marked = finding("AML1", F, waiver=WAIVER, name="one")
    several = [finding("AML2", F, name=str(number)) for number in range(MAX_SIGHTINGS + 5)]
    result = check(report([marked, *several]))
    assert (result.total, len(result.sightings)) == (MAX_SIGHTINGS + 5, MAX_SIGHTINGS)
    first = several[0]
    assert result.sightings[0] == Sighting(
        first.id, "AML2", first.resource.id, "0", F, "", "told by AML2"
    )  # fmt: skip
    assert result.waivers == (WAIVER.id,)
    alone = check(report([marked]), ids=("AML1",))
    assert (alone.state, alone.settled) == (CheckState.WAIVED, True)
    assert alone.sightings[0].waiver == WAIVER.id
    assert alone.message == "1 failing with a waiver"


def test_a_rule_that_took_no_part_leaves_its_check_open() -> None:
    whole = report([finding("AML1", P)])
    result = check(whole, ids=("AML1", "AML2", "AML3"))
    assert (result.state, result.message) == (CheckState.UNKNOWN, "AML2, AML3 was not evaluated")
    assert (result.rules, result.questions) == (("AML1", "AML2", "AML3"), ())
    assert check(report([finding("AML1", F)])).state is CheckState.FAIL


def profile(*disabled: str) -> Profile:
    """Return a profile that disables rules."""
    each = (Disabled(rule(name), f"no {name} here") for name in disabled)
    return Profile("company", "0" * 64, disabled=tuple(each))


def test_a_rule_that_a_profile_disables_is_excused_with_its_reason() -> None:
    whole = replace(report([finding("AML3", P)]), profile=profile("AML1", "AML2"))
    result = check(whole)
    assert (result.state, result.settled) == (CheckState.WAIVED, True)
    assert result.message == "AML1 is disabled: no AML1 here; AML2 is disabled: no AML2 here"
    assert result.waivers == (
        "the profile, which disables AML1", "the profile, which disables AML2"
    )  # fmt: skip
    failing = replace(report([finding("AML2", F)]), profile=profile("AML1"))
    assert check(failing).state is CheckState.FAIL
    assert check(failing).waivers == ("the profile, which disables AML1",)


def test_a_report_with_omitted_findings_proves_no_pass() -> None:
    kept = replace(report([finding("AML1", P), finding("AML2", P)]), only=(Status.FAIL,))
    result = check(kept)
    assert result.state is CheckState.UNKNOWN
    assert result.message == "the report contains only some of its findings"
    assert result.rules == ("AML1", "AML2")
    failing = replace(report([finding("AML1", F), finding("AML2", P)]), only=(Status.FAIL,))
    assert check(failing).state is CheckState.FAIL
    assert check(kept, "sec.benchmark", (REPORT,)).state is CheckState.UNKNOWN


def test_a_check_without_a_rule_states_the_reason() -> None:
    result = check(report([]), ids=())
    assert (result.state, result.message) == (CheckState.NOT_AUTOMATED, "nobody wrote a rule")


def test_the_benchmark_is_every_severe_rule_that_it_asks_for() -> None:
    mild = finding("AML1", F)
    mild = replace(mild, rule=replace(mild.rule, severity=Severity.LOW))
    apart = finding("AML2", F)
    apart = replace(apart, rule=replace(apart.rule, mappings={}))
    result = check(report([mild, apart, finding("AML3", P)]), "sec.benchmark", (REPORT,))
    assert (result.state, result.rules, result.questions) == (CheckState.PASS, (), ())
    assert check(report([finding("AML3", F)]), "sec.benchmark", (REPORT,)).total == 1


def whole_report() -> Report:
    """Return a report with nothing to complain about."""
    found = report([finding("AML1", P)])
    return replace(found, collection=replace(found.collection, started_at=AT, ended_at=AT))


@pytest.mark.parametrize(
    ("key", "changes", "state", "message"),
    [
        ("scope.reached", {"gaps": (gap(SUBSCRIPTION, SUBSCRIPTION_TYPE),)}, CheckState.UNKNOWN,
         "1 scopes could not be read"),
        ("scope.reached", {"seen": {}}, CheckState.UNKNOWN, "no workspace was read"),
        ("org.waivers", {"waivers": ()}, CheckState.NOT_APPLICABLE, "there are no waivers"),
        ("org.waivers", {"waivers": (WaiverUse(WAIVER, WaiverState.ACTIVE, 1),)}, CheckState.PASS,
         "1 waivers, none of them expired"),
        ("org.waivers",
         {"waivers": (WaiverUse(WAIVER, WaiverState.EXPIRED, 1),
                      WaiverUse(replace(WAIVER, id="W-2"), WaiverState.EXPIRED, 1))},
         CheckState.FAIL, "waivers no longer in effect: W-1, W-2"),
    ],
)  # fmt: skip
def test_what_the_report_itself_says(
    key: str, changes: dict[str, object], state: CheckState, message: str
) -> None:
    found = check(replace(whole_report(), **changes), key, (REPORT,))
    assert (found.state, found.message) == (state, message)


def test_evidence_is_reached_and_fresh() -> None:
    whole = whole_report()
    reached = check(whole, "scope.reached", (REPORT,))
    assert (reached.state, reached.message) == (
        CheckState.PASS, "every requested scope was read"
    )  # fmt: skip
    cut = replace(whole, collection=replace(whole.collection, ended_at=None))
    assert check(cut, "scope.reached", (REPORT,)).message == ("the collection did not finish")
    fresh = check(whole, "scope.freshness", (REPORT,))
    assert fresh.message == f"the evidence was read on {AT:%Y-%m-%d}"
    week = replace(whole, at=AT + timedelta(days=7))
    assert check(week, "scope.freshness", (REPORT,)).state is CheckState.PASS
    older = replace(whole, at=AT + timedelta(days=9))
    assert check(older, "scope.freshness", (REPORT,)).message == (
        "the evidence is 9 days old; the limit is 7"
    )
    undetermined = replace(whole, collection=replace(whole.collection, started_at=None))
    assert check(undetermined, "scope.freshness", (REPORT,)).message == (
        "the time at which the evidence was read is not recorded"
    )


def test_coverage_that_is_just_enough_is_enough() -> None:
    whole = whole_report()
    least = replace(whole, gate=replace(whole.gate, min_coverage=whole.score.coverage))
    assert check(least, "scope.coverage", (REPORT,)).state is CheckState.PASS


def test_coverage_is_never_rounded_up() -> None:
    whole = whole_report()
    little = replace(whole, score=replace(whole.score, coverage=0.94999))
    short = replace(little, gate=replace(whole.gate, min_coverage=0.95))
    told = check(short, "scope.coverage", (REPORT,))
    assert (told.state, told.message) == (
        CheckState.UNKNOWN,
        "coverage 94.9%, at least 95.0% required",
    )
    exact = replace(short, score=replace(whole.score, coverage=0.29))
    assert check(exact, "scope.coverage", (REPORT,)).message.startswith("coverage 29.0%")


def digest(*found: Finding, **changes: object) -> tuple[str, str]:
    """Return the hashes of a report, and of its rule AML1."""
    whole = replace(report(found), **changes)
    facts = facts_of(whole, ("AML1",), {"AML1"})
    return facts.digest, facts.rules["AML1"].digest.hexdigest()


def test_what_answers_depend_on_changes_with_what_was_seen_and_excused() -> None:
    plain = finding("AML1", F)
    whole, own = digest(plain)
    assert digest(plain) == (whole, own)
    for other in (
        finding("AML1", P),
        finding("AML1", F, waiver=WAIVER),
        finding("AML1", F, observed=2),
        finding("AML1", F, name="other"),
        replace(plain, subject_key="a/b"),
    ):
        assert digest(other)[1] != own
    assert digest(finding("AML1", N, observed=2)) == digest(finding("AML1", N, observed=3))
    strict = digest(plain, profile=profile())
    assert strict[0] != whole
    assert strict[1] == own
    assert digest(replace(plain, rule=replace(plain.rule, because=str(date.min))))[1] == own


def test_what_no_answer_depends_on_is_not_hashed() -> None:
    seen = [report([finding("AML1", F, observed=value)]) for value in (1, 2)]
    first, second = (facts_of(each, ("AML1",), {"AML2"}).rules["AML1"] for each in seen)
    assert first.digest.hexdigest() == second.digest.hexdigest()


def test_a_checklist_states_its_scope_and_time() -> None:
    answers = Answers("mlw-fraud", {"A01.1": answer()}, max_age_days=90)
    row = item({"net.x": ("AML1",)}, question())
    whole = report([finding("AML1", F, waiver=WAIVER), finding("AML1", F, waiver=OTHER, name="v")])
    made = judge([row], {}, whole, answers)
    assert (made.workspace, made.at, made.max_answer_age_days) == ("mlw-fraud", AT, 90)
    assert made.scan_id
    assert facts_of(whole, ("AML1",)).digest.startswith(made.scan_id)
    assert [each.item for each in made.items] == [row]
    assert made.exceptions == ("A01 net.x: waived by W-1, W-2",)
    (bad,) = judge([row], {}, report([finding("AML1", F)]), answers).items
    assert bad.item == row


def test_the_order_of_answers_does_not_affect_signatures() -> None:
    one, two = answer(key="A01.1"), answer(key="A01.2", text="a\ud800")
    there = Answers("w", {"A01.1": one, "A01.2": two})
    back = Answers("w", {"A01.2": two, "A01.1": one})
    assert digest_of(there) == digest_of(back)
    assert digest_of(there) != digest_of(Answers("w", {"A01.1": one}))
    assert digest_of(there) != digest_of(Answers("v", dict(there.given)))


def test_what_a_check_lacks_is_empty() -> None:
    absent = check(report([]), ids=("AML1",))
    assert (absent.sightings, absent.total, absent.waivers) == ((), 0, ())
    row = Item("A01", "subject", {"k": ("AML1", "A01.1")}, (question(),))
    whole = report([finding("AML2", P)])
    facts = facts_of(whole, ("AML1",))
    assert checks_of([row], {}, whole, facts)["k"].questions == ("A01.1",)
    kept = replace(report([finding("AML1", P)]), only=(Status.FAIL,))
    partly = checks_of([row], {}, kept, facts_of(kept, ("AML1",)))["k"]
    assert (partly.state, partly.questions) == (CheckState.UNKNOWN, ("A01.1",))
    full = report([finding("AML1", P)])
    assert checks_of([row], {}, full, facts_of(full, ("AML1",)))["k"].questions == ("A01.1",)


def test_on_which_other_resource_something_was_observed_counts() -> None:
    """An answer depends on it as on what was observed there."""
    there = Look("properties.x", "", 1, Seen.PRESENT, at=1)
    seen = finding("AML1", Status.FAIL)
    digests = set()
    for place in ("/a", "/b"):
        verdict = replace(seen.verdict, looks=(there,))
        elsewhere = replace(seen, verdict=verdict, others=(Other(place, None),))
        facts = facts_of(report([elsewhere]), ("AML1",), {"AML1"})
        digests.add(facts.rules["AML1"].digest.hexdigest())
    assert len(digests) == 2
