"""Places: of declarations, and of the properties in them."""

import pytest

from amlaudit.core.place import NOWHERE, Place, Written, place_in

DECLARED = Written(
    Place("infra/main.json", 10, 5, 30, "/resources/0"),
    {
        ".kind": 1,
        ".properties": 2,
        ".properties.networkacls": 3,
        ".properties.networkacls.iprules": 4,
        ".properties.networkacls.iprules[0]": 5,
        ".properties.networkacls.iprules[0].value": 6,
        ".tags": 9,
    },
)


@pytest.mark.parametrize(
    ("path", "line"),
    [
        ("kind", 11),
        ("properties.networkAcls", 13),
        ("properties.networkAcls.ipRules[0].value", 16),
        ("properties.networkAcls.ipRules[0].action", 15),
        ("properties.networkAcls.ipRules[4].value", 14),
        ("properties.networkAcls.defaultAction", 13),
        ("tags['cost.centre']", 19),
    ],
)
def test_a_property_is_located_where_it_or_its_parent_is_written(path: str, line: int) -> None:
    found = DECLARED.at(path)
    assert found == Place("infra/main.json", line, 1, line, "/resources/0")


@pytest.mark.parametrize("path", ["properties.publicNetworkAccess", "identity", "-> computes", ""])
def test_an_unwritten_property_is_located_at_the_declaration(path: str) -> None:
    assert DECLARED.at(path) is None
    assert NOWHERE.at("kind") is None


def test_a_part_is_written_as_if_it_were_declared_by_itself() -> None:
    part = DECLARED.part("properties.networkAcls.ipRules[0]")
    assert part.place == Place("infra/main.json", 15, 1, 15, "/resources/0")
    assert part.lines == {".value": 1}
    assert part.at("value") == Place("infra/main.json", 16, 1, 16, "/resources/0")


def test_a_part_that_is_not_written_is_where_its_declaration_is() -> None:
    assert DECLARED.part("properties.subnets[0]") == Written(DECLARED.place)
    assert NOWHERE.part("properties") == NOWHERE


def test_what_is_not_known_of_a_declaration_points_nowhere() -> None:
    place = Place("main.tf", 5)
    lines = {".a": 1, ".a[0]": 2, ".a[0].b": 3}
    assert Written(None, lines).at("a") is None
    assert Written(place, None).at("a") is None
    assert Written(place, lines).at("a[0].c") == Place("main.tf", 7, 1, 7)
    assert Written(place, lines).at("b") is None
    assert Written(place, lines).part("x") == Written(place)
    assert Written(None, lines).part("a") == Written(None)
    assert Written(place, None).part("a") == Written(place)
    assert Written(place, lines).part("a[0]").lines == {".b": 1}
    assert Written(place, lines).part("a[0].c") == Written(Place("main.tf", 7, 1, 7))


def test_a_member_of_an_inner_list_is_written_where_its_list_is() -> None:
    lines = {".a": 1, ".a[0]": 2, ".a[0].b": 3}
    assert Written(Place("main.tf", 5), lines).at("a[0].b[1]") == Place("main.tf", 8, 1, 8)


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("infra/main.bicep:12", Place("infra/main.bicep", 12)),
        ("my file.tf:7", Place("my file.tf", 7)),
        ("main.bicep", None),
        ("main.bicep:0", None),
        (" main.bicep:1", None),
        ("main.bicep:1:2", None),
        ("", None),
        (12, None),
        (None, None),
    ],
)
def test_a_text_names_a_place_if_it_is_a_file_and_a_line(text: object, place: Place | None) -> None:
    assert place_in(text) == place
