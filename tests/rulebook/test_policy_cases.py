"""Test cases of policy definitions."""

import json
from pathlib import Path
from typing import Any

import pytest

from amlaudit.core.errors import AmlauditError
from amlaudit.rulebook.policy_cases import CaseResult, run_cases

NOWHERE = "00000000-0000-0000-0000-000000000000"
CASES = Path(__file__).parents[3] / "shared" / "azure-policy" / "cases"

DISPUTED = {
    # Type, kind and name conditions decide whether a rule concerns a resource, and its kind
    # excludes this one: https://learn.microsoft.com/azure/governance/policy/concepts/policy-applicability
    "ml-workspace-cmkenabled-audit--project": "notApplicable",
}
"""Cases that expect another outcome than documented."""


def case(condition: object, **more: Any) -> dict[str, Any]:
    rule = {"if": condition, "then": {"effect": "audit"}}
    return {
        "policy": {"mode": "All", "policyRule": rule},
        "resource": {"type": "A.B/cs", "name": "c", "properties": {"x": 1}},
        "expected": "nonCompliant",
        **more,
    }


def run(folder: Path, document: object) -> CaseResult:
    path = folder / "one.json"
    path.write_text(json.dumps(document), "utf-8")
    (result,) = run_cases(path)
    assert isinstance(result, CaseResult)
    return result


def told_of(folder: Path) -> list[str]:
    """The ids of the cases of a folder, and why files in it are none."""
    found = run_cases(folder)
    return [each.id if isinstance(each, CaseResult) else each.cause for each in found]


@pytest.mark.parametrize(
    ("file", "more", "place"),
    [
        ("one.json", {}, "one"),
        ("one.jsonc", {"id": "one"}, "one"),
        ("one.json", {"id": "two"}, "two (one.json)"),
        ("a/one.json", {}, "one (a/one.json)"),
    ],
)
def test_a_case_is_told_with_its_file_unless_that_is_called_so(
    tmp_path: Path, file: str, more: dict[str, Any], place: str
) -> None:
    path = tmp_path / file
    path.parent.mkdir(exist_ok=True)
    path.write_text(json.dumps(case({"field": "name", "equals": "c"}, **more)), "utf-8")
    (result,) = run_cases(tmp_path)
    assert isinstance(result, CaseResult)
    assert result.place == place
    (alone,) = run_cases(path)
    assert isinstance(alone, CaseResult)
    assert alone.file == path.name


def test_a_case_names_what_it_expects_and_what_it_got(tmp_path: Path) -> None:
    result = run(tmp_path, case({"field": "name", "equals": "c"}))
    assert (result.id, result.expected, result.got) == ("one", "nonCompliant", "nonCompliant")
    assert result.agrees
    assert result.why == "name is c (equals c)"
    other = run(tmp_path, case({"field": "name", "equals": "d"}, id="mine"))
    assert (other.id, other.got, other.agrees) == ("mine", "compliant", False)


@pytest.mark.parametrize(
    ("condition", "more"),
    [
        ({"field": "A.B/cs/odd", "equals": 1}, {"aliases": {"A.B/cs/odd": "properties.x"}}),
        (
            {
                "allOf": [
                    {"field": "A.B/cs/odd", "equals": 1},
                    {"field": "A.B/cs/sku.tier", "equals": "Basic"},
                ]
            },
            {
                "aliases": {"A.B/cs/odd": "properties.x"},
                "resource": {"type": "A.B/cs", "properties": {"x": 1, "sku": {"tier": "Basic"}}},
            },
        ),
        ({"value": "[resourceGroup().name]", "equals": "rg-case"}, {}),
        (
            {"value": "[resourceGroup().tags.a]", "equals": "b"},
            {"context": {"resourceGroup": {"tags": {"a": "b"}}}},
        ),
        (
            {"value": "[field('location')]", "equals": "[resourceGroup().location]"},
            {
                "context": {"resourceGroup": {"location": "West US 2"}},
                "resource": {"type": "A.B/cs", "location": "westus2"},
            },
        ),
        (
            {"value": "[field('Location')]", "in": ["West US 2"]},
            {"resource": {"type": "A.B/cs", "location": "westus2"}},
        ),
        (
            {"value": "[subscription().displayName]", "equals": "S"},
            {"context": {"subscription": {"displayName": "S"}}},
        ),
        ({"value": "[utcNow('yyyy-MM-dd')]", "equals": "2026-01-01"}, {}),
        (
            {"value": "[addDays(utcNow(), 1)]", "equals": "2025-02-21T12:00:00.0000000Z"},
            {"context": {"utcNow": "2025-02-20T12:00:00Z"}},
        ),
        (
            {"field": "id", "like": "*/resourceGroups/rg-case/providers/A.B/cs/c"},
            {},
        ),
        (
            {"field": "fullName", "equals": "p/c"},
            {"resource": {"type": "A.B/cs/ds", "name": "p/c"}},
        ),
        (
            {"field": "fullName", "equals": "parent/c"},
            {"resource": {"type": "A.B/cs/ds", "name": "c"}},
        ),
        ({"field": "id", "equals": "/x"}, {"resource": {"type": "A.B/cs", "id": "/x"}}),
    ],
)
def test_a_case_may_include_related_resources(
    tmp_path: Path, condition: dict[str, Any], more: dict[str, Any]
) -> None:
    result = run(tmp_path, case(condition, **more))
    assert result.agrees, result.why


