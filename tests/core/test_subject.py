"""What a Python rule sees: values, explicit defaults, and errors for everything else."""

from datetime import UTC, datetime, timedelta

import pytest

from amlaudit.core.estate import Estate
from amlaudit.core.gap import NoDataError, Reason
from amlaudit.core.path import ABSENT
from amlaudit.core.relations import COMPUTE
from amlaudit.core.subject import Subject
from amlaudit.core.verdict import Evidence, Look, Seen
from tests.estates import READ_AT, WORKSPACE_ID, estate, resource, subject

BODY = {"kind": "Default", "properties": {"on": True, "rules": [{"x": 1}], "map": {"k": {"y": 2}}}}


def reason_of(error: pytest.ExceptionInfo[NoDataError]) -> Reason:
    return error.value.gap.reason


def test_a_value_is_read_and_put_on_the_trail() -> None:
    seen = subject(BODY)
    assert seen["properties.on"] is True
    assert seen.trail == [Look("properties.on", "", observed=True, seen=Seen.PRESENT)]


def test_what_was_read_of_a_neighbour_tells_whose_it_is() -> None:
    seen = subject(BODY)
    other = seen.neighbour(resource(f"{WORKSPACE_ID}/computes/cpu", BODY))
    assert other["properties.on"] is True
    (evidence,) = seen.trail
    assert isinstance(evidence, Evidence)
    assert evidence.resource_id == other.id
    assert evidence.origin == other.resource.origin


def test_what_is_known_only_in_parts_that_are_missing_is_not_absent() -> None:
    part = subject({"properties": {}}, gaps=("properties.list['0']",))
    assert part.read(("properties", "list")) == part.resource.gaps[0][1]
    assert part.read(("properties", "other")) is ABSENT


def test_evidence_of_a_value_tells_where_its_document_comes_from() -> None:
    seen = subject(BODY)
    found = seen.evidence(("kind",), "Hub", "Default", Seen.PRESENT)
    assert found == Evidence(seen.id, "kind", "Hub", "Default", Seen.PRESENT, seen.resource.origin)


def test_an_absent_value_without_default_is_no_data() -> None:
    with pytest.raises(NoDataError) as error:
        subject(BODY)["properties.off"]
    assert reason_of(error) is Reason.ABSENT


def test_a_default_replaces_an_absent_value_and_is_marked() -> None:
    seen = subject(BODY)
    assert seen.get("properties.off", default="Enabled") == "Enabled"
    assert seen.trail[0].seen is Seen.DEFAULT


def test_a_default_never_replaces_a_gap() -> None:
    with pytest.raises(NoDataError) as error:
        subject(BODY, gaps=("properties.off",)).get("properties.off.deep", default="Enabled")
    assert reason_of(error) is Reason.FORBIDDEN


def test_a_gap_elsewhere_does_not_matter() -> None:
    assert subject(BODY, gaps=("properties.off",))["properties.on"] is True


def test_an_unexpected_shape_is_no_data() -> None:
    with pytest.raises(NoDataError) as error:
        subject(BODY)["kind.deep"]
    assert reason_of(error) is Reason.UNSUPPORTED


def test_texts_are_read_without_case_and_only_texts() -> None:
    assert subject(BODY).text("kind") == "default"
    assert subject(BODY).text("sku", default="None") == "none"
    with pytest.raises(NoDataError) as error:
        subject(BODY).text("properties.on")
    assert reason_of(error) is Reason.UNSUPPORTED


def test_members_of_lists_and_maps_are_subjects_of_their_own() -> None:
    seen = subject(BODY)
    assert [member["x"] for member in seen.each("properties.rules")] == [1]
    assert [member["y"] for member in seen.each("properties.map", keyed=True)] == [2]
    assert [each.path for each in seen.trail][1] == "properties.rules[0].x"


def test_an_absent_list_is_empty_only_if_the_rule_allows_it() -> None:
    assert list(subject(BODY).each("properties.none", default=())) == []
    with pytest.raises(NoDataError):
        list(subject(BODY).each("properties.none"))
    with pytest.raises(NoDataError):
        list(subject(BODY).each("kind"))
    for stands_there in ({}, {"a": 1}):
        with pytest.raises(NoDataError, match="holds an object where a list was expected"):
            list(subject({"list": stands_there}).each("list", default=()))


def test_documents_cannot_be_changed_by_a_rule() -> None:
    seen = subject(BODY)
    value = seen["properties"]
    with pytest.raises(TypeError):
        value["on"] = False  # type: ignore[index] # the point of the test
    assert seen["properties.rules"] == ({"x": 1},)


def test_neighbours_share_the_trail_and_end_with_what_is_not_known() -> None:
    workspace, compute = resource(WORKSPACE_ID, BODY), resource(f"{WORKSPACE_ID}/computes/c", BODY)
    whole = Subject(workspace, estate(workspace, compute, seen=((WORKSPACE_ID, COMPUTE),)))
    assert [each["kind"] for each in whole.follow("computes")] == ["Default"]
    assert [(each.path, each.seen) for each in whole.trail] == [
        ("kind", Seen.PRESENT),
        ("-> computes", Seen.PRESENT),
    ]
    part = Subject(workspace, estate(workspace, compute))
    with pytest.raises(NoDataError):
        list(part.follow("computes"))
    assert part.trail[-1].seen is Seen.GAP


def test_a_subject_tells_who_it_is() -> None:
    seen = subject(BODY)
    assert (seen.id, seen.type, seen.name) == (
        WORKSPACE_ID,
        "microsoft.machinelearningservices/workspaces",
        "ws",
    )


