"""Since when something has failed, and until when: only what the runs saw counts."""

from collections.abc import Sequence
from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from amlaudit import not_applicable
from amlaudit.core.arm_id import SUBSCRIPTION_TYPE
from amlaudit.core.collection import Collection
from amlaudit.core.episodes import Carried, Course, End, Episode, Run
from amlaudit.core.gap import Gap, Reason
from amlaudit.core.neighbourhood import Neighbour, Neighbourhood
from amlaudit.core.relations import WORKSPACE
from amlaudit.core.report import Profile
from amlaudit.core.rule import Severity
from amlaudit.core.scope import Scope
from amlaudit.core.verdict import Status, Verdict
from amlaudit.engine.course import dated, followed, paces_of, run_of, series_of
from tests.engine.runs import BAD, GOOD, MANUAL, UNKNOWN, day, report, run, steps_of
from tests.engine.test_waivers import finding, waiver
from tests.estates import STORAGE_ID, SUBSCRIPTION, WORKSPACE_ID

HIDDEN = Gap(SUBSCRIPTION, WORKSPACE, Reason.FORBIDDEN, "403")


def course(*runs: Run) -> Course:
    return followed(runs[0].series, steps_of(runs))


def only(*runs: Run) -> Episode:
    (episode,) = course(*runs).episodes
    return episode


def test_a_fail_lasts_from_its_first_run_to_the_run_in_which_it_passes() -> None:
    found = only(run(1, GOOD), run(2, BAD), run(5, BAD), run(9, GOOD))
    assert (found.opened, found.last_seen, found.ended) == (day(2), day(5), day(9))
    assert (found.end, found.from_start, found.reopened) == (End.FIXED, False, False)
    assert found.lasted(day(30)) == timedelta(7)


def test_a_fail_of_the_first_run_is_older_than_is_known() -> None:
    assert only(run(1, BAD), run(2, GOOD)).from_start


def test_a_fail_that_one_run_saw_was_last_seen_by_it() -> None:
    assert only(run(1, GOOD), run(2, BAD), run(4, GOOD)).last_seen == day(2)


@pytest.mark.parametrize(
    ("now", "gaps", "end"),
    [
        ([UNKNOWN], (), None),
        ([], (HIDDEN,), None),
        ([], (Gap("/", WORKSPACE, Reason.FORBIDDEN, "403"),), None),
        ([], (Gap(SUBSCRIPTION, SUBSCRIPTION_TYPE, Reason.THROTTLED, "429"),), None),
        ([], (Gap(SUBSCRIPTION, "microsoft.storage/storageaccounts", Reason.TIMEOUT, ""),), "gone"),
        ([], (), "gone"),
        ([not_applicable("x")], (), "gone"),
        ([MANUAL], (), "gone"),
        ([GOOD], (), "fixed"),
    ],
)
def test_only_a_run_that_sees_it_pass_fixes_a_fail(
    now: list[Verdict], gaps: tuple[Gap, ...], end: str | None
) -> None:
    found = only(run(1, BAD), run(2, *now, gaps=gaps))
    assert found.end is {None: None, "gone": End.VANISHED, "fixed": End.FIXED}[end]


def test_a_run_without_the_rule_ends_no_fail() -> None:
    narrowed = replace(run(2), rules=frozenset({"AML9002"}))
    followed_on = course(run(1, BAD), narrowed)
    assert followed_on.episodes[0].end is None
    assert not followed_on.is_seen(followed_on.episodes[0])


def test_a_fail_lost_from_sight_continues_when_seen_again() -> None:
    found = only(run(1, GOOD), run(2, BAD), run(3, UNKNOWN), run(4, gaps=(HIDDEN,)), run(5, BAD))
    assert (found.opened, found.last_seen, found.end) == (day(2), day(5), None)


def test_what_was_fixed_and_fails_again_is_reopened() -> None:
    first, second = course(run(1, BAD), run(2, GOOD), run(3, BAD)).episodes
    assert (first.reopened, second.reopened) == (False, True)
    assert second.opened == day(3)


def test_a_vanished_fail_that_reappears_was_never_fixed() -> None:
    _, second = course(run(1, BAD), run(2), run(3, BAD)).episodes
    assert not second.reopened