def test_a_case_lists_related_resources(tmp_path: Path) -> None:
    document = case({"field": "type", "equals": "A.B/cs"}, related=[{"type": "A.B/cs/ds"}])
    document["policy"]["policyRule"]["then"] = {
        "effect": "auditIfNotExists",
        "details": {"type": "A.B/cs/ds"},
    }
    assert run(tmp_path, document).got == "compliant"
    document["related"] = []
    assert run(tmp_path, document).got == "nonCompliant"


RG = "/subscriptions/s/resourceGroups/RG"
OTHER = f"{RG}-2/providers/A.B/es/e"
ATTACHED = "Microsoft.Insights/diagnosticSettings"
MEMBERSHIP = "Microsoft.ContainerService/fleetMemberships"
OWN = f"{RG}/providers/A.B/cs/c"


@pytest.mark.parametrize("name", ["[concat(field('name'), '/d')]", "p/?", "d", "P/D"])
@pytest.mark.parametrize("written", ["d", "p/d"])
def test_a_related_child_has_its_parent_in_its_full_name(
    tmp_path: Path, name: str, written: str
) -> None:
    resource = {"type": "A.B/cs", "name": "p"}
    related = [{"type": "A.B/cs/ds", "name": written}]
    document = case({"field": "type", "equals": "A.B/cs"}, resource=resource, related=related)
    document["policy"]["policyRule"]["then"] = {
        "effect": "auditIfNotExists",
        "details": {"type": "A.B/cs/ds", "name": name},
    }
    assert run(tmp_path, document).got == "compliant"
    document["related"] = [{"type": "A.B/cs/ds", "name": "q/e"}]
    assert run(tmp_path, document).got == "nonCompliant"


CONNECTION = "A.B/cs/privateEndpointConnections"


@pytest.mark.parametrize(
    ("shown", "listed", "got"),
    [
        (["Approved"], [], "compliant"),
        (["Pending"], [], "nonCompliant"),
        (["Pending"], ["Approved"], "compliant"),
        (["Approved"], ["Pending"], "nonCompliant"),
        ([], [], "nonCompliant"),
    ],
)
def test_a_child_that_its_parent_shows_need_not_be_listed(
    shown: list[str], listed: list[str], got: str, tmp_path: Path
) -> None:
    def connections(states: list[str]) -> list[dict[str, Any]]:
        inside = [{"privateLinkServiceConnectionState": {"status": each}} for each in states]
        return [{"name": "c", "properties": properties} for properties in inside]

    document = case(
        {"field": "type", "equals": "A.B/cs"},
        resource={
            "type": "A.B/cs",
            "name": "p",
            "properties": {"privateEndpointConnections": connections(shown)},
        },
        related=[{"type": CONNECTION, **each} for each in connections(listed)],
    )
    status = f"{CONNECTION}/privateLinkServiceConnectionState.status"
    document["policy"]["policyRule"]["then"] = {
        "effect": "auditIfNotExists",
        "details": {
            "type": CONNECTION,
            "existenceCondition": {"field": status, "equals": "Approved"},
        },
    }
    assert run(tmp_path, document).got == got


