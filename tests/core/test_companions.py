"""Companions: texts with references and placeholders, edits of documents, and declarations."""

import pytest

from amlaudit.core.companions import (
    Companion,
    Deed,
    adding,
    filled_in,
    id_under,
    removing,
    setting,
    tokens_of,
)
from amlaudit.core.edits import Edit, declared_origin, flat
from amlaudit.core.resource import AS_DECLARED, Origin, Resource
from amlaudit.demo.source import READ_AT

GROUP = "/subscriptions/s/resourceGroups/rg"
STORAGE = "Microsoft.Storage/storageAccounts"
ORIGIN = Origin("GET /x", "2026-01-01", READ_AT)


def resource(**body: object) -> Resource:
    return Resource("/x", "a/b", "x", {"id": "/X", **body}, ORIGIN)


def edit(deed: Deed, **fields: object) -> Edit:
    return Edit(deed=deed, id="/X", type_name="A/b", **fields)  # type: ignore[arg-type] # varied


def test_references_and_blanks_are_found_wherever_they_stand() -> None:
    found = adding("A/b", "{name}-x", {"p": ["<zone id>", {"{its.id}": "{parameters.days}"}]})
    references, blanks = tokens_of(found)
    assert references == ("name", "id", "its.id", "parameters.days")
    assert blanks == ("zone id",)


def test_a_text_of_one_placeholder_becomes_its_value() -> None:
    words = {"days": 7, "name": "st", "zone": "z"}
    assert filled_in({"a": "<days>", "b": ["{name}-<zone>-{other}"]}, words) == {
        "a": 7,
        "b": ["st-z-{other}"],
    }


@pytest.mark.parametrize(
    ("scope", "type_name", "name", "wanted"),
    [
        (GROUP, STORAGE, "st", f"{GROUP}/providers/{STORAGE}/st"),
        (f"{GROUP}/x", f"{STORAGE}/blobServices", "default", f"{GROUP}/x/blobServices/default"),
        (GROUP, "N/a/b", "one/two", f"{GROUP}/providers/N/a/one/b/two"),
        (f"{GROUP}/x", "N/a/b/c", "one", f"{GROUP}/x/c/one"),
        (f"{GROUP}/x", "N/a/b/c", "one/two", f"{GROUP}/x/b/one/c/two"),
    ],
)
def test_ids_are_those_of_children_extensions_and_members_of_groups(
    scope: str, type_name: str, name: str, wanted: str
) -> None:
    assert id_under(scope, type_name, name) == wanted


def test_a_name_of_more_parts_than_its_type_is_a_mistake() -> None:
    with pytest.raises(ValueError, match="longer"):
        id_under(GROUP, STORAGE, "st/default")


def test_a_created_resource_merges_declared_and_existing_properties() -> None:
    made = edit(Deed.ADD, body={"properties": {"b": {"c": 2}}}).on(
        resource(properties={"a": 1, "B": {"c": 1, "d": 3}}), ORIGIN
    )
    assert made
    assert made.body["properties"] == {"a": 1, "B": {"c": 2, "d": 3}}


def test_a_recreated_resource_is_as_declared() -> None:
    made = edit(Deed.ADD, body={"properties": {}}).on(None, declared_origin(ORIGIN))
    assert made
    assert made.body["type"] == "A/b"
    assert made.origin.api_version == AS_DECLARED
    assert made.origin.collected_at == READ_AT


def test_lists_get_and_lose_members_and_maps_lose_keys() -> None:
    before = resource(rules=[{"a": 1}, {"a": 2}], tags={"one": "x", "two": "y"})
    joined = edit(Deed.SET, joined={"rules": {"a": 3}}).on(before, ORIGIN)
    assert joined
    assert joined.body["rules"] == [{"a": 1}, {"a": 2}, {"a": 3}]
    dropped = edit(Deed.REMOVE, dropped={"rules": {"a": 1}, "tags": "one"}).on(before, ORIGIN)
    assert dropped
    assert (dropped.body["rules"], dropped.body["tags"]) == ([{"a": 2}], {"two": "y"})
    assert before.body["rules"] == [{"a": 1}, {"a": 2}]


def test_deleted_resources_are_none_and_stay_so() -> None:
    assert edit(Deed.REMOVE).on(resource(), ORIGIN) is None
    assert edit(Deed.SET, body={"a": 1}).on(None, ORIGIN) is None


def test_prerequisites_come_first_and_additional_resources_last() -> None:
    first, then = edit(Deed.ADD), edit(Deed.SET)
    whole = edit(Deed.ADD, first=(first,), then=(then,))
    assert [each is part for each, part in zip(flat([whole]), (first, whole, then), strict=True)]


def test_constructors_say_where_it_is() -> None:
    assert adding("A/b", "n", {}).under == "{id}"
    assert setting("A/b", {}).under == "{its.id}"
    assert removing("locks") == Companion(deed=Deed.REMOVE, under="{its.id}", via=("locks",))
