"""Identical verdicts are one object; those that differ in anything are not."""

import pytest
from msgspec.structs import replace

from amlaudit.core.gap import Reason
from amlaudit.core.verdict import (
    Evidence,
    Look,
    Other,
    Seen,
    Status,
    Verdict,
    evidence_of,
)
from amlaudit.engine import interning as module
from amlaudit.engine.interning import VerdictPool
from amlaudit.engine.outcome import Tally
from tests.estates import resource

PATH = "properties.on"
ORIGIN = resource("/subscriptions/s").origin
JUDGED = Other("/judged", ORIGIN)


def verdict(observed: object, *more: Look | Evidence, message: str = "it is on") -> Verdict:
    return Verdict(Status.PASS, message, looks=(look(observed), *more))


def look(observed: object) -> Look:
    return Look(PATH, "", observed, Seen.PRESENT)


def elsewhere(resource_id: str, observed: object = 1) -> Evidence:
    return Evidence(resource_id, PATH, "", observed, Seen.PRESENT, ORIGIN)


def told(pool: VerdictPool, given: Verdict) -> Verdict:
    """Return the interned verdict, which must say the same as the given one."""
    found, others = pool.intern(given, JUDGED)
    said = evidence_of(found.looks, JUDGED.resource_id, JUDGED.origin, others)
    assert said == evidence_of(given.looks, JUDGED.resource_id, JUDGED.origin)
    assert replace(found, looks=()) == replace(given, looks=())
    kinds = [[type(each.observed) for each in every.looks] for every in (found, given)]
    assert kinds[0] == kinds[1]
    return found


@pytest.mark.parametrize("observed", ["on", True, 1, None, Tally("1 of 2 match")])
def test_a_verdict_like_an_earlier_one_is_the_earlier_one(observed: object) -> None:
    pool = VerdictPool()
    first = told(pool, verdict(observed))
    assert told(pool, verdict(observed)) is first


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (verdict(observed=True), verdict(1)),
        (verdict(observed=False), verdict(0)),
        (verdict("none found"), verdict(Tally("none found"))),
        (verdict(observed=True), verdict(observed=True, message="it is set")),
        (verdict(observed=True), verdict(1, look("x"))),
        (verdict(observed=True), replace(verdict(observed=True), status=Status.FAIL)),
        (verdict(None), replace(verdict(None), reason=Reason.FORBIDDEN)),
        (verdict(None), replace(verdict(None), permission="a/read")),
        (verdict("on", look("x")), verdict("on", elsewhere("/a", "x"))),
        (verdict("on", elsewhere("/a", 1)), verdict("on", elsewhere("/a", observed=True))),
        (
            verdict("on", elsewhere("/a"), elsewhere("/a")),
            verdict("on", elsewhere("/a"), elsewhere("/b")),
        ),
    ],
)
def test_verdicts_that_differ_in_anything_are_not_shared(one: Verdict, other: Verdict) -> None:
    pool = VerdictPool()
    assert told(pool, one) is not told(pool, other)


@pytest.mark.parametrize("observed", [(1,), {"a": 1}, [True], 0.0])
def test_what_can_equal_another_and_be_spelled_otherwise_is_not_shared(observed: object) -> None:
    pool = VerdictPool()
    assert told(pool, verdict(observed)) is not told(pool, verdict(observed))


def test_what_is_not_shared_names_no_other_resource_either() -> None:
    found = told(VerdictPool(), verdict((1,), elsewhere("/a"), elsewhere(JUDGED.resource_id)))
    assert [each.at for each in found.looks if isinstance(each, Look)] == [0, 1, 0]


def test_a_verdict_that_a_rule_hands_out_again_is_known_without_a_look_at_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    pool, again = VerdictPool(), verdict("on")
    assert told(pool, again) is again
    monkeypatch.setattr(module, "_observed", None)  # nothing can be looked at
    assert pool.intern(again, JUDGED) == (again, ())
    with pytest.raises(TypeError):
        pool.intern(verdict("on"), JUDGED)


def test_it_does_not_matter_which_other_resources_a_verdict_rests_on() -> None:
    pool = VerdictPool()
    one, others = pool.intern(verdict("on", elsewhere("/a"), elsewhere("/b")), JUDGED)
    assert others == (Other("/a", ORIGIN), Other("/b", ORIGIN))
    again, same = pool.intern(verdict("off", elsewhere("/a"), elsewhere("/b")), JUDGED)
    assert same is others
    assert again is not one
    assert told(pool, verdict("on", elsewhere("/c"), elsewhere("/d"))) is one


def test_those_that_say_something_else_of_the_same_share_what_they_rest_on() -> None:
    pool = VerdictPool()
    one = told(pool, verdict("on", elsewhere("/a"), message="a is on"))
    other = told(pool, verdict("on", elsewhere("/b"), message="b is on"))
    assert one.looks is other.looks


def test_evidence_that_was_found_on_the_judged_resource_is_a_look_at_it() -> None:
    found = told(VerdictPool(), verdict("on", elsewhere(JUDGED.resource_id)))
    assert found.looks[1] == Look(PATH, "", 1, Seen.PRESENT, at=0)


def test_there_may_be_any_number_of_others() -> None:
    given = Verdict(Status.PASS, "", looks=tuple(elsewhere(f"/{at}") for at in range(100)))
    assert {type(each) for each in told(VerdictPool(), given).looks} == {Look}


def test_the_oldest_are_forgotten(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_MAX_KNOWN", 2)
    pool = VerdictPool()
    first = told(pool, verdict("0"))
    for number in range(1, 4):
        told(pool, verdict(str(number)))
    assert told(pool, verdict("0")) is not first
