"""The same configuration is judged alike, whether a plan declares it or Azure shows it."""

from functools import cache
from pathlib import Path
from typing import Any

import pytest
import yaml

from amlaudit.core.arm_id import normalise
from amlaudit.core.estate import Estate
from amlaudit.core.rule import Rule
from amlaudit.core.verdict import Status
from amlaudit.engine.evaluate import evaluate
from amlaudit.resources import shipped
from amlaudit.rulebook.library import SHIPPED
from amlaudit.rulebook.packs import load_pack
from amlaudit.scanners.deployments.terraform.mapping import resource_map, resource_names
from tests.scanners.deployments.terraform.plans import PROVIDERS, change, collect, plan

TEXT = Path(__file__).with_name("round_trips.yaml").read_text("utf-8")
TRIPS: list[dict[str, Any]] = yaml.safe_load(TEXT.replace("{rg}", PROVIDERS))


def named(trip: dict[str, Any]) -> str:
    return f"{trip['resource']}:{trip['id'].rpartition('/')[2]}"


@cache
def rules() -> tuple[Rule, ...]:
    _, found = load_pack(shipped("rules"), SHIPPED)
    return tuple(found)


def verdicts(estate: Estate, resource_id: str) -> dict[str, Status]:
    wanted = normalise(resource_id)
    return {
        finding.rule.id: finding.verdict.status
        for finding in evaluate(rules(), estate)
        if finding.resource.id == wanted
    }


def planned(folder: Path, trip: dict[str, Any]) -> Estate:
    return collect(folder, plan(change(f"{trip['resource']}.x", trip["plan"])))


def created(folder: Path, trip: dict[str, Any]) -> Estate:
    """Return the estate of a what-if result that creates the resource."""
    after = {"id": trip["id"], "name": trip["id"].rpartition("/")[2], **trip["azure"]}
    result = {"resourceId": trip["id"], "changeType": "Create", "after": after}
    return collect(folder, {"changes": [result]}, "what-if.json")


def held(value: Any, part: Any) -> Any:
    """Return as much of a value as another one has places for."""
    if isinstance(part, dict) and isinstance(value, dict):
        return {key: held(value.get(key), member) for key, member in part.items()}
    if isinstance(part, list) and isinstance(value, list) and len(value) == len(part):
        return [held(mine, theirs) for mine, theirs in zip(value, part, strict=True)]
    return value


@pytest.mark.parametrize("trip", TRIPS, ids=named)
def test_a_plan_says_what_azure_shows(tmp_path: Path, trip: dict[str, Any]) -> None:
    found = planned(tmp_path, trip).store.get(normalise(trip["id"]))
    assert found
    hidden = {path for path, gap in found.gaps if path[0] == "properties"}
    shown = without(trip["azure"], hidden)
    assert held(found.body, shown) == shown


def without(value: Any, hidden: set[tuple[str, ...]], at: tuple[str, ...] = ()) -> Any:
    """Return a document without what is not known."""
    if not isinstance(value, dict):
        return value
    return {
        key: without(member, hidden, (*at, key.lower()))
        for key, member in value.items()
        if (*at, key.lower()) not in hidden
    }


@pytest.mark.parametrize("trip", TRIPS, ids=named)
def test_rules_judge_a_plan_as_they_judge_azure(tmp_path: Path, trip: dict[str, Any]) -> None:
    by_plan = verdicts(planned(tmp_path, trip), trip["id"])
    by_azure = verdicts(created(tmp_path, trip), trip["id"])
    left_open = set(trip.get("unknown", ()))
    differing = {
        rule_id: (by_plan[rule_id], status)
        for rule_id, status in by_azure.items()
        if by_plan[rule_id] is not status
    }
    assert set(differing) == left_open, differing
    assert {by_plan[rule_id] for rule_id in left_open} <= {Status.UNKNOWN}


def test_every_mapped_resource_makes_the_trip() -> None:
    own = {name for name in resource_names() if (found := resource_map(name)) and not found.into}
    read = {name for name in own if (found := resource_map(name)) and not found.unread}
    assert read == {trip["resource"] for trip in TRIPS}
