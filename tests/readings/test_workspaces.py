"""Workspaces are found by their contents, and each is read once per estate."""

from collections.abc import Iterator

import pytest

from amlaudit.core.arm_id import parent_of
from amlaudit.core.estate import Estate
from amlaudit.core.gap import Gap, NoDataError
from amlaudit.core.relations import WORKSPACE
from amlaudit.core.resource import Resource
from amlaudit.core.subject import Subject
from amlaudit.readings.workspaces import workspaces_by
from tests.estates import SUBSCRIPTION, WORKSPACE_ID, estate, gap, resource

OTHER = f"{parent_of(WORKSPACE_ID)}/providers/{WORKSPACE}/other"
FAR = f"/subscriptions/22222222-2222-4222-8222-222222222222/providers/{WORKSPACE}/far"


def team(name: str, resource_id: str = WORKSPACE_ID) -> Resource:
    return resource(resource_id, {"tags": {"team": name}})


def whole(*workspaces: Resource, missing: tuple[Gap, ...] = ()) -> Estate:
    subscriptions = {f"/subscriptions/{each.id.split('/')[2]}" for each in workspaces}
    vouched = subscriptions - {each.scope_id for each in missing}
    seen = tuple((each, WORKSPACE) for each in vouched)
    return estate(*workspaces, seen=seen, missing=missing)


class Teams:
    """Returns the team of a workspace, and counts its calls."""

    def __init__(self) -> None:
        self.asked = 0

    def __call__(self, workspace: Subject) -> Iterator[str]:
        self.asked += 1
        yield workspace.text("tags.team")


def names(subject: Subject, keys_of: Teams, *wanted: str) -> list[str]:
    return [each.name for each in workspaces_by(subject, "team", keys_of, wanted)]


def test_those_with_one_of_the_keys_are_found_in_every_subscription() -> None:
    mine = team("fraud")
    found = whole(mine, team("credit", OTHER), team("fraud", FAR))
    assert names(Subject(mine, found), Teams(), "fraud") == ["ws", "far"]
    for wanted in (("credit", "fraud"), ("fraud", "credit")):
        assert names(Subject(mine, found), Teams(), *wanted) == ["other", "ws", "far"]
    assert names(Subject(mine, found), Teams(), "sales") == []


def test_each_workspace_is_queried_once_per_estate() -> None:
    mine, keys_of = team("fraud"), Teams()
    found = whole(mine, team("credit", OTHER))
    for judged in (mine, team("credit", OTHER)):
        names(Subject(judged, found), keys_of, "fraud")
    assert keys_of.asked == 2


def test_another_estate_is_queried_again() -> None:
    mine = team("fraud")
    assert names(Subject(mine, whole(mine)), Teams(), "fraud") == ["ws"]
    moved = team("credit")
    assert names(Subject(moved, whole(moved)), Teams(), "fraud") == []


@pytest.mark.parametrize(
    "found",
    [
        whole(team("fraud"), resource(OTHER, {}, gaps=("tags",))),
        whole(team("fraud"), missing=(gap(SUBSCRIPTION, WORKSPACE),)),
    ],
    ids=["a workspace that does not tell", "a subscription that was not read"],
)
def test_unknown_workspaces_come_after_known_ones(found: Estate) -> None:
    subject = Subject(team("fraud"), found)
    workspaces = workspaces_by(subject, "team", Teams(), ["fraud"])
    assert next(workspaces).name == "ws"
    with pytest.raises(NoDataError):
        next(workspaces)


def test_the_search_is_evidence() -> None:
    mine = team("fraud")
    subject = Subject(mine, whole(mine))
    names(subject, Teams(), "sales")
    assert [(each.path, each.observed) for each in subject.trail] == [("-> workspaces by team", 0)]
