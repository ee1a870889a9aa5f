"""Verdicts that are alike are one and the same; those that differ in anything are not."""

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
from amlaudit.engine import alike as module
from amlaudit.engine.alike import Alike
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


def told(alike: Alike, given: Verdict) -> Verdict:
    """Return what a verdict becomes; it must say what it said."""
    found, others = alike.one_of(given, JUDGED)
    said = evidence_of(found.looks, JUDGED.resource_id, JUDGED.origin, others)
    assert said == evidence_of(given.looks, JUDGED.resource_id, JUDGED.origin)
    assert replace(found, looks=()) == replace(given, looks=())
    kinds = [[type(each.observed) for each in every.looks] for every in (found, given)]
    assert kinds[0] == kinds[1]
    return found


@pytest.mark.parametrize("observed", ["on", True, 1, None, Tally("1 of 2 match")])
def test_a_verdict_like_an_earlier_one_is_the_earlier_one(observed: object) -> None:
    alike = Alike()
    first = told(alike, verdict(observed))
    assert told(alike, verdict(observed)) is first


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (verdict(observed=True), verdict(1)),
        (verdict(observed=False), verdict(0)),
        (verdict("none is there"), verdict(Tally("none is there"))),
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
def test_what_differs_in_anything_stays_as_it_is(one: Verdict, other: Verdict) -> None:
    alike = Alike()
    assert told(alike, one) is not told(alike, other)


@pytest.mark.parametrize("observed", [(1,), {"a": 1}, [True], 0.0])
def test_what_can_equal_another_and_be_spelled_otherwise_is_not_shared(observed: object) -> None:
    alike = Alike()
    assert told(alike, verdict(observed)) is not told(alike, verdict(observed))


def test_what_is_not_shared_names_no_other_resource_either() -> None:
    found = told(Alike(), verdict((1,), elsewhere("/a"), elsewhere(JUDGED.resource_id)))
    assert [each.at for each in found.looks if isinstance(each, Look)] == [0, 1, 0]


def test_a_verdict_that_a_rule_hands_out_again_is_known_without_a_look_at_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    alike, again = Alike(), verdict("on")
    assert told(alike, again) is again
    monkeypatch.setattr(module, "_observed", None)  # nothing can be looked at
    assert alike.one_of(again, JUDGED) == (again, ())
    with pytest.raises(TypeError):
        alike.one_of(verdict("on"), JUDGED)


def test_it_does_not_matter_which_other_resources_a_verdict_rests_on() -> None:
    alike = Alike()
    one, others = alike.one_of(verdict("on", elsewhere("/a"), elsewhere("/b")), JUDGED)
    assert others == (Other("/a", ORIGIN), Other("/b", ORIGIN))
    again, same = alike.one_of(verdict("off", elsewhere("/a"), elsewhere("/b")), JUDGED)
    assert same is others
    assert again is not one
    assert told(alike, verdict("on", elsewhere("/c"), elsewhere("/d"))) is one


def test_those_that_say_something_else_of_the_same_share_what_they_rest_on() -> None:
    alike = Alike()
    one = told(alike, verdict("on", elsewhere("/a"), message="a is on"))
    other = told(alike, verdict("on", elsewhere("/b"), message="b is on"))
    assert one.looks is other.looks


def test_evidence_that_was_found_on_the_judged_resource_is_a_look_at_it() -> None:
    found = told(Alike(), verdict("on", elsewhere(JUDGED.resource_id)))
    assert found.looks[1] == Look(PATH, "", 1, Seen.PRESENT, at=0)


def test_there_may_be_any_number_of_others() -> None:
    given = Verdict(Status.PASS, "", looks=tuple(elsewhere(f"/{at}") for at in range(100)))
    assert {type(each) for each in told(Alike(), given).looks} == {Look}


def test_the_oldest_are_forgotten(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_MOST_KNOWN", 2)
    alike = Alike()
    first = told(alike, verdict("0"))
    for number in range(1, 4):
        told(alike, verdict(str(number)))
    assert told(alike, verdict("0")) is not first
