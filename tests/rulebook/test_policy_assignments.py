"""What an assignment selects and overrides applies to what it assigns."""

import json
from pathlib import Path
from typing import Any

import pytest

from amlaudit.core.gap import Reason
from amlaudit.core.verdict import Status, Verdict
from amlaudit.engine.evaluate import judge
from amlaudit.engine.policy.definition import Absent
from amlaudit.rulebook.checking import validated
from amlaudit.rulebook.policy_files import policies_of
from amlaudit.rulebook.policy_rules import load_policies
from tests.estates import GROUP, SUBSCRIPTION, estate, resource

TYPE = "Test.Provider/things"
THING_ID = f"{GROUP}/providers/test.provider/things/thing"
OFF = {"if": {"field": "type", "equals": TYPE}, "then": {"effect": "disabled"}}
ON = {**OFF, "then": {"effect": "audit"}}
LOCATION = {"kind": "resourceLocation", "in": ["West Europe", "northeurope"]}
ELSEWHERE = {"kind": "resourceLocation", "notIn": ["westeurope"]}


def written(folder: Path, rule: dict[str, Any], of: str = "p", **properties: object) -> Path:
    """Write a definition, a set with it as `member`, and an assignment of one of the two."""
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


@pytest.mark.parametrize(
    ("thing_id", "status"),
    [
        (f"{SUBSCRIPTION}/providers/test.provider/things/thing", Status.FAIL),
        (THING_ID, Status.NOT_APPLICABLE),
    ],
)
def test_what_has_no_location_is_selected_where_it_is_in_no_group(
    thing_id: str, status: Status, tmp_path: Path
) -> None:
    chosen = [{"kind": "resourceWithoutLocation", "in": ["subscriptionLevelResources"]}]
    rules = load_policies(written(tmp_path, ON, **selectors(chosen)))[1]
    rule = next(each for each in rules if each.id == "p")
    thing = resource(thing_id, {"type": TYPE, "id": thing_id})
    assert judge(rule, thing, estate(thing)).status is status


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
def test_an_assignment_overrides_the_effect_for_its_selectors(
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
        {"parameters": "[parameters('values')]"},
    ],
)
def test_what_only_a_deployment_computes_is_not_known(
    computed: dict[str, Any], tmp_path: Path
) -> None:
    folder = written(tmp_path, ON, **computed)
    why = "only a deployment computes what the assignment a gives, selects or overrides"
    assert policies_of(folder / "p.json") == (Absent("p", why),)


def test_a_non_object_entry_selects_nothing(tmp_path: Path) -> None:
    folder = written(tmp_path, ON, resourceSelectors=["x"], overrides={"kind": "policyEffect"})
    assert verdict_of(folder).status is Status.FAIL


MG = "/providers/Microsoft.Management/managementGroups"
ABOVE = {"properties": {"managementGroupAncestorsChain": [{"name": "Corp"}, {"name": "root"}]}}


@pytest.mark.parametrize(
    ("properties", "message"),
    [
        ({"scope": GROUP.upper().replace("/SUBSCRIPTIONS", "/subscriptions")}, ""),
        ({"scope": f"{SUBSCRIPTION}/"}, ""),
        ({"scope": THING_ID}, ""),
        ({"scope": f"{GROUP}2"}, f"its assignment is for {GROUP}2"),
        ({"scope": "/subscriptions/other"}, "its assignment is for /subscriptions/other"),
        ({"scope": f"{MG}/corp"}, ""),
        ({"scope": f"{MG}/ROOT", "notScopes": [f"{SUBSCRIPTION}/resourceGroups/other"]}, ""),
        ({"scope": f"{MG}/sandbox"}, f"its assignment is for {MG}/sandbox".lower()),
        ({"scope": SUBSCRIPTION, "notScopes": [GROUP]}, f"its assignment excludes {GROUP}"),
        ({"notScopes": [THING_ID]}, f"its assignment excludes {THING_ID}".lower()),
        ({"notScopes": [f"{MG}/Corp"]}, f"its assignment excludes {MG}/corp".lower()),
    ],
)
def test_an_assignment_counts_at_its_scope_and_beneath(
    properties: dict[str, Any], message: str, tmp_path: Path
) -> None:
    (rule,) = load_policies(written(tmp_path, ON, **properties) / "p.json")[1]
    thing = resource(THING_ID, {"location": "westeurope", "type": TYPE})
    verdict = judge(rule, thing, estate(thing, resource(SUBSCRIPTION, ABOVE)))
    assert verdict.status is (Status.NOT_APPLICABLE if message else Status.FAIL)
    if message:
        assert verdict.message.lower() == message.lower()
        (evidence,) = verdict.looks
        assert (evidence.path, evidence.observed) == ("id", thing.id)
        assert evidence.expected.startswith(("within /", "notWithin /"))


