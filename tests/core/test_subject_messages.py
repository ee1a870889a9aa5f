"""What a rule reads leaves complete evidence, and what is unknown says where and why."""

from collections.abc import Callable
from datetime import timedelta

import pytest

from amlaudit.core.gap import Gap, NoDataError, Reason
from amlaudit.core.members import members_of
from amlaudit.core.neighbourhood import Neighbourhood, Unseen
from amlaudit.core.observed import evidence_sha256, plain
from amlaudit.core.references import attached_to
from amlaudit.core.relations import COMPUTE, POLICY_STATE, ROLE_ASSIGNMENT
from amlaudit.core.report import Disabled
from amlaudit.core.subject import Subject
from amlaudit.core.verdict import Evidence, Look, Seen, Status, ok
from tests.estates import (
    GROUP,
    READ_AT,
    STORAGE_ID,
    SUBSCRIPTION,
    WORKSPACE_ID,
    estate,
    gap,
    resource,
    subject,
)
from tests.rulebook.rules import rule_of

BODY: dict[str, object] = {
    "text": "Abc", "number": 5, "flag": True, "list": [{"x": 1}], "nested": {"text": "Abc"},
    "tags": {"environment": ["odd"]},
}  # fmt: skip
OLD = "2020-01-01"
NEW = "2024-01-01"


def refusal(read: Callable[[Subject], object], of: Subject | None = None) -> Gap:
    with pytest.raises(NoDataError) as caught:
        read(of or subject(BODY))
    assert str(caught.value) == caught.value.gap.detail
    return caught.value.gap


def unsupported(path: str, wanted: str, found: str) -> Gap:
    detail = f"{path} holds {found} where {wanted} was expected"
    return Gap(WORKSPACE_ID, path, Reason.UNSUPPORTED, detail)


@pytest.mark.parametrize(
    ("read", "gap"),
    [
        (lambda of: of.text("number"), unsupported("number", "a string", "a number")),
        (lambda of: of.flag("text"), unsupported("text", "a boolean", "a string")),
        (lambda of: of.number("flag"), unsupported("flag", "a number", "a boolean")),
        (lambda of: of.time("text"), unsupported("text", "a time", "a string")),
        (lambda of: of["text.deep"], unsupported("text.deep", "an object", "a string")),
        (lambda of: list(of.each("text")), unsupported("text", "a list", "a string")),
        (lambda of: of.context("environment"),
         unsupported("tags.environment", "a string", "a list")),
    ],
)  # fmt: skip
def test_a_value_of_the_wrong_kind_is_reported_with_both_kinds(
    read: Callable[[Subject], object], gap: Gap
) -> None:
    assert refusal(read) == gap


def test_members_of_a_non_list_are_reported_with_its_path() -> None:
    with pytest.raises(NoDataError) as caught:
        list(members_of("text", subject(BODY).resource, ("text",), keyed=True))
    assert caught.value.gap == unsupported("text", "a list", "a string")


@pytest.mark.parametrize(
    ("error", "reason", "words"),
    [
        (lambda of: of.unfamiliar("x", "Odd"), Reason.UNSUPPORTED,
         "is Odd, whose meaning is not known"),
        (lambda of: of.outdated("x", "v1"), Reason.STALE, "is too old: v1"),
        (lambda of: of.undetermined("x", "who"), Reason.NOT_COLLECTED, "cannot tell who"),
    ],
)  # fmt: skip
def test_an_unusable_value_is_reported_with_its_full_path(
    error: Callable[[Subject], NoDataError], reason: Reason, words: str
) -> None:
    (member,) = subject(BODY).each("list")
    assert error(member).gap == Gap(WORKSPACE_ID, "list[0].x", reason, f"list[0].x {words}")


