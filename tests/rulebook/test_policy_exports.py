"""Assignments exported by PSRule for Azure, with their definitions inside."""

import json
from pathlib import Path
from typing import Any

from amlaudit.core.verdict import Status
from amlaudit.engine.evaluate import judge
from amlaudit.rulebook.checking import validated
from amlaudit.rulebook.policy_rules import load_policies
from tests.estates import STORAGE_ID, SUBSCRIPTION, estate, resource

ASSIGNMENT_ID = f"{SUBSCRIPTION}/providers/Microsoft.Authorization/policyAssignments/own"
DEFINITIONS = "/providers/Microsoft.Authorization/policyDefinitions"
SETS = "/providers/Microsoft.Authorization/policySetDefinitions"
TAGGED: dict[str, Any] = {
    "Name": "tagged",
    "ResourceId": f"{DEFINITIONS}/tagged",
    "Properties": {
        "Mode": "Indexed",
        "Parameters": {"tagName": {"type": "String", "defaultValue": "owner"}},
        "PolicyRule": {
            "if": {"field": "[concat('tags[', parameters('tagName'), ']')]", "exists": "false"},
            "then": {"effect": "audit"},
        },
        "PolicyType": 1,
    },
}
EXEMPTION = {
    "Name": "old",
    "Properties": {
        "PolicyAssignmentId": ASSIGNMENT_ID,
        "ExemptionCategory": "Waiver",
        "Scope": SUBSCRIPTION,
    },
}


def exported(assigned: str, *exemptions: object) -> list[dict[str, Any]]:
    properties = {
        "Scope": SUBSCRIPTION,
        "NotScopes": None,
        "PolicyDefinitionId": assigned,
        "Parameters": {"tagName": {"value": "cost"}},
    }
    assignment = {"Name": "own", "ResourceId": ASSIGNMENT_ID, "Properties": properties}
    return [{**assignment, "PolicyDefinitions": [TAGGED], "exemptions": list(exemptions)}]


def verdict(folder: Path, document: object, tags: dict[str, str]) -> tuple[Status, str]:
    path = folder / "all.assignment.json"
    path.write_text(json.dumps(document), "utf-8")
    (rule,) = load_policies(path)[1]
    assert rule.id == "tagged"
    account = resource(STORAGE_ID, {"location": "x", "tags": tags})
    found = judge(rule, account, estate(account))
    return found.status, found.message


def test_a_definition_inside_an_assignment_has_the_values_of_that(tmp_path: Path) -> None:
    document = exported(f"{DEFINITIONS}/tagged")
    assert verdict(tmp_path, document, {"owner": "a"})[0] is Status.FAIL
    assert verdict(tmp_path, document, {"cost": "1"})[0] is Status.PASS


def test_exempted_resources_are_marked(tmp_path: Path) -> None:
    document = exported(f"{DEFINITIONS}/tagged", EXEMPTION)
    status, message = verdict(tmp_path, document, {})
    assert status is Status.FAIL
    assert "old" in message


def test_parameters_passed_to_members_of_a_set_are_unknown(tmp_path: Path) -> None:
    document = exported(f"{SETS}/several")
    status, message = verdict(tmp_path, document, {"owner": "a"})
    assert (status, message) == (Status.UNKNOWN, "the parameter tagName needs a value")
    undeclared = {**TAGGED, "Properties": {**TAGGED["Properties"], "Parameters": None}}
    document[0]["PolicyDefinitions"] = [undeclared]
    assert verdict(tmp_path, document, {"owner": "a"})[0] is Status.UNKNOWN


def test_such_a_file_is_validated_like_any_other(tmp_path: Path) -> None:
    path = tmp_path / "all.assignment.json"
    path.write_text(json.dumps(exported(f"{DEFINITIONS}/tagged")), "utf-8")
    assert [(row["status"], row["detail"]) for row in validated(path)] == [("ok", "1 definition")]
