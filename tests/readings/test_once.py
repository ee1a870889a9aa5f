"""A document that several rules use is read once, and each verdict has the resulting looks."""

from collections.abc import Callable

import pytest

from amlaudit.core.gap import NoDataError
from amlaudit.core.relations import ACTION_GROUP, ALERT_PROCESSING_RULE, METRIC_ALERT
from amlaudit.core.resource import Resource
from amlaudit.core.subject import Subject
from amlaudit.core.verdict import evidence_of
from amlaudit.readings.alerts import is_alerted
from amlaudit.readings.once import once
from tests.estates import GROUP, SUBSCRIPTION, WORKSPACE_ID, estate, resource

ALERT_ID = f"{GROUP}/providers/{METRIC_ALERT}/failed"
ALERT = resource(ALERT_ID, {"name": "Failed"})
HELD = estate(resource(WORKSPACE_ID), ALERT)


def name_of(times: list[str]) -> Callable[[Subject], str]:
    def read(subject: Subject) -> str:
        times.append(subject.id)
        return subject.text("name")

    return read


def asker(of: Resource = ALERT) -> Subject:
    return Subject(resource(WORKSPACE_ID), HELD).neighbour(of)


def test_the_answer_and_its_looks_are_the_same_each_time() -> None:
    times: list[str] = []
    first, second = asker(), asker()
    assert once(first, "name", name_of(times)) == once(second, "name", name_of(times)) == "failed"
    assert first.trail == second.trail
    looks = evidence_of(second.trail, WORKSPACE_ID, None)
    assert [(each.resource_id, each.path) for each in looks] == [(ALERT_ID, "name")]
    assert times == [ALERT_ID]


def test_earlier_looks_are_not_part_of_the_answer() -> None:
    subject, later = asker(), asker()
    subject.get("tags", default=None)
    once(subject, "after others", name_of([]))
    once(later, "after others", name_of([]))
    assert [each.path for each in subject.trail] == ["tags", "name"]
    assert [each.path for each in later.trail] == ["name"]


def test_another_document_with_the_same_id_is_read_again() -> None:
    renamed = resource(ALERT_ID, {"name": "Renamed"})
    for _ in range(2):
        assert once(asker(), "which", name_of([])) == "failed"
        assert once(asker(renamed), "which", name_of([])) == "renamed"


def test_what_is_not_known_is_not_known_each_time() -> None:
    nameless = resource(ALERT_ID, {}, gaps=("name",))
    trails = []
    for _ in range(2):
        subject = asker(nameless)
        with pytest.raises(NoDataError, match="name"):
            once(subject, "nameless", name_of([]))
        trails.append(subject.trail)
    assert trails[0] == trails[1]
    assert len(trails[0]) == 1


GROUP_ID = f"{GROUP}/providers/{ACTION_GROUP}/people"
PEOPLE = resource(GROUP_ID, {"properties": {"emailReceivers": [{"name": "lead"}]}})
SEEN = ((SUBSCRIPTION, METRIC_ALERT), (SUBSCRIPTION, ALERT_PROCESSING_RULE))


def alert(*scopes: str, gaps: tuple[str, ...] = ()) -> Resource:
    properties = {
        "scopes": list(scopes),
        "enabled": True,
        "actions": [{"actionGroupId": GROUP_ID}],
        "criteria": {"allOf": [{"metricName": "Failed Runs"}]},
    }
    return resource(ALERT_ID, {"properties": properties}, gaps=gaps)


def test_an_alert_is_found_by_each_resource_that_it_is_over() -> None:
    ids = [WORKSPACE_ID, f"{WORKSPACE_ID}2", f"{WORKSPACE_ID}3"]
    every = [*map(resource, (SUBSCRIPTION, *ids)), alert(ids[0], f"{ids[2]}/"), PEOPLE]
    held = estate(*every, seen=SEEN)
    for _ in range(2):
        found = {each: is_alerted(Subject(resource(each), held), ["failed runs"]) for each in ids}
        assert found == {ids[0]: True, ids[1]: False, ids[2]: True}


def test_a_scope_containing_the_resource_suffices_despite_unknown_others() -> None:
    partly = alert(WORKSPACE_ID, "/hidden", gaps=("properties.scopes.1",))
    held = estate(resource(SUBSCRIPTION), resource(WORKSPACE_ID), partly, PEOPLE, seen=SEEN)
    for _ in range(2):
        assert is_alerted(Subject(resource(WORKSPACE_ID), held), ["failed runs"])
        with pytest.raises(NoDataError, match="scopes"):
            is_alerted(Subject(resource(f"{WORKSPACE_ID}2"), held), ["failed runs"])
