"""What a gap hides: what is at its path and beneath, or the members that an object lacks."""

import pytest

from amlaudit.core.hidden import gap_at
from amlaudit.core.path import parse_path
from tests.estates import WORKSPACE_ID, resource

BODY = {
    "tags": {"Owner": "x"},
    "properties": {"list": [1], "settings": {"Known": {"Inner": 1}, "text": "x"}},
}

TAGS = "tags['*']"
SETTINGS = "properties.settings['*']"


@pytest.mark.parametrize(
    ("gap", "path", "is_hidden"),
    [
        ("properties.a", "properties.a", True),
        ("properties.a", "Properties.A.b", True),
        ("properties.a", "properties.b", False),
        ("properties.a.b", "properties.a", False),
        (TAGS, "tags.other", True),
        (TAGS, "TAGS.Other.deep", True),
        (TAGS, "tags.owner", False),
        (TAGS, "tags.OWNER.deep", False),
        (TAGS, "tags", False),
        (TAGS, "properties.other", False),
        (SETTINGS, "properties.settings.other", True),
        (SETTINGS, "properties.settings.other.inner", True),
        (SETTINGS, "properties.settings.known", False),
        (SETTINGS, "properties.settings.known.other", False),
        (SETTINGS, "properties.settings", False),
        (SETTINGS, "properties.other.deep", False),
        (SETTINGS, "properties", False),
        (SETTINGS, "tags.other.deep", False),
    ],
)
def test_a_gap_hides_a_path(gap: str, path: str, *, is_hidden: bool) -> None:
    found = gap_at(resource(WORKSPACE_ID, BODY, gaps=(gap,)), parse_path(path), whole=False)
    assert (found is not None) is is_hidden


@pytest.mark.parametrize("gap", ["properties.list['*']", "properties.settings.text['*']"])
def test_only_of_an_object_is_it_known_where_a_further_member_is(gap: str) -> None:
    holder = gap.removesuffix("['*']")
    subject = resource(WORKSPACE_ID, BODY, gaps=(gap,))
    assert gap_at(subject, parse_path(f"{holder}['1']"), whole=False) is None
    assert gap_at(subject, parse_path(holder), whole=False) is None
    assert gap_at(subject, parse_path(holder), whole=True)


@pytest.mark.parametrize(("path", "is_hidden"), [("tags", True), ("properties", False)])
def test_of_a_whole_value_no_part_may_be_hidden(path: str, *, is_hidden: bool) -> None:
    subject = resource(WORKSPACE_ID, BODY, gaps=(TAGS,))
    assert bool(gap_at(subject, parse_path(path), whole=True)) is is_hidden


def test_the_gap_that_hides_a_path_is_given_whatever_others_there_are() -> None:
    subject = resource(WORKSPACE_ID, BODY, gaps=("location", TAGS, SETTINGS))
    found = gap_at(subject, parse_path("properties.settings.other"), whole=False)
    assert found is not None
    assert found.part == SETTINGS
