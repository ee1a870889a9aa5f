"""What an assignment selects and overrides counts for what it assigns."""

import json
from pathlib import Path
from typing import Any

import pytest

from amlaudit.core.verdict import Status, Verdict
from amlaudit.engine.evaluate import judge
from amlaudit.engine.policy.definition import Absent
from amlaudit.rulebook.policy_files import policies_of
from amlaudit.rulebook.policy_rules import load_policies
from tests.estates import GROUP, estate, resource

TYPE = "Test.Provider/things"
THING_ID = f"{GROUP}/providers/test.provider/things/thing"
OFF = {"if": {"field": "type", "equals": TYPE}, "then": {"effect": "disabled"}}
ON = {**OFF, "then": {"effect": "audit"}}
LOCATION = {"kind": "resourceLocation", "in": ["West Europe", "northeurope"]}
ELSEWHERE = {"kind": "resourceLocation", "notIn": ["westeurope"]}


def written(folder: Path, rule: dict[str, Any], of: str = "p", **properties: object) -> Path:
    """Write a definition, a set that has it as `member`, and an assignment of one of the two."""
    member = {"policyDefinitionId": "/x/p", "policyDefinitionReferenceId": "Member"}
    assignment = {"policyDefinitionId": f"/x/{of}", **properties}
    for name, document in {
        "p": {"name": "p", "properties": {"mode": "All", "policyRule": rule}},
        "s": {"name": "s", "properties": {"policyDefinitions": [member]}},
        "a": {"name": "a", "type": "x/policyAssignments", "properties": assignment},
    }.items():
        (folder / f"{name}.json").write_text(json.dumps(document), "utf-8")
    return folder


def verdict_of(folder: Path, rule_id: str = "p", gaps: tuple[str, ...] = ()) -> Verdict:
    found = {rule.id: rule for rule in load_policies(folder)[1]}
    thing = resource(THING_ID, {"location": "westeurope", "type": TYPE}, gaps=gaps)
    return judge(found[rule_id], thing, estate(thing))


def selectors(*groups: list[dict[str, Any]]) -> dict[str, Any]:
    return {"resourceSelectors": [{"name": "n", "selectors": each} for each in groups]}


@pytest.mark.parametrize(
    ("groups", "status"),
    [
        ([[LOCATION]], Status.FAIL),
        ([[ELSEWHERE]], Status.NOT_APPLICABLE),
        ([[ELSEWHERE], [LOCATION]], Status.FAIL),
        ([[LOCATION, {"kind": "resourceType", "in": [TYPE.upper()]}]], Status.FAIL),
        ([[LOCATION, {"kind": "ResourceType", "notIn": [TYPE]}]], Status.NOT_APPLICABLE),
        ([[{"kind": "resourceWithoutLocation", "in": ["true"]}]], Status.NOT_APPLICABLE),
        ([], Status.FAIL),
    ],
)
def test_an_assignment_is_about_the_resources_that_it_selects(
    groups: list[list[dict[str, Any]]], status: Status, tmp_path: Path
) -> None:
    verdict = verdict_of(written(tmp_path, ON, **selectors(*groups)))
    assert verdict.status is status
    if status is Status.NOT_APPLICABLE:
        assert verdict.message == "its assignment does not select the resource"


def test_what_decides_whether_a_resource_is_selected_may_be_unknown(tmp_path: Path) -> None:
    folder = written(tmp_path, ON, **selectors([LOCATION]))
    assert verdict_of(folder, gaps=("location",)).status is Status.UNKNOWN
    who = written(tmp_path, ON, **selectors([{"kind": "userPrincipalId", "in": ["x"]}]))
    verdict = verdict_of(who)
    assert (verdict.status, verdict.message) == (
        Status.UNKNOWN, "the field 'userPrincipalId' is not known"
    )  # fmt: skip


def overrides(*several: tuple[str, list[dict[str, Any]]]) -> dict[str, Any]:
    return {
        "overrides": [
            {"kind": "policyEffect", "value": value, "selectors": each} for value, each in several
        ]
    }


@pytest.mark.parametrize(
    ("rule", "several", "status"),
    [
        (OFF, [("Audit", [])], Status.FAIL),
        (ON, [("Disabled", [])], Status.NOT_APPLICABLE),
        (OFF, [("Audit", [ELSEWHERE])], Status.NOT_APPLICABLE),
        (OFF, [("Audit", [ELSEWHERE]), ("deny", [LOCATION])], Status.FAIL),
        (ON, [("Audit", [LOCATION]), ("disabled", [])], Status.FAIL),
    ],
)
def test_an_assignment_overrides_the_effect_where_it_says(
    rule: dict[str, Any],
    several: list[tuple[str, list[dict[str, Any]]]],
    status: Status,
    tmp_path: Path,
) -> None:
    assert verdict_of(written(tmp_path, rule, **overrides(*several))).status is status


@pytest.mark.parametrize(
    ("selector", "status"),
    [
        ({"in": ["other", "MEMBER"]}, Status.FAIL),
        ({"in": ["other"]}, Status.NOT_APPLICABLE),
        ({"notIn": ["other"]}, Status.FAIL),
        ({"notIn": ["member"]}, Status.NOT_APPLICABLE),
    ],
)
def test_an_override_is_for_the_members_of_a_set_that_it_names(
    selector: dict[str, Any], status: Status, tmp_path: Path
) -> None:
    by_name = {"kind": "policyDefinitionReferenceId", **selector}
    folder = written(tmp_path, OFF, of="s", **overrides(("Audit", [by_name])))
    assert verdict_of(folder, "Member").status is status
    assert verdict_of(folder, "p").status is Status.NOT_APPLICABLE


def test_what_is_overridden_besides_the_effect_changes_no_verdict(tmp_path: Path) -> None:
    version = {"kind": "definitionVersion", "value": "1.*.*"}
    assert verdict_of(written(tmp_path, ON, overrides=[version])).status is Status.FAIL


@pytest.mark.parametrize(
    "computed",
    [
        selectors([{"kind": "resourceLocation", "in": "[parameters('locations')]"}]),
        overrides(("[parameters('effect')]", [])),
        {"resourceSelectors": "[variables('selectors')]"},
    ],
)
def test_what_only_a_deployment_computes_is_not_known(
    computed: dict[str, Any], tmp_path: Path
) -> None:
    folder = written(tmp_path, ON, **computed)
    why = "only a deployment computes what the assignment a selects or overrides"
    assert policies_of(folder / "p.json") == (Absent("p", why),)


def test_an_entry_that_is_no_object_selects_nothing(tmp_path: Path) -> None:
    folder = written(tmp_path, ON, resourceSelectors=["x"], overrides={"kind": "policyEffect"})
    assert verdict_of(folder).status is Status.FAIL
