"""The same configuration is judged the same, whether a plan declares it or Azure shows it."""

import json
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import yaml

from amlaudit.core.arm_id import normalise, type_of
from amlaudit.core.estate import Estate
from amlaudit.core.relations import CONTAINER_REGISTRY, INSIGHTS, KEY_VAULT, STORAGE
from amlaudit.core.rule import Rule
from amlaudit.core.scope import Scope
from amlaudit.core.verdict import Status
from amlaudit.engine.evaluate import evaluate
from amlaudit.resources import shipped
from amlaudit.rulebook.packs import load_pack
from amlaudit.rulebook.shipped_pack import SHIPPED
from amlaudit.scanners.deployments.terraform.mapping import resource_map, resource_names
from amlaudit.scanners.files.source import Files
from tests.scanners.deployments.terraform.plans import PROVIDERS, change, plan

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


USER: dict[str, Any] = {
    "id": f"{PROVIDERS}/Microsoft.MachineLearningServices/workspaces/user",
    "tags": {"environment": "prod", "classification": "confidential"},
}
USES = {
    STORAGE: "storageAccount",
    KEY_VAULT: "keyVault",
    CONTAINER_REGISTRY: "containerRegistry",
    INSIGHTS: "applicationInsights",
}


def beside(folder: Path, trip: dict[str, Any]) -> None:
    """Write a workspace that uses the resource, because most rules only judge used resources."""
    used = trip["id"].partition("/blobServices")[0].partition("/replications")[0]
    key = USES.get(type_of(normalise(used)))
    user = USER | {"properties": {key: used}} if key else []
    (folder / "user.json").write_text(json.dumps(user), "utf-8")


def planned(folder: Path, trip: dict[str, Any]) -> Estate:
    beside(folder, trip)
    value = plan(change(f"{trip['resource']}.x", trip["plan"]))
    (folder / "plan.json").write_text(json.dumps(value), "utf-8")
    return Files((folder,)).collect(Scope())


def created(folder: Path, trip: dict[str, Any]) -> Estate:
    """Return the estate of a what-if result that creates the resource."""
    beside(folder, trip)
    after = {"id": trip["id"], "apiVersion": "2026-05-15-preview", **trip["azure"]}
    result = {"resourceId": trip["id"], "changeType": "Create", "after": after}
    value = {"changes": [result]}
    (folder / "what-if.json").write_text(json.dumps(value), "utf-8")
    return Files((folder,)).collect(Scope())


def held(value: Any, part: Any) -> Any:
    """Return the part of a value that another one has room for."""
    if isinstance(part, dict) and isinstance(value, dict):
        return {key: held(value.get(key), member) for key, member in part.items()}
    if isinstance(part, list) and isinstance(value, list) and len(value) == len(part):
        return [held(mine, theirs) for mine, theirs in zip(value, part, strict=True)]
    return value


@pytest.mark.parametrize("trip", TRIPS, ids=named)
def test_a_plan_gives_the_same_verdicts_as_azure(tmp_path: Path, trip: dict[str, Any]) -> None:
    found = planned(tmp_path, trip).store.get(normalise(trip["id"]))
    assert found
    hidden = {path for path, gap in found.gaps if path[0] == "properties"}
    shown = without(trip["azure"], hidden)
    assert held(found.body, shown) == shown


def without(value: Any, hidden: set[tuple[str, ...]], at: tuple[str, ...] = ()) -> Any:
    """Return a document without what is unknown."""
    if not isinstance(value, dict):
        return value
    return {
        key: without(member, hidden, (*at, key.lower()))
        for key, member in value.items()
        if (*at, key.lower()) not in hidden
    }


@pytest.mark.parametrize("trip", TRIPS, ids=named)
def test_rules_judge_a_plan_as_they_judge_azure(tmp_path: Path, trip: dict[str, Any]) -> None:
    for name in ("plan", "azure"):
        (tmp_path / name).mkdir()
    by_plan = verdicts(planned(tmp_path / "plan", trip), trip["id"])
    by_azure = verdicts(created(tmp_path / "azure", trip), trip["id"])
    left_open = set(trip.get("unknown", ()))
    differing = {
        rule_id: (by_plan[rule_id], status)
        for rule_id, status in by_azure.items()
        if by_plan[rule_id] is not status
    }
    assert set(differing) == left_open, differing
    assert {by_plan[rule_id] for rule_id in left_open} <= {Status.UNKNOWN}


def test_every_mapped_resource_is_tested() -> None:
    own = {name for name in resource_names() if (found := resource_map(name)) and not found.into}
    read = {name for name in own if (found := resource_map(name)) and not found.unread}
    assert read == {trip["resource"] for trip in TRIPS}
