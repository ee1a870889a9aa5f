"""Verdicts that are alike are one and the same; those that differ in anything are not."""

import pytest
from msgspec.structs import replace

from amlaudit.core.gap import Reason
from amlaudit.core.verdict import Evidence, Look, Seen, Status, Verdict
from amlaudit.engine import alike as module
from amlaudit.engine.alike import Alike
from amlaudit.engine.outcome import Tally

PATH = "properties.on"


def verdict(observed: object, *more: Look | Evidence, message: str = "it is on") -> Verdict:
    return Verdict(Status.PASS, message, looks=(look(observed), *more))


def look(observed: object) -> Look:
    return Look(PATH, "", observed, Seen.PRESENT)


def elsewhere(resource_id: str) -> Evidence:
    return Evidence(resource_id, PATH, "", 1, Seen.PRESENT)


@pytest.mark.parametrize("observed", ["on", True, 1, None, Tally("1 of 2 match")])
def test_a_verdict_like_an_earlier_one_is_the_earlier_one(observed: object) -> None:
    alike = Alike()
    first = alike.one_of(verdict(observed))
    assert alike.one_of(verdict(observed)) is first


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
    ],
)
def test_what_differs_in_anything_stays_as_it_is(one: Verdict, other: Verdict) -> None:
    alike = Alike()
    for each in (one, other):
        told = alike.one_of(each)
        assert told == each
        assert [type(seen.observed) for seen in told.looks] == [
            type(seen.observed) for seen in each.looks
        ]


@pytest.mark.parametrize("observed", [(1,), {"a": 1}, [True], 0.0])
def test_what_can_equal_another_and_be_spelled_otherwise_is_not_shared(observed: object) -> None:
    alike = Alike()
    first, second = verdict(observed), verdict(observed)
    assert alike.one_of(first) is first
    assert alike.one_of(second) is second


def test_what_rests_on_other_resources_shares_its_looks_only() -> None:
    alike = Alike()
    one = alike.one_of(verdict("on", elsewhere("/a")))
    other = alike.one_of(verdict("on", elsewhere("/b")))
    assert [each.looks[1] for each in (one, other)] == [elsewhere("/a"), elsewhere("/b")]
    assert one.looks[0] is other.looks[0]


def test_the_oldest_are_forgotten(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_MOST_KNOWN", 2)
    alike = Alike()
    first = alike.one_of(verdict("0"))
    for number in range(1, 4):
        alike.one_of(verdict(str(number)))
    again = verdict("0")
    assert alike.one_of(again) is again
    assert again == first