@pytest.mark.parametrize(
    ("path", "value"), [("properties.on", True), ("properties.size", 3), ("properties.ratio", 0.5)]
)
def test_flags_and_numbers_are_read_as_what_they_are(path: str, value: object) -> None:
    seen = subject({"properties": {"on": True, "size": 3, "ratio": 0.5, "text": "3"}})
    read_it, other = (seen.flag, seen.number) if value is True else (seen.number, seen.flag)
    assert read_it(path) == value
    for wrong in (path, "properties.text"):
        with pytest.raises(NoDataError) as error:
            (other if wrong == path else read_it)(wrong)
        assert reason_of(error) is Reason.UNSUPPORTED
    assert seen.flag("properties.none", default=False) is False
    assert seen.number("properties.none", default=7) == 7


def test_times_need_a_zone_and_anything_else_is_no_data() -> None:
    seen = subject(
        {
            "with": "2026-01-02T03:04:05.5Z",
            "date": "2026-01-02",
            "n": 86400,
            "odd": "soon",
            "flag": True,
            "huge": 1e300,
        }
    )
    assert seen.time("with").isoformat() == "2026-01-02T03:04:05.500000+00:00"
    assert seen.time("date") == datetime(2026, 1, 2, tzinfo=UTC)
    assert seen.read_at == READ_AT
    assert seen.time("n") == datetime(1970, 1, 2, tzinfo=UTC)
    for path in ("odd", "flag", "huge", "none"):
        with pytest.raises(NoDataError):
            seen.time(path)


def test_a_default_does_not_apply_to_a_document_older_than_the_property() -> None:
    old = subject({}, api_version="2020-01-01")
    with pytest.raises(NoDataError) as error:
        old.get("new", default="x", since="2021-01-01")
    assert reason_of(error) is Reason.STALE
    assert "only since 2021-01-01" in error.value.gap.detail
    assert subject({}, api_version="2021-01-01").get("new", default="x", since="2021-01-01") == "x"


def test_a_source_that_states_no_version_uses_one_of_june_2021_or_later() -> None:
    assert subject({}).get("new", default="x", since="2021-06-01") == "x"
    with pytest.raises(NoDataError) as error:
        subject({}).get("new", default="x", since="2021-07-01")
    assert reason_of(error) is Reason.ABSENT
    assert "the source does not state one" in error.value.gap.detail


@pytest.mark.parametrize("shown", [{"a": {"new": None}}, {"a": None}, {"A": {"NEW": None}}])
def test_a_property_that_is_shown_as_null_is_not_too_new(shown: dict[str, object]) -> None:
    for version in ("", "2020-01-01"):
        own = subject(shown, api_version=version)
        assert own.get("a.new", default="x", since="2021-01-01") == "x"


def test_a_rule_can_say_that_it_does_not_know_a_value() -> None:
    seen = subject(BODY)
    assert seen.unfamiliar("kind", "Odd").gap.reason is Reason.UNSUPPORTED
    assert seen.outdated("kind", "last year").gap.reason is Reason.STALE


def test_a_null_member_is_empty_and_not_the_whole_document() -> None:
    (member,) = subject({"list": [None], "kind": "x"}).each("list")
    with pytest.raises(NoDataError):
        member["kind"]


def test_a_gap_inside_a_value_is_a_gap_in_it_but_not_in_its_other_members() -> None:
    seen = subject({"map": {"a": {"x": 1}, "b": {"x": 2}}}, gaps=("map.a",))
    with pytest.raises(NoDataError):
        seen["map"]
    first, second = seen.each("map", keyed=True)
    assert second["x"] == 2
    with pytest.raises(NoDataError):
        first["x"]


def test_stopping_early_leaves_what_was_seen_on_the_trail() -> None:
    workspace, compute = resource(WORKSPACE_ID, BODY), resource(f"{WORKSPACE_ID}/computes/c", BODY)
    seen = Subject(workspace, estate(workspace, compute))
    assert any(True for _ in seen.follow("computes"))
    assert [(each.path, each.observed) for each in seen.trail] == [("-> computes", 1)]


def test_a_possibly_missing_member_leaves_the_list_incomplete() -> None:
    seen = subject({"map": {"a": {"x": 1}}}, gaps=("map.b",))
    members = seen.each("map", keyed=True)
    assert next(members)["x"] == 1
    with pytest.raises(NoDataError):
        next(members)


def test_what_is_absent_with_a_gap_beneath_is_not_known() -> None:
    seen = subject({}, gaps=("map.a",))
    with pytest.raises(NoDataError):
        seen.get("map", default=())
    with pytest.raises(NoDataError):
        list(seen.each("map", default=(), keyed=True))


def test_a_member_that_is_not_an_object_is_its_own_value() -> None:
    first, second = subject({"list": ["x", ["y"]]}).each("list")
    assert (first.value, second.value) == ("x", ("y",))
    (hidden,) = subject({"list": ["x"]}, gaps=("list.0",)).each("list")
    with pytest.raises(NoDataError):
        hidden.value  # noqa: B018 - reading it is the point


def test_ages_from_stale_documents_are_unknown() -> None:
    read = resource(WORKSPACE_ID)
    old = Estate(estate(read).store, fresh_since=READ_AT + timedelta(days=1))
    with pytest.raises(NoDataError) as error:
        _ = Subject(read, old).read_at
    assert reason_of(error) is Reason.STALE