@pytest.mark.parametrize(
    "read",
    [
        lambda of: of.text("off", default="x", since=NEW),
        lambda of: of.flag("off", default=False, since=NEW),
        lambda of: of.number("off", default=1, since=NEW),
        lambda of: list(of.each("off", default=(), since=NEW)),
    ],
)
def test_a_default_does_not_apply_in_an_older_api_version(
    read: Callable[[Subject], object],
) -> None:
    told = refusal(read, subject(BODY, api_version=OLD))
    assert (told.part, told.reason) == ("off", Reason.STALE)
    assert "off is not returned by API version" in told.detail
    read(subject(BODY, api_version=NEW))


def test_an_applied_default_is_the_evidence() -> None:
    seen = subject(BODY)
    seen.get("off", default="x")
    assert seen.trail == [Look("off", "", "x", Seen.DEFAULT)]


def test_an_iterated_list_is_the_evidence() -> None:
    seen = subject(BODY)
    list(seen.each("list"))
    list(seen.each("off", default=()))
    assert [(each.path, each.observed, each.seen) for each in seen.trail] == [
        ("list", [{"x": 1}], Seen.PRESENT),
        ("off", (), Seen.DEFAULT),
    ]
    told = refusal(lambda of: list(of.each("off")))
    assert (told.part, told.reason) == ("off", Reason.ABSENT)


def test_iterated_neighbours_are_counted() -> None:
    others = [resource(f"{WORKSPACE_ID}/computes/{name}") for name in "ab"]
    workspace = resource(WORKSPACE_ID)
    whole = estate(workspace, *others, seen=((WORKSPACE_ID, COMPUTE),))
    seen = Subject(workspace, whole, {"limit": 3})
    found = list(seen.follow("computes"))
    assert seen.trail == [Look("-> computes", "", 2, Seen.PRESENT)]
    assert [each.parameters for each in (seen, *found)] == [{"limit": 3}] * 3


def test_a_partial_gap_in_a_value_is_reported() -> None:
    seen = subject(BODY, gaps=("nested.secret",))
    assert seen["nested.text"] == "Abc"
    assert refusal(lambda of: of["nested"], seen) == gap(WORKSPACE_ID, "nested.secret")
    assert refusal(lambda of: of["nested.secret.deep"], seen) == gap(WORKSPACE_ID, "nested.secret")


def test_a_gap_of_the_list_is_not_a_gap_of_a_member() -> None:
    seen = subject(BODY, gaps=("list['1']", "nested"))
    assert seen.hidden_member(("list",), {"0"}) == gap(WORKSPACE_ID, "list['1']")
    assert seen.hidden_member(("list",), {"0", "1"}) is None
    assert seen.hidden_member(("nested",), set()) is None


def test_a_tag_is_evidence_with_its_path_and_no_expectation() -> None:
    tagged = subject({"tags": {"environment": "prod"}})
    tagged.context("environment")
    bare = subject({})
    with pytest.raises(NoDataError):
        bare.context("environment")
    (found,) = tagged.trail
    assert (found.path, found.expected, found.observed) == ("tags.environment", "", "prod")
    (missed,) = bare.trail
    assert (missed.path, missed.expected, missed.observed) == ("tags", "", None)


def test_a_reference_elsewhere_is_stated_by_a_property() -> None:
    body = {"properties": {"scope": STORAGE_ID, "resourceId": WORKSPACE_ID.upper()}}
    assert attached_to("/providers/x/y/z", ROLE_ASSIGNMENT, body) == STORAGE_ID
    assert attached_to("/providers/x/y/z", POLICY_STATE, body) == WORKSPACE_ID
    assert attached_to(f"{WORKSPACE_ID}/computes/c", COMPUTE, body) == WORKSPACE_ID
    assert attached_to(f"{WORKSPACE_ID}/x/y", ROLE_ASSIGNMENT, {}) == WORKSPACE_ID


def test_an_unreadable_reference_is_reported_with_its_property() -> None:
    workspace = resource(WORKSPACE_ID, {"properties": {"storageAccount": 7}})
    with pytest.raises(NoDataError) as caught:
        list(estate(workspace).neighbours(workspace, "storage"))
    path = "properties.storageAccount"
    detail = f"{path} does not contain a valid resource ID"
    assert caught.value.gap == Gap(WORKSPACE_ID, path, Reason.UNSUPPORTED, detail)