@pytest.mark.parametrize(
    ("related", "details", "got"),
    [
        (OTHER, {"type": "A.B/es"}, "nonCompliant"),
        (OTHER, {"type": "A.B/es", "resourceGroupName": "rg-2"}, "compliant"),
        (OTHER, {"type": "A.B/es", "existenceScope": "subscription"}, "compliant"),
        (OTHER.replace("RG-2", "rg"), {"type": "A.B/es"}, "compliant"),
        (OTHER.replace("s/s/", "s/t/").replace("RG-2", "rg"), {"type": "A.B/es"}, "nonCompliant"),
        ("/subscriptions/s/providers/A.B/es/e", {"type": "A.B/es"}, "compliant"),
        (f"{OWN}/ds/d", {"type": "A.B/cs/ds"}, "compliant"),
        (f"{OWN}2/ds/d", {"type": "A.B/cs/ds"}, "nonCompliant"),
        (f"{OWN}/providers/{ATTACHED}/d", {"type": ATTACHED}, "compliant"),
        (f"{OWN}2/providers/{ATTACHED}/d", {"type": ATTACHED}, "nonCompliant"),
        (f"{OWN}/providers/{MEMBERSHIP}/default", {"type": MEMBERSHIP}, "compliant"),
        (f"{OWN}2/providers/{MEMBERSHIP}/default", {"type": MEMBERSHIP}, "nonCompliant"),
        (f"{OWN}/ds/d/providers/{ATTACHED}/d", {"type": ATTACHED}, "nonCompliant"),
        (f"{OWN}/ds/d/fs/f", {"type": "A.B/cs/ds/fs"}, "compliant"),
        ("", {"type": "A.B/es"}, "compliant"),
    ],
)
def test_related_resources_with_an_id_elsewhere_are_ignored(
    tmp_path: Path, related: str, details: dict[str, str], got: str
) -> None:
    document = case(
        {"field": "type", "equals": "A.B/cs"},
        resource={"type": "A.B/cs", "name": "c", "id": OWN},
        related=[{"type": details["type"], "id": related}],
    )
    document["policy"]["policyRule"]["then"] = {"effect": "auditIfNotExists", "details": details}
    assert run(tmp_path, document).got == got


@pytest.mark.parametrize(
    ("details", "got"),
    [
        ({"type": "A.B/es"}, "compliant"),
        ({"type": "A.B/es", "resourceGroupName": "rg-2"}, "compliant"),
        ({"type": "A.B/es", "resourceGroupName": "rg-3"}, "nonCompliant"),
    ],
)
def test_resources_related_to_a_subscription_are_anywhere_in_it(
    tmp_path: Path, details: dict[str, str], got: str
) -> None:
    kind = "Microsoft.Resources/subscriptions"
    document = case(
        {"field": "type", "equals": kind},
        resource={"type": kind, "name": "s", "id": "/subscriptions/s"},
        related=[{"type": "A.B/es", "id": OTHER}],
    )
    document["policy"]["policyRule"]["then"] = {"effect": "auditIfNotExists", "details": details}
    assert run(tmp_path, document).got == got


def test_the_id_of_a_resource_names_its_group_and_subscription(tmp_path: Path) -> None:
    told = "[concat(resourceGroup().name, ' ', resourceGroup().id, ' ', subscription().id)]"
    document = case(
        {"value": told, "equals": f"RG {RG} /subscriptions/s"},
        resource={"type": "A.B/cs", "name": "c", "id": OWN},
    )
    result = run(tmp_path, document)
    assert result.agrees, result.why


def test_a_role_definition_has_the_subscription_that_its_id_names(tmp_path: Path) -> None:
    kind = "Microsoft.Authorization/roleDefinitions"
    document = case(
        {"value": "[subscription().subscriptionId]", "equals": "s"},
        resource={"type": kind, "id": f"/subscriptions/s/providers/{kind}/r"},
    )
    result = run(tmp_path, document)
    assert result.agrees, result.why


def test_null_in_a_case_means_absent(tmp_path: Path) -> None:
    unsaid = dict.fromkeys(("parameters", "related", "context", "aliases"))
    assert run(tmp_path, case({"field": "name", "equals": "c"}, **unsaid)).agrees


def test_what_the_service_would_refuse_is_an_error(tmp_path: Path) -> None:
    wrong = run(tmp_path, case({"field": "name"}, expected="error"))
    assert wrong.agrees
    assert "one operator" in wrong.why