@pytest.mark.parametrize(
    ("scope", "status"),
    [
        (SUBSCRIPTION, Status.FAIL),
        (f"{MG}/corp", Status.FAIL),
        ("/subscriptions/other", Status.NOT_APPLICABLE),
    ],
)
def test_a_role_definition_is_in_the_scope_of_its_document(
    scope: str, status: Status, tmp_path: Path
) -> None:
    path = f"{SUBSCRIPTION}/providers/Microsoft.Authorization/roleDefinitions/r"
    of_roles = {**ON, "if": {"field": "name", "equals": "r"}}
    (rule,) = load_policies(written(tmp_path, of_roles, scope=scope) / "p.json")[1]
    role = resource(path, {"id": path})
    assert judge(rule, role, estate(role, resource(SUBSCRIPTION, ABOVE))).status is status


def test_the_scope_may_be_derived_from_the_assignment_id(tmp_path: Path) -> None:
    written(tmp_path, ON)
    document = json.loads((tmp_path / "a.json").read_text("utf-8"))
    document["id"] = "/subscriptions/other/providers/Microsoft.Authorization/policyAssignments/a"
    (tmp_path / "a.json").write_text(json.dumps(document), "utf-8")
    assert verdict_of(tmp_path).message == "its assignment is for /subscriptions/other"


def test_without_the_groups_above_it_is_not_known_whether_an_assignment_counts(
    tmp_path: Path,
) -> None:
    verdict = verdict_of(written(tmp_path, ON, scope=f"{MG}/corp"))
    assert (verdict.status, verdict.reason) == (Status.UNKNOWN, Reason.NOT_COLLECTED)
    assert "management groups above" in verdict.message


@pytest.mark.parametrize(
    "properties",
    [
        {"scope": "${current_scope_resource_id}"},
        {"scope": f"{MG}/placeholder"},
        {"scope": {"tenant": [GROUP]}},
        {"scope": "[subscription().id]"},
        {"notScopes": "[parameters('excluded')]"},
        {"notScopes": ["/subscriptions/<id>"]},
    ],
)
def test_scopes_that_are_not_ids_exclude_nothing_and_are_reported(
    properties: dict[str, Any], tmp_path: Path
) -> None:
    verdict = verdict_of(written(tmp_path, ON, **properties))
    assert verdict.status is Status.FAIL
    told = "its assignment does not give its scopes by id: all resources are judged"
    assert told in verdict.message.replace("; ", "\n").splitlines(), verdict.message


def test_the_scope_of_a_set_is_that_of_its_members(tmp_path: Path) -> None:
    folder = written(tmp_path, ON, of="s", scope="/subscriptions/other")
    assert verdict_of(folder, "Member").status is Status.NOT_APPLICABLE
    assert verdict_of(folder, "p").status is Status.FAIL