def test_a_fail_weighs_what_it_weighed_when_it_was_last_seen() -> None:
    found = only(run(1, BAD), run(2, replace(finding(severity=Severity.LOW), waiver=waiver())))
    assert (found.standing.severity, found.standing.waived) == (Severity.LOW, True)


def test_times_to_fix_are_counted_by_severity() -> None:
    low = [finding(each, severity=Severity.LOW, name="other") for each in (BAD, GOOD)]
    third = finding(name="third")
    paces = paces_of(
        course(run(1, GOOD), run(2, BAD, low[0]), run(4, GOOD, low[0], third), run(8, GOOD, low[1]))
    )
    assert paces.by_severity[Severity.HIGH].mean == timedelta(2)
    assert paces.by_severity[Severity.LOW].mean == timedelta(6)
    whole = paces.whole
    assert (whole.mean, whole.median, whole.fixed) == (timedelta(4), timedelta(4), 2)
    assert (whole.open, whole.unseen, whole.vanished, whole.at_least) == (0, 0, 1, 0)


def test_open_fails_are_distinguished_from_invisible_ones() -> None:
    paces = paces_of(course(run(1, BAD), run(3, UNKNOWN, finding(name="other"))))
    assert (paces.whole.open, paces.whole.unseen, paces.whole.fixed) == (1, 1, 0)
    assert (paces.whole.mean, paces.whole.oldest) == (None, timedelta(0))


def test_fixes_before_a_moment_can_be_left_out() -> None:
    runs = course(run(1, BAD), run(2, GOOD), run(3, BAD), run(7, GOOD))
    assert paces_of(runs, day(3)).whole.mean == timedelta(4)
    assert paces_of(runs, day(8)).whole.fixed == 0


def test_teams_answer_for_their_workspaces_and_what_these_use() -> None:
    def place(name: str, team: str) -> Neighbourhood:
        storage = Neighbour(STORAGE_ID, "t", "st", "storage", WORKSPACE_ID)
        return Neighbourhood(
            WORKSPACE_ID.replace("/ws", f"/{name}"), name, team=team, neighbours=(storage,)
        )

    findings = [finding(name="a"), finding(name="b/computes/c"), finding(name="c")]
    shared = finding()
    shared = replace(shared, resource=replace(shared.resource, id=STORAGE_ID))
    places = (place("a", "churn"), place("b", "fraud"), Neighbourhood("/c", "c"))
    whole = replace(report(1, *findings, shared), neighbourhoods=places)
    found = run_of(whole)
    paces = paces_of(followed(found.series, steps_of([found])))
    assert {team: pace.open for team, pace in paces.by_team.items()} == {
        "": 1,
        "churn": 2,
        "fraud": 2,
    }


def test_runs_of_another_scope_profile_or_kind_are_another_series() -> None:
    plain = report(1)
    asked = replace(plain, collection=Collection(Scope(workspaces=("ws",))))
    declared = replace(plain, collection=replace(plain.collection, is_deployment=True))
    others = [plain, asked, declared, replace(plain, profile=Profile("ours", ""))]
    assert len({series_of(each).id for each in others}) == 4
    assert series_of(report(9)) == series_of(plain)


def test_a_fail_knows_since_when_it_fails() -> None:
    known = course(run(1, BAD), run(3, BAD))
    passes = finding(GOOD, name="third")
    findings = dated([finding(), finding(name="other"), passes], known, day(5))
    assert [each.first_seen for each in findings] == [day(1), day(5), None]
    earlier = replace(finding(), first_seen=day(1) - timedelta(9))
    assert [each.first_seen for each in dated([earlier], known, day(5))] == [earlier.first_seen]


VERDICTS = st.sampled_from([None, BAD, GOOD, UNKNOWN, MANUAL, not_applicable("x")])
SEEN = st.lists(VERDICTS, min_size=1, max_size=8)


@given(SEEN, st.booleans())
def test_a_fix_is_always_a_pass_that_a_run_saw(seen: list[Verdict | None], hidden: bool) -> None:  # noqa: FBT001 - as hypothesis has it
    gaps = (HIDDEN,) if hidden else ()
    runs = [
        run(number, *([each] if each else []), gaps=gaps) for number, each in enumerate(seen, 1)
    ]
    by_day = {each.at: each.standings for each in runs}
    for episode in course(*runs).episodes:
        if episode.ended and by_day[episode.ended]:
            (status,) = {how.status for _, how in by_day[episode.ended]}
            assert (episode.end is End.FIXED) is (status is Status.PASS)
        elif episode.ended:
            assert not hidden
            assert episode.end is End.VANISHED