@pytest.mark.parametrize(
    ("document", "problem"),
    [
        ([], "a case is an object, not a list"),
        ({}, "it has no `policy`"),
        ({"expected": "x", "policy": {}}, "it has no `resource`"),
        ({"policy": {}, "resource": {"type": "A.B/cs"}}, "it has no `expected`"),
        (case({}, resource=None), "`resource` must be an object, not null"),
        (case({}, resource={"name": "c"}), "`resource` has no `type`"),
        (case({}, related={"a": {}}), "`related` must be a list, not an object"),
        (case({}, related=[{"type": "A.B/cs"}, "x"]), "`related[1]` must be an object"),
        (case({}, parameters=["x"]), "`parameters` must be an object, not a list"),
        (case({}, context="x"), "`context` must be an object, not a string"),
        (case({}, aliases={"A.B/cs/x": 1}), "`aliases.A.B/cs/x` must be a string, not a number"),
        (case({}, expected=None), "`expected` must be a string, not null"),
        (
            case({}, context={"subscription": "x"}),
            "`context.subscription` must be an object, not a string",
        ),
        (case({}, context={"utcNow": "yesterday"}), "`context.utcNow` must be a time such as"),
        (case({}, context={"utcNow": 2026}), "`context.utcNow` must be a time such as"),
    ],
)
def test_an_invalid_case_is_refused_with_the_reason(
    tmp_path: Path, document: object, problem: str
) -> None:
    with pytest.raises(AmlauditError, match="is not a policy case") as refused:
        run(tmp_path, document)
    assert problem in refused.value.cause
    assert "move it out of the folder" in refused.value.advice


@pytest.mark.parametrize("written", ["{", "[" * 100_000, '{"a": 1, "a": 2}'])
def test_invalid_json_is_not_a_case(tmp_path: Path, written: str) -> None:
    (tmp_path / "one.json").write_text(written, "utf-8")
    with pytest.raises(AmlauditError, match="is not a policy case"):
        run_cases(tmp_path / "one.json")
    (refused,) = run_cases(tmp_path)
    assert str(refused) == "E201 one.json is not a policy case"


def test_a_file_that_is_no_case_hides_no_other(tmp_path: Path) -> None:
    run(tmp_path, case({"field": "name", "equals": "c"}))
    for name, written in (("a", "{"), ("b", '{"expected": "compliant"}'), ("z", "{}")):
        (tmp_path / f"{name}.json").write_text(written, "utf-8")
    assert told_of(tmp_path) == ["expected a string: line 1 column 2", "it has no `policy`", "one"]


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16"])
def test_cases_are_read_as_definitions_are(tmp_path: Path, encoding: str) -> None:
    document = json.dumps(case({"field": "name", "equals": "c"}))
    (tmp_path / "one.json").write_text(f"// from the portal\n{document}", encoding)
    (result,) = run_cases(tmp_path)
    assert isinstance(result, CaseResult)
    assert result.agrees


def test_cases_lie_anywhere_in_a_folder_among_other_json(tmp_path: Path) -> None:
    document = case({"field": "name", "equals": "c"})
    for place in ("one.json", "a/b/two.jsonc"):
        path = tmp_path / place
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(document), "utf-8")
    (tmp_path / "a" / "definition.json").write_text(json.dumps(document["policy"]), "utf-8")
    (tmp_path / "aliases.json").write_text("[{}, 1]", "utf-8")
    assert told_of(tmp_path) == ["two", "one"]
    (tmp_path / "list.json").write_text(json.dumps([document]), "utf-8")
    assert told_of(tmp_path) == ["two", "a case is an object, not a list", "one"]


def test_what_is_expected_may_be_in_another_case(tmp_path: Path) -> None:
    assert run(tmp_path, case({"field": "name", "equals": "c"}, expected="NonCompliant")).agrees
    assert not run(tmp_path, case({"field": "name", "equals": "c"}, expected="fail")).agrees


def test_a_folder_contains_many_cases_and_must_be_readable(tmp_path: Path) -> None:
    run(tmp_path, case({"field": "name", "equals": "c"}))
    (tmp_path / "two.json").write_text(json.dumps(case({"field": "kind", "equals": "x"})), "utf-8")
    assert told_of(tmp_path) == ["one", "two"]
    with pytest.raises(AmlauditError, match="E302"):
        run_cases(tmp_path / "absent.json")


@pytest.mark.skipif(not CASES.is_dir(), reason=f"{CASES} is not there")
def test_collected_cases_come_out_as_expected() -> None:
    results = [each for each in run_cases(CASES) if isinstance(each, CaseResult)]
    assert len(results) > 100
    wrong = {each.id: each.got for each in results if not each.agrees}
    assert wrong == DISPUTED


