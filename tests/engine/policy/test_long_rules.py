"""Rules as long as those in real use: ages of keys, port ranges, tags, related resources."""

from typing import Any

import pytest

from amlaudit.engine.policy.evaluate import State
from tests.engine.policy.policies import NO, THING, YES, Around, judge, policy, run
from tests.estates import GROUP, READ_AT, resource

T = f"{THING}/"


def body(**properties: object) -> dict[str, Any]:
    return {"type": THING, "name": "thing", "location": "x", "properties": properties}


def is_older(key: str) -> dict[str, Any]:
    """Return the condition that a key is older than allowed, if both ages are known."""
    made, days = f"field('{T}made.{key}')", f"field('{T}policy.days')"
    told = f"and(not(empty(coalesce({made}, ''))), not(empty(string(coalesce({days}, '')))))"
    return {"value": "[utcNow()]", "greater": f"[if({told}, addDays({made}, {days}), utcNow())]"}


@pytest.mark.parametrize(
    ("made", "days", "state"),
    [
        ({"one": "2020-01-01T00:00:00.1234567Z", "two": None}, 30, YES),
        ({"one": "2025-12-31T00:00:00Z", "two": "2025-12-31T00:00:00Z"}, 30, NO),
        ({"one": "2025-12-31T00:00:00Z", "two": "2024-12-31T00:00:00Z"}, 30, YES),
        ({"one": "2020-01-01T00:00:00Z"}, None, NO),
        (None, 30, NO),
    ],
)
def test_the_age_of_keys(made: object, days: int | None, state: State) -> None:
    assert READ_AT.isoformat() == "2026-01-01T00:00:00+00:00"
    rule = {"anyOf": [is_older("one"), is_older("two")]}
    assert judge(rule, body(made=made, policy={"days": days})).state is state


def lies_in(spelled: str, port: str) -> dict[str, Any]:
    """Return the condition that a range such as `20-30` contains a port."""
    first, last = (f"int({each}(split({spelled}, '-')))" for each in ("first", "last"))
    inside = f"and(lessOrEquals({first}, {port}), greaterOrEquals({last}, {port}))"
    is_range = f"and(not(empty({spelled})), contains({spelled}, '-'))"
    return {"value": f"[if({is_range}, {inside}, 'false')]", "equals": "true"}


def has_port_of(ports: str) -> dict[str, Any]:
    one, many = f"field('{T}port')", f"first(field('{T}ports[*]'))"
    in_one = {"value": ports, "where": lies_in(one, "int(current())")}
    member = {"field": f"{T}ports[*]", "where": lies_in(many, "int(current('wanted'))")}
    in_many = {"value": ports, "name": "wanted", "where": {"count": member, "greater": 0}}
    return {
        "anyOf": [
            {"field": f"{T}port", "in": ports},
            {"count": in_one, "greater": 0},
            {"count": in_many, "greater": 0},
            {"not": {"field": f"{T}ports[*]", "notIn": ports}},
        ]
    }


@pytest.mark.parametrize(
    ("properties", "state"),
    [
        ({"port": "22"}, YES),
        ({"port": "443"}, NO),
        ({"port": "20-30"}, YES),
        ({"port": "80-443"}, NO),
        ({"port": "*"}, NO),
        ({"port": "", "ports": ["80", "3000-4000"]}, YES),
        ({"ports": ["80", "443-8443"]}, YES),
        ({"ports": ["80", "3389"]}, YES),
        ({"ports": ["80", "443"]}, NO),
        ({"ports": []}, NO),
        ({}, NO),
    ],
)
def test_ports_and_ranges_of_ports(properties: dict[str, object], state: State) -> None:
    wanted = {"ports": {"type": "Array", "defaultValue": ["22", "3389"]}}
    document = policy(has_port_of("[parameters('ports')]"), parameters=wanted)
    assert run(document, body(**properties)).state is state


@pytest.mark.parametrize(
    ("tags", "state"),
    [
        ({"owner": "me", "cost": "7"}, NO),
        ({"Owner": "me", "COST": "7"}, NO),
        ({"owner": "me"}, YES),
        ({"owner": "me", "cost": ""}, YES),
        ({}, YES),
    ],
)
def test_every_listed_tag_is_present_and_not_empty(tags: dict[str, str], state: State) -> None:
    wanted = "[parameters('wanted')]"
    there = {"field": "tags", "containsKey": "[current('tag')]"}
    filled = {"value": "[resourceGroup().tags[current('tag')]]", "notMatch": ""}
    rule = {
        "anyOf": [
            {
                "not": {
                    "count": {"value": wanted, "name": "tag", "where": each},
                    "equals": "[length(parameters('wanted'))]",
                }
            }
            for each in (there, filled)
        ]
    }
    parameters = {"wanted": {"type": "Array", "defaultValue": ["owner", "cost"]}}
    document = policy(rule, parameters=parameters)
    found = run(document, {**body(), "tags": tags}, around=Around(tags=tags))
    assert found.state is state


WALL = "Test.Provider/walls"


def wall(*subnets: str) -> Around:
    ends = [{"subnet": {"id": each}} for each in subnets]
    wall_id = f"{GROUP}/providers/test.provider/walls/w"
    return Around((resource(wall_id, {"type": WALL, "properties": {"ends": ends}}),))


@pytest.mark.parametrize(
    ("around", "state"),
    [
        (wall("/subscriptions/sub/resourceGroups/any/networks/thing/subnets/Wall"), NO),
        (wall("/subscriptions/sub/resourceGroups/any/networks/other/subnets/Wall"), YES),
        (wall("/subscriptions/sub/resourceGroups/a/networks/thing/subnets/Wall", "x"), NO),
        (wall(), YES),
        (Around(), YES),
    ],
)
def test_something_beside_names_a_part_of_the_resource(around: Around, state: State) -> None:
    path = (
        "'/subscriptions/', subscription().subscriptionId, '/resourceGroups/*/networks/', "
        "first(split(field('fullName'), '/')), '/subnets/Wall'"
    )
    where = {"field": f"{WALL}/ends[*].subnet.id", "like": f"[concat({path})]"}
    condition = {"count": {"field": f"{WALL}/ends[*]", "where": where}, "equals": 1}
    details = {"type": WALL, "existenceCondition": condition}
    document = policy({"field": "type", "equals": THING}, effect="auditIfNotExists",
                      details=details)  # fmt: skip
    assert run(document, body(), around=around).state is state