@given(st.lists(VERDICTS, min_size=9, max_size=9), st.integers(1, 8))
def test_what_earlier_runs_left_behind_is_as_good_as_these(
    seen: list[Verdict | None], cut: int
) -> None:
    runs = [run(number, *([each] if each else [])) for number, each in enumerate(seen, 1)]
    whole = course(*runs)
    early = followed(runs[0].series, steps_of(runs[:cut]))
    still = tuple(each for each in early.episodes if each.end is None)
    rest = followed(runs[0].series, steps_of(runs[cut:]), Carried(still, early.fixed))
    assert _of_late(whole, runs[cut:]) == _of_late(rest, runs[cut:])


def _of_late(course: Course, runs: Sequence[Run]) -> list[Episode]:
    """Return the episodes that lasted into some runs, ignoring if they began with the first."""
    begin: datetime = runs[0].at if runs else day(30)
    return [
        replace(each, from_start=False)
        for each in course.episodes
        if each.ended is None or each.ended >= begin
    ]


def test_a_series_is_identified_by_its_scope_in_any_order() -> None:
    whole = report(1, GOOD)
    scope = Scope(subscriptions=("a",), resource_groups=("b\ud800",))
    asked = replace(whole, collection=replace(whole.collection, scope=scope), profile=None)
    series = series_of(asked)
    assert (series.scope, series.profile, series.is_deployment) == (scope, "", False)
    assert len(series.id) == 12
    assert series.id == series_of(asked).id == "76c77fc96224"
    profile = Profile("strict", "0" * 64)
    assert series_of(replace(asked, profile=profile)).profile == "strict"
    declared = replace(asked, collection=replace(asked.collection, is_deployment=True))
    assert series_of(declared).is_deployment
    assert series_of(declared).id != series.id


def test_a_run_keeps_what_tells_it_and_its_findings_from_others() -> None:
    twin = replace(finding(BAD), subject_key="microsoft.storage/storageaccounts")
    found = run_of(replace(report(1, twin), version="1.2.3"))
    assert found.version == "1.2.3"
    assert found.series == series_of(report(1, twin))
    ((topic, standing),) = found.standings
    assert topic == (twin.id, twin.rule.id, twin.resource.id, twin.subject_key)
    assert standing.teams == ()
    assert followed(found.series, steps_of([found])).series == found.series


def test_a_fix_at_the_moment_from_which_they_count_counts() -> None:
    fixed = course(run(1, GOOD), run(2, BAD), run(5, GOOD))
    assert paces_of(fixed, day(5)).whole.fixed == 1
    assert paces_of(fixed, day(6)).whole.fixed == 0


def test_a_pace_counts_what_is_waived_older_than_known_and_reopened() -> None:
    waived = replace(finding(BAD), waiver=waiver())
    first = paces_of(course(run(1, BAD), run(3, GOOD), run(6, waived))).whole
    assert (first.open, first.waived, first.fixed) == (1, 1, 1)
    assert (first.reopened, first.vanished, first.unseen) == (1, 0, 0)
    assert first.oldest == timedelta(0)
    older = paces_of(course(run(1, BAD), run(3, GOOD))).whole
    assert (older.fixed, older.at_least, older.mean) == (1, 1, timedelta(2))


def test_without_a_course_a_fail_is_dated_by_its_own_run() -> None:
    fails = [finding(BAD), finding(GOOD)]
    assert [each.first_seen for each in dated(fails, None, day(3))] == [day(3), None]


def test_a_hidden_type_is_not_mistaken_for_deleted() -> None:
    twin = replace(finding(BAD), subject_key=WORKSPACE)
    assert only(run(1, GOOD), run(2, twin), run(3, gaps=(HIDDEN,))).end is None
    storage = "microsoft.storage/storageaccounts"
    missed, closed = (
        replace(finding(BAD), subject_key=storage),
        Gap(SUBSCRIPTION, storage, Reason.FORBIDDEN, "403"),
    )
    assert only(run(1, GOOD), run(2, missed), run(3, gaps=(closed,))).end is None