SUBSCRIPTION_BODY = {"type": "Microsoft.Resources/subscriptions"}
GROUP_ID = "/subscriptions/s1/resourceGroups/g1"
THERE = {"id": f"{GROUP_ID}/providers/A.B/cs/c", "type": "A.B/cs"}
ELSEWHERE = {"subscription": {"subscriptionId": "s2"}, "resourceGroup": {"name": "g2"}}


@pytest.mark.parametrize(
    ("value", "found", "context", "body"),
    [
        ("resourceGroup().id", "/subscriptions/s2/resourceGroups/g2", ELSEWHERE, {}),
        ("field('id')", "/subscriptions/s2/resourceGroups/g2/providers/A.B/cs/c", ELSEWHERE, {}),
        ("subscription().id", "/subscriptions/s2", ELSEWHERE, {}),
        ("subscription().id", "/subscriptions/s2", ELSEWHERE, THERE),
        ("resourceGroup().id", "/subscriptions/s1/resourceGroups/g2", ELSEWHERE, THERE),
        ("resourceGroup().id", GROUP_ID, {"resourceGroup": {"tags": {}}}, THERE),
        ("resourceGroup().name", "g3", {"resourceGroup": {"id": "/x/resourceGroups/g3"}}, THERE),
        (
            "subscription().subscriptionId",
            "s3",
            {"subscription": {"id": "/subscriptions/s3"}},
            THERE,
        ),
        ("resourceGroup().name", "n", {"resourceGroup": {"id": "/x/y", "name": "n"}}, {}),
        ("field('id')", f"{GROUP_ID}/providers/A.B/cs/c", {"resourceGroup": {"name": "g"}}, THERE),
        ("subscription().id", "/subscriptions/s2", ELSEWHERE, SUBSCRIPTION_BODY),
    ],
)
def test_the_names_and_ids_of_scopes_go_together(
    value: str, found: str, context: Any, body: dict[str, Any], tmp_path: Path
) -> None:
    resource = {"type": "A.B/cs", "name": "c"} | body
    document = case({"value": f"[{value}]", "equals": found}, context=context, resource=resource)
    result = run(tmp_path, document)
    assert result.agrees, result.why


@pytest.mark.parametrize(
    ("kind", "given", "used"),
    [
        ("String", {"value": "c"}, "[parameters('P')]"),
        ("String", "c", "[parameters('P')]"),
        ("Array", {"value": ["c"]}, "[parameters('P')[0]]"),
        ("object", {"value": "c"}, "[parameters('P').value]"),
    ],
)
def test_a_parameter_may_have_its_value_as_in_an_assignment(
    kind: str, given: object, used: str, tmp_path: Path
) -> None:
    document = case({"field": "name", "equals": used}, parameters={"p": given})
    document["policy"]["parameters"] = {"P": {"type": kind}}
    result = run(tmp_path, document)
    assert result.agrees, result.why


def test_a_value_for_no_parameter_is_an_error_however_it_is_written(tmp_path: Path) -> None:
    document = case({"field": "name", "equals": "c"}, parameters={"p": {"value": 1}})
    assert run(tmp_path, document).got == "error"


@pytest.mark.parametrize(
    ("kind", "call", "key", "value"),
    [
        ("Microsoft.Resources/subscriptions/resourceGroups", "resourceGroup", "name", "mine"),
        ("Microsoft.Resources/subscriptions/resourceGroups", "resourceGroup", "tags.a", "b"),
        ("Microsoft.Resources/subscriptions/resourceGroups", "resourceGroup", "location", "x y"),
        ("Microsoft.Resources/subscriptions/resourceGroups", "subscription", "tags.a", ""),
        ("Microsoft.Resources/subscriptions", "subscription", "tags.a", "b"),
        ("Microsoft.Resources/subscriptions", "subscription", "displayName", "D"),
        ("Microsoft.Resources/subscriptions", "subscription", "subscriptionId", NOWHERE),
    ],
)  # fmt: skip
def test_a_case_about_a_scope_tells_of_the_scope_itself(
    kind: str, call: str, key: str, value: str, tmp_path: Path
) -> None:
    body = {"type": kind, "name": "mine", "displayName": "D", "location": "x y", "tags": {"a": "b"}}
    asked = case({"value": f"[{call}().{key}]", "equals": value}, resource=body)
    assert run(tmp_path, asked).got == "nonCompliant"
    told = {call: {"tags": {"a": "c"}}}
    other = {"value": f"[{call}().tags.a]", "equals": "c"}
    assert run(tmp_path, case(other, resource=body, context=told)).got == "nonCompliant"
