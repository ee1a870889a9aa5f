"""Edits: what changes in a document, and what is preserved."""

from amlaudit.core.companions import Deed
from amlaudit.core.edits import SOURCE, Edit, declared_origin, with_settings
from amlaudit.core.resource import AS_DECLARED, Origin, Resource
from amlaudit.demo.source import READ_AT

ORIGIN = Origin("GET /x", "2026-01-01", READ_AT)
THING = "/subscriptions/s/resourceGroups/RG/providers/A.b/things/One"


def resource(**properties: object) -> Resource:
    body = {"id": THING, "properties": properties}
    return Resource(THING.lower(), "a.b/things", "One", body, ORIGIN)


def properties_of(found: Resource | None) -> object:
    assert found
    return found.body["properties"]


def test_settings_stand_in_the_document_and_the_rest_of_it_stays() -> None:
    before = resource(access="Enabled", deep={"one": 1, "two": 2})
    after = with_settings(
        before,
        {
            "properties.access": "Disabled",
            "properties.Deep.two": 3,
            "properties.new.inner.most": ("a", "b"),
        },
    )
    assert properties_of(after) == {
        "access": "Disabled",
        "deep": {"one": 1, "two": 3},
        "new": {"inner": {"most": ["a", "b"]}},
    }
    assert properties_of(before) == {"access": "Enabled", "deep": {"one": 1, "two": 2}}
    assert (after.id, after.type, after.origin) == (before.id, before.type, before.origin)


def test_setting_a_property_of_a_non_object_creates_an_object() -> None:
    after = with_settings(resource(deep="text"), {"properties.deep.one": 1})
    assert properties_of(after) == {"deep": {"one": 1}}


def test_a_created_resource_has_its_own_identity() -> None:
    edit = Edit(deed=Deed.ADD, id=THING, type_name="A.b/things", body={"properties": {"x": 1}})
    made = edit.on(None, ORIGIN)
    assert made
    assert (made.id, made.type, made.name) == (THING.lower(), "a.b/things", "One")
    assert made.origin == ORIGIN
    assert made.body == {
        "id": THING, "name": "One", "type": "A.b/things", "properties": {"x": 1}
    }  # fmt: skip


def test_lists_get_members_and_lose_them() -> None:
    edit = Edit(
        deed=Deed.SET,
        id=THING,
        type_name="A.b/things",
        joined={"properties.rules": "c", "properties.none": "a", "properties.text": "b"},
        dropped={"properties.old": "x", "properties.kept": "x", "properties.word": "x"},
    )
    before = resource(rules=["a", "b"], text="t", old=["x", "y"], kept={"x": 1, "z": 2}, word="x")
    assert properties_of(edit.on(before, ORIGIN)) == {
        "rules": ["a", "b", "c"],
        "text": ["b"],
        "old": ["y"],
        "kept": {"z": 2},
        "word": "x",
        "none": ["a"],
    }
    assert edit.on(None, ORIGIN) is None


def test_a_created_document_has_the_age_of_the_given_one() -> None:
    assert declared_origin(ORIGIN) == Origin(SOURCE, AS_DECLARED, READ_AT)