@pytest.mark.parametrize(
    ("of", "what"),
    [
        ("/providers/Microsoft.Authorization/policyDefinitions/built-in", "definition built-in"),
        ("/providers/Microsoft.Authorization/policySetDefinitions/P", "set p"),
        ("/providers/Microsoft.Authorization/policyDefinitions/s", "definition s"),
        ("built-in", "definition built-in"),
    ],
)
def test_an_assigned_definition_that_is_missing_is_unknown(
    tmp_path: Path, of: str, what: str
) -> None:
    folder = written(tmp_path, ON)
    assignment = {"policyDefinitionId": of}
    for place in ("b", "again"):  # the same, for another scope
        (folder / place).mkdir()
        document = {"name": "b", "type": "x/policyAssignments", "properties": assignment}
        (folder / place / "b.json").write_text(json.dumps(document), "utf-8")
    rules = {rule.id: rule for rule in load_policies(folder)[1]}
    assert list(rules) == ["Member", "b", "p"]
    subscription = resource(SUBSCRIPTION)
    verdict = judge(rules["b"], subscription, estate(subscription))
    assert verdict.status is Status.UNKNOWN
    assert verdict.message == f"no file in the folder holds the {what} that it assigns"
    assert [row["status"] for row in validated(folder)] == ["unsupported"] * 2 + ["ok"] * 2


def test_an_assignment_without_its_definition_is_reported(tmp_path: Path) -> None:
    path = written(tmp_path, ON) / "a.json"
    for each in ("p.json", "s.json"):
        (tmp_path / each).unlink()
    (row,) = validated(tmp_path)
    assert (row["file"], row["status"]) == (str(path), "unsupported")


VALUED = {
    "if": {"field": "location", "in": "[parameters('places')]"},
    "then": {"effect": "audit"},
}
DECLARED = {"places": {"type": "Array", "defaultValue": ["elsewhere"]}}


def valued(folder: Path, of: str, parameters: dict[str, object], **more: object) -> Path:
    """Write a definition and a set with a parameter, and an assignment of one of the two."""
    written(folder, VALUED, of, parameters=parameters)
    for name in ("p", "s"):
        path = folder / f"{name}.json"
        document = json.loads(path.read_text("utf-8"))
        document["properties"]["parameters"] = DECLARED
        if name == "s":
            (member,) = document["properties"]["policyDefinitions"]
            member["parameters"] = {"places": {"value": "[parameters('places')]"}}
        path.write_text(json.dumps(document), "utf-8")
    if more:
        path = folder / "a.json"
        properties = json.loads(path.read_text("utf-8"))["properties"]
        path.write_text(json.dumps({"name": "a", "properties": properties, **more}), "utf-8")
    return folder


@pytest.mark.parametrize(("of", "rule_id"), [("p", "p"), ("s", "Member")])
@pytest.mark.parametrize("given", [["westeurope"], {"value": ["westeurope"]}])
def test_a_value_counts_however_the_assignment_gives_it(
    tmp_path: Path, of: str, rule_id: str, given: object
) -> None:
    assert verdict_of(valued(tmp_path, of, {"Places": given}), rule_id).status is Status.FAIL


@pytest.mark.parametrize(("of", "rule_id"), [("p", "p"), ("s", "Member")])
def test_what_gives_a_parameter_that_is_not_declared_is_no_assignment(
    tmp_path: Path, of: str, rule_id: str
) -> None:
    verdict = verdict_of(valued(tmp_path, of, {"place": {"value": ["westeurope"]}}), rule_id)
    assert (verdict.status, verdict.reason) == (Status.UNKNOWN, Reason.UNSUPPORTED)
    assert verdict.message == "the assignment a gives parameters that are not declared: place"


def test_policies_as_code_may_give_parameters_that_only_others_declare(tmp_path: Path) -> None:
    folder = valued(tmp_path, "p", {"other": {"value": 1}}, description="of a tree")
    assert verdict_of(folder).status is Status.PASS


def test_an_effect_that_overrides_is_one_that_there_is(tmp_path: Path) -> None:
    override = {"kind": "policyEffect", "value": "Denie"}
    rows = validated(written(tmp_path, ON, overrides=[override]))
    assert {Path(row["file"]).name: row["detail"] for row in rows}["p.json"] == (
        'E201 p.json: p: unknown effect denie. Did you mean "deny"?'
    )