def test_a_neighbourhood_reports_gaps_of_all_or_of_one() -> None:
    first, second = gap("a", "x"), gap("b", "x")
    around = Neighbourhood(
        WORKSPACE_ID, "ws", unseen=(Unseen("computes", "a", first), Unseen("computes", "b", second))
    )
    assert around.gap_in("computes") == first
    assert around.gap_in("computes", "b") == second
    assert around.gap_in("computes", "c") is None
    assert around.gap_in("storage") is None


def test_a_review_is_overdue_from_the_day_after() -> None:
    rule = rule_of(lambda _: ok())
    day = READ_AT.date()
    assert not Disabled(rule, "x", review_by=day).is_overdue(READ_AT)
    assert Disabled(rule, "x", review_by=day - timedelta(days=1)).is_overdue(READ_AT)
    assert not Disabled(rule, "x").is_overdue(READ_AT)


def test_a_value_is_stored_down_to_a_maximum_depth() -> None:
    def nested(depth: int, value: object) -> object:
        return nested(depth - 1, {"a": [value]}) if depth else value

    assert plain(nested(31, {"a": 1})) == nested(31, {"a": 1})
    assert plain(nested(32, {"a": 1})) == nested(32, "…")
    assert list(plain({"b": 1, "a": {"z": 1}})) == ["a", "b"]  # type: ignore[call-overload] # a mapping


def test_the_hash_of_what_was_observed_never_changes() -> None:
    look = Evidence("/a", "b", "c", {"d": [1, None]}, Seen.PRESENT, resource("/a").origin)
    assert evidence_sha256([look]) == PUBLISHED


PUBLISHED = "a79707ab892f1c352671a494ac9aa2506729e8bf3f088ad14d9738f28afb0cb1"
"""Reports and baselines of earlier versions contain it."""


def test_a_pass_may_have_no_message() -> None:
    assert (ok().status, ok().message, ok("fine").message) == (Status.PASS, "", "fine")


def test_an_absent_value_is_unknown_if_something_beneath_is_hidden() -> None:
    seen = subject(BODY, gaps=("off.deep",))
    assert refusal(lambda of: list(of.each("off", default=())), seen) == gap(
        WORKSPACE_ID, "off.deep"
    )


def test_an_assumption_is_reported_with_the_missing_tag() -> None:
    workspace = resource(WORKSPACE_ID, {"tags": {}})
    around = (resource(GROUP, {"tags": {}}), resource(SUBSCRIPTION, {"tags": {}}))
    seen = Subject(workspace, estate(workspace, *around))
    seen.context("environment")
    (found,) = seen.trail
    assert (found.path, found.expected, found.seen) == ("tags.environment", "", Seen.DEFAULT)


def test_an_unknown_context_is_reported_with_the_known_ones() -> None:
    with pytest.raises(ValueError, match="unknown context 'colour'; expected one of environment, "):
        subject(BODY).context("colour")


def test_a_recorded_gap_is_reported_once() -> None:
    recorded = gap(WORKSPACE_ID, COMPUTE)
    found = estate(resource(WORKSPACE_ID), missing=(recorded,)).gaps()
    assert [each for each in found if each.part == COMPUTE] == [recorded]


def test_a_time_keeps_its_offset() -> None:
    seen = subject({"at": "2026-01-01T02:00:00+02:00"})
    assert seen.time("at") == READ_AT


@pytest.mark.parametrize(("found", "shown"), [("", "an empty string"), ("Odd", "Odd"), (7, "7")])
def test_a_meaningless_value_is_reported_even_if_empty(found: object, shown: str) -> None:
    error = subject({}).unfamiliar("kind", found)
    assert error.gap.detail.endswith(f"is {shown}, whose meaning is not known")
