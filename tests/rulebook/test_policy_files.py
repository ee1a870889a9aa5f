"""Folders of policy definitions: what is read, what is skipped, and what each is called."""

import json
from pathlib import Path
from typing import Any

import pytest

from amlaudit.core.errors import AmlauditError, Exit
from amlaudit.core.gap import Reason
from amlaudit.core.path import ABSENT
from amlaudit.core.verdict import Status
from amlaudit.engine.evaluate import evaluate, judge
from amlaudit.engine.policy.definition import Absent, PolicyDefinition
from amlaudit.rulebook.checking import validated
from amlaudit.rulebook.policy_files import (
    Definitions,
    policies_in,
    policies_of,
    policy_files,
    read_policies,
)
from amlaudit.rulebook.policy_rules import load_policies
from amlaudit.sizes import bytes_of
from amlaudit.strict_json import DEEPEST, parse_with_places
from tests.estates import STORAGE_ID, SUBSCRIPTION, WORKSPACE_ID, estate, resource

EFFECT = {"effect": {"type": "String", "defaultValue": "Audit"}}


def rule(name: str = "x") -> dict[str, Any]:
    return {
        "if": {"field": "name", "equals": name},
        "then": {"effect": "[parameters('effect')]"},
    }


def write(path: Path, document: object) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(document), "utf-8")
    return path


def test_a_rule_by_itself_has_its_parameters_beside_it(tmp_path: Path) -> None:
    path = write(tmp_path / "owner.rules.json", rule())
    write(tmp_path / "owner.parameters.json", EFFECT)
    (definition,) = read_policies(path)
    assert definition.id == "owner"
    assert list(definition.parameters) == ["effect"]


@pytest.mark.parametrize(
    ("rules", "parameters"),
    [
        ("owner-rule.json", "owner-parameters.json"),
        ("owner_rules.json", "owner_params.json"),
        ("owner-rule.json", "owner-rule.parameters.json"),
        ("policy-rule.json", "params.json"),
    ],
)
def test_the_parts_of_a_definition_are_called_alike(
    tmp_path: Path, rules: str, parameters: str
) -> None:
    path = write(tmp_path / rules, rule())
    write(tmp_path / parameters, EFFECT)
    write(tmp_path / "other-parameters.json", {"other": EFFECT["effect"]})
    assert list(read_policies(path)[0].parameters) == ["effect"]


def test_a_rule_alone_in_its_folder_has_the_parameters_of_the_folder(tmp_path: Path) -> None:
    path = write(tmp_path / "owner" / "rules.json", rule())
    write(path.with_name("parameters.json"), EFFECT)
    (definition,) = read_policies(path)
    assert (definition.id, list(definition.parameters)) == ("owner", ["effect"])
    write(path.with_name("rules.parameters.json"), {"other": EFFECT["effect"]})
    assert list(read_policies(path)[0].parameters) == ["other"]


def test_the_parts_of_a_definition_may_have_comments(tmp_path: Path) -> None:
    path = write(tmp_path / "owner.rules.jsonc", rule())
    write(tmp_path / "owner.parameters.jsonc", EFFECT)
    assert [each.id for each in read_policies(path)] == ["owner"]
    assert policy_files(tmp_path) == [path]
    whole = write(tmp_path / "owner.jsonc", {"policyRule": rule(), "parameters": EFFECT})
    assert policy_files(tmp_path) == [whole]


def test_the_members_of_a_set_may_have_a_file_of_their_own(tmp_path: Path) -> None:
    named = {**rule(), "then": {"effect": "[parameters('effect')]"}}
    write(tmp_path / "p.json", {"name": "p", "policyRule": named, "parameters": EFFECT})
    values = {"effect": {"value": "[parameters('own')]"}}
    members = [
        {
            "policyDefinitionReferenceId": "first",
            "policyDefinitionId": "/x/p",
            "parameters": values,
        },
        {"policyDefinitionName": "absent"},
    ]
    path = write(tmp_path / "set" / "policyset.definitions.json", members)
    write(path.with_name("policyset.parameters.json"), {"own": {"type": "String"}})
    first, absent = policies_of(path, Definitions(tmp_path))
    assert isinstance(first, PolicyDefinition)
    assert (first.id, first.bound) == ("first", {"effect": "[parameters('own')]"})
    assert list(first.outer) == ["own"]
    assert absent == Absent("absent", "no file beside the set or below holds the definition absent")
    whole = write(path.with_name("policyset.json"), {"properties": {"policyDefinitions": members}})
    assert policy_files(tmp_path) == [tmp_path / "p.json", whole]


def test_a_list_of_assignments_is_no_set(tmp_path: Path) -> None:
    write(tmp_path / "p.json", {"name": "p", "policyRule": rule(), "parameters": EFFECT})
    write(tmp_path / "assigned.json", [{"name": "a", "policyDefinitionId": "/x/p"}])
    write(tmp_path / "mixed.json", [{"policyDefinitionId": "/x/p"}, 5])
    write(tmp_path / "empty.json", [])
    assert policy_files(tmp_path) == [tmp_path / "p.json"]


def test_parameters_may_be_declared_in_the_file_of_the_rule(tmp_path: Path) -> None:
    path = write(tmp_path / "owner.json", {**rule(), "Parameters": EFFECT})
    assert list(read_policies(path)[0].parameters) == ["effect"]
    write(tmp_path / "owner.parameters.json", {"other": EFFECT["effect"]})
    assert list(read_policies(path)[0].parameters) == ["other"]


def test_a_file_of_parameters_may_call_them_so(tmp_path: Path) -> None:
    path = write(tmp_path / "owner.rules.json", rule())
    beside = tmp_path / "owner.parameters.json"
    write(beside, {"$schema": "https://schema.management.azure.com", "parameters": EFFECT})
    assert list(read_policies(path)[0].parameters) == ["effect"]
    write(beside, {**EFFECT, "parameters": {"type": "String"}})
    assert list(read_policies(path)[0].parameters) == ["effect", "parameters"]


def test_an_undeclared_parameter_passed_on_by_a_set_is_reported(tmp_path: Path) -> None:
    write(tmp_path / "one.json", {"policyRule": rule(), "parameters": EFFECT})
    passed = {"effect": {"value": "[if(true(), parameters('nothing'), parameters('known'))]"}}
    members = [{"policyDefinitionName": "one", "parameters": passed}]
    known = {"known": EFFECT["effect"]}
    path = write(tmp_path / "set.json", {"policyDefinitions": members, "parameters": known})
    (row,) = validated(path)
    assert row["status"] == "unsupported"
    assert row["detail"] == "the set passes on parameters that it does not declare: nothing"


def test_an_undeclared_parameter_is_reported(tmp_path: Path) -> None:
    path = write(tmp_path / "owner.json", rule())
    (row,) = validated(path)
    assert row["status"] == "unsupported"
    asked = "the rule asks for parameters that are not declared: effect"
    assert row["detail"] == asked
    write(path, {"policyRule": rule(), "parameters": {"efect": EFFECT["effect"]}})
    (row,) = validated(path)
    assert row["detail"] == f'{asked}. Did you mean "efect"?'


def test_a_field_that_cannot_be_evaluated_is_reported_even_if_never_looked_at(
    tmp_path: Path,
) -> None:
    fields = [{"field": name, "equals": "x"} for name in ("type", "sku", "zones", "sku")]
    whole = {"if": {"allOf": fields}, "then": {"effect": "audit"}}
    (row,) = validated(write(tmp_path / "owner.json", {"policyRule": whole}))
    assert row["status"] == "unsupported"
    assert row["detail"] == "the field 'sku' is not known; the field 'zones' is not known"


@pytest.mark.parametrize(
    ("effect", "status"),
    [("DenyAction", "unsupported"), ("AuditAction", "unsupported"), ("Manual", "ok")],
)
def test_an_effect_without_resources_is_reported_whatever_its_parameters(
    tmp_path: Path, effect: str, status: str
) -> None:
    declared = {"types": {"type": "Array"}, "effect": {"type": "String", "defaultValue": effect}}
    of_types = {"field": "type", "in": "[parameters('types')]"}
    then = {"effect": "[parameters('effect')]", "details": {"actionNames": ["delete"]}}
    whole = {"mode": "All", "parameters": declared, "policyRule": {"if": of_types, "then": then}}
    (row,) = validated(write(tmp_path / "kept.json", whole))
    assert row["status"] == status
    assert status == "ok" or f"the effect {effect}".lower() in str(row["detail"]).lower()


def test_what_no_resource_could_be_judged_by_is_an_error_to_those_who_check(tmp_path: Path) -> None:
    document = {"policyRule": {**rule(), "then": {"effect": "refuse"}}, "name": "odd"}
    (row,) = validated(write(tmp_path / "policy.json", document))
    assert row["status"] == "error"
    assert row["detail"] == "E201 policy.json: odd: unknown effect refuse"
    assert len(load_policies(tmp_path)[1]) == 1


def test_a_rule_in_its_own_folder_takes_the_name_and_mode_of_the_folder(tmp_path: Path) -> None:
    path = write(tmp_path / "zone" / "azurepolicy.rules.json", rule())
    write(path.with_name("azurepolicy.parameters.json"), EFFECT)
    write(path.with_name("azurepolicy.json"), {"properties": {"Mode": "All"}})
    (definition,) = read_policies(path)
    assert (definition.id, definition.mode) == ("zone", "All")
    whole = write(tmp_path / "lock" / "azurepolicy.json", {"properties": {"policyRule": rule()}})
    assert [each.id for each in read_policies(whole)] == ["lock"]
    member = {"policyDefinitionId": "/x/lock"}
    path = write(tmp_path / "set.json", {"properties": {"policyDefinitions": [member]}})
    assert [each.id for each in read_policies(path)] == ["lock"]


def test_a_set_finds_a_separately_stored_rule(tmp_path: Path) -> None:
    path = write(tmp_path / "zone" / "azurepolicy.rules.json", rule())
    write(path.with_name("azurepolicy.parameters.json"), EFFECT)
    members = [{"policyDefinitionId": "/x/zone", "policyDefinitionReferenceId": "member"}]
    path = write(tmp_path / "set.json", {"properties": {"policyDefinitions": members}})
    (found,) = read_policies(path)
    assert (found.id, list(found.parameters)) == ("member", ["effect"])


@pytest.mark.parametrize("key", ["value", "data"])
def test_an_answer_has_its_definitions_in_rows(key: str, tmp_path: Path) -> None:
    rows = [{"name": "a", "properties": {"policyRule": rule(), "parameters": EFFECT}}]
    write(tmp_path / "answer.json", {key: rows, "skip_token": None})
    write(tmp_path / "empty.json", {key: []})
    assert [each.id for each in load_policies(tmp_path)[1]] == ["a"]


def test_powershell_output_has_its_own_property_names(tmp_path: Path) -> None:
    printed = {"Name": "p", "PolicyRule": rule(), "Parameter": EFFECT, "PolicyType": "Custom"}
    member = {"policyDefinitionId": "/x/p", "policyDefinitionReferenceId": "member"}
    member_of = {"Name": "s", "Parameter": {}, "PolicyDefinition": [member]}
    assigned_to = {
        "Name": "a",
        "Type": "Microsoft.Authorization/policyAssignments",
        "PolicyDefinitionId": "/x/p",
        "Parameter": {"effect": {"value": "Deny"}},
        "Scope": "/subscriptions/a",
        "NotScope": ["/subscriptions/a/resourceGroups/b"],
    }
    write(tmp_path / "printed.json", [printed, member_of, assigned_to])
    member_found, found = sorted(read_policies(tmp_path / "printed.json"), key=lambda each: each.id)
    assert (member_found.id, found.id) == ("member", "p")
    assert found.parameters["effect"].default == "Deny"
    assert found.reach.excluded == ("/subscriptions/a/resourcegroups/b",)


def test_parts_of_a_definition_and_what_is_none_are_passed_over(tmp_path: Path) -> None:
    whole = write(tmp_path / "policy.json", {"policyRule": rule(), "parameters": EFFECT})
    write(tmp_path / "policy.rules.json", rule())
    write(tmp_path / "policy.parameters.json", EFFECT)
    write(tmp_path / "index.json", [{"file": "policy.json"}])
    write(tmp_path / "number.json", 5)
    alone = write(tmp_path / "alone" / "policy.rules.json", rule())
    write(alone.with_name("policy.json"), {"displayName": "its rule lies beside it"})
    assert policy_files(tmp_path) == [alone, whole]


def test_a_file_of_invalid_json_is_not_skipped(tmp_path: Path) -> None:
    write(tmp_path / "good.json", {"policyRule": rule(), "parameters": EFFECT})
    (tmp_path / "bad.json").write_text("{", "utf-8")
    with pytest.raises(AmlauditError, match=r"bad\.json: not JSON"):
        load_policies(tmp_path)
    assert [row["status"] for row in validated(tmp_path)] == ["error", "ok"]


def test_every_invalid_policy_of_a_folder_is_told_at_once(tmp_path: Path) -> None:
    write(tmp_path / "good.json", {"policyRule": rule(), "parameters": EFFECT})
    (tmp_path / "broken.json").write_text("{", "utf-8")
    shown = '{\n "Properties": {"policyRule": {\n  "if": {"not": {"feild": "x"}}, "then": {}}}}'
    (tmp_path / "misspelt.json").write_text(shown, "utf-8")
    array = {"a": {"type": "Array"}}
    compared = {"if": {"field": "name", "equals": "[parameters('a')]"}, "then": {"effect": "audit"}}
    inner = tmp_path / "inner" / "array.json"
    write(inner, {"properties": {"policyRule": compared, "parameters": array}})
    with pytest.raises(AmlauditError) as refused:
        load_policies(tmp_path)
    assert (refused.value.code, refused.value.exit_code) == ("E201", Exit.INVALID)
    assert refused.value.message == f"3 policies in {tmp_path} are invalid"
    *others, misspelt = refused.value.cause.split("\n  ")
    assert others == [
        "broken.json: not JSON: expected a string: line 1 column 2",
        "inner/array.json:1:133: array: parameters.a: an array cannot be compared by equals",
    ]
    assert misspelt.startswith("misspelt.json:3:18: properties.policyRule.if.not.feild: neither ")
    assert misspelt.endswith('. Did you mean "field"?')
    assert refused.value.advice == "correct each of them, or move its file out of the folder"


def test_a_policy_file_that_cannot_be_read_is_told_by_itself(tmp_path: Path) -> None:
    (tmp_path / "broken.json").write_text("{", "utf-8")
    (tmp_path / "gone.json").symlink_to(tmp_path / "nowhere.json")
    with pytest.raises(AmlauditError, match=r"E302 .*gone\.json"):
        load_policies(tmp_path)


@pytest.mark.parametrize(
    ("file", "text", "place"),
    [
        ("own.json", '{\n"properties": {}}', "own.json:2:1"),
        ("own.rules.json", '{"if":\n{}, "then": {}}', "own.rules.json:1:2"),
        (
            "own.json",
            '{"value": [\n{"name": "p", "properties": {}}, {"name": "q"}]}',
            "own.json:2:15",
        ),
        (
            "own.json",
            '[{"name": "p", "properties": {}}, {"name": "p", "properties": {}}]',
            "own.json",
        ),
    ],
)
def test_the_place_of_a_problem_is_that_in_its_own_policy(
    tmp_path: Path, file: str, text: str, place: str
) -> None:
    path = tmp_path / file
    path.write_text(text, "utf-8")
    (told, *_) = (each for each in policies_in(path) if isinstance(each, AmlauditError))
    assert told.message.startswith(f"{place}: ")


def test_a_file_is_parsed_once_for_the_places_of_all_its_problems(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    parsed: list[str] = []

    def parse(text: str) -> object:
        parsed.append(text)
        return parse_with_places(text)

    monkeypatch.setattr("amlaudit.rulebook.policy_places.parse_with_places", parse)
    text = '[{"name": "p", "properties": {}},\n{"name": "q", "properties": {}}]'
    (tmp_path / "own.json").write_text(text, "utf-8")
    told = [str(each) for each in policies_in(tmp_path / "own.json")]
    assert ["own.json:1:16: p: " in told[0], "own.json:2:15: q: " in told[1]] == [True, True]
    assert parsed == [text]


def test_a_problem_in_a_file_nested_too_deep_is_told_without_its_place(tmp_path: Path) -> None:
    leaf = '{"field": "type", "feild": "x"}'
    deep = '{"not": ' * DEEPEST + leaf + "}" * DEEPEST
    written = f'{{"policyRule": {{"if": {deep}, "then": {{"effect": "audit"}}}}}}'
    (tmp_path / "deep.json").write_text(written, "utf-8")
    (told,) = policies_in(tmp_path / "deep.json")
    assert isinstance(told, AmlauditError)
    assert told.message.startswith("deep.json: ")


def test_a_duplicate_condition_is_reported_with_its_line(tmp_path: Path) -> None:
    text = '{"policyRule": {"if": {"field": "type",\n"equals": "a", "equals": "b"}}}'
    (tmp_path / "policy.json").write_text(text, "utf-8")
    with pytest.raises(AmlauditError, match=r"duplicate key 'equals': line 2 column 16"):
        load_policies(tmp_path)


def test_a_named_file_must_contain_a_definition(tmp_path: Path) -> None:
    with pytest.raises(AmlauditError, match="E201"):
        read_policies(write(tmp_path / "index.json", {"file": "policy.json"}))


def test_unnamed_definitions_are_distinguished_by_position(tmp_path: Path) -> None:
    for folder in ("a", "b", "c"):
        document = {"policyRule": rule(folder.replace("c", "a")), "parameters": EFFECT}
        write(tmp_path / folder / "policy.json", document)
    twins = [{"name": "b/policy", "policyRule": rule(each), "parameters": EFFECT} for each in "yz"]
    write(tmp_path / "b" / "twins.json", twins)
    write(
        tmp_path / "d" / "policy.json",
        [{"policyRule": rule(each), "parameters": EFFECT} for each in "de"],
    )
    _, rules = load_policies(tmp_path)
    assert [each.id for each in rules] == [
        "b/policy", "b/twins", "b/twins-2", "d/policy", "d/policy-2", "policy",
    ]  # fmt: skip


def test_the_state_of_a_tenant_may_be_stored_as_parameters(tmp_path: Path) -> None:
    kept = {"Name": "Kept", "Properties": {"Mode": "All", "PolicyRule": rule()}}
    path = write(tmp_path / "x.parameters.json", {"parameters": {"input": {"value": kept}}})
    write(tmp_path / "y.parameters.json", {"parameters": {"input": {"value": "x"}}})
    write(tmp_path / "z.parameters.json", {"parameters": {"input": {"value": {"Name": "group"}}}})
    assert policy_files(tmp_path) == [path]
    member = {"policyDefinitionId": "/x/kept"}
    write(tmp_path / "set.json", {"properties": {"policyDefinitions": [member]}})
    for file in ("x.parameters.json", "set.json"):
        (found,) = read_policies(tmp_path / file)
        assert (found.id.lower(), found.mode) == ("kept", "All")


def test_a_file_by_itself_is_a_pack(tmp_path: Path) -> None:
    twins = [{"name": "p", "policyRule": rule(each), "parameters": EFFECT} for each in "yz"]
    _, rules = load_policies(write(tmp_path / "two.json", twins))
    assert [each.id for each in rules] == ["p", "two"]


def test_a_set_finds_its_definitions_anywhere_in_the_folder_that_is_named(tmp_path: Path) -> None:
    write(tmp_path / "definitions" / "owner.json", {"policyRule": rule(), "parameters": EFFECT})
    reference = {
        "PolicyDefinitionId": "/providers/Microsoft.Authorization/policyDefinitions/OWNER",
        "Parameters": {"effect": {"Value": "[parameters('whole')]"}},
    }
    whole = {
        "Parameters": {"whole": {"type": "String", "defaultValue": "Deny"}},
        "PolicyDefinitions": [reference],
    }
    path = write(tmp_path / "sets" / "all.json", {"Properties": whole})
    _, rules = load_policies(tmp_path)
    assert [each.id for each in rules] == ["OWNER", "owner"]
    assert [row["status"] for row in validated(tmp_path)] == ["ok", "ok"]
    assert read_policies(path) == ()
    assert policies_of(path) == (
        Absent("OWNER", "no file beside the set or below holds the definition OWNER"),
    )


def test_a_definition_missing_from_a_set_is_unknown_for_workspaces(
    tmp_path: Path,
) -> None:
    write(tmp_path / "owner.json", {"policyRule": rule("w"), "parameters": EFFECT})
    members = [
        {"policyDefinitionId": "/x/owner", "policyDefinitionReferenceId": "mine"},
        {"policyDefinitionId": "/x/GUID", "policyDefinitionReferenceId": "built-in"},
        {"policyDefinitionId": "/x/other"},
    ]
    write(tmp_path / "set.json", {"name": "s", "properties": {"policyDefinitions": members}})
    _, rules = load_policies(tmp_path)
    assert [each.id for each in rules] == ["built-in", "mine", "other", "owner"]
    assert (rules[0].title, rules[0].because) == ("built-in", "built-in")
    workspace = resource(WORKSPACE_ID, {"location": "x"})
    around = estate(workspace, resource(SUBSCRIPTION, {}), resource(STORAGE_ID, {}))
    found = {
        (each.rule.id, each.resource.id): each.verdict
        for each in evaluate(rules[:1], around)
        if not each.subject_key
    }
    told = "no file beside the set or below holds the definition GUID"
    assert {key: (each.status, each.message) for key, each in found.items()} == {
        ("built-in", SUBSCRIPTION): (Status.UNKNOWN, told),
        ("built-in", WORKSPACE_ID): (Status.UNKNOWN, told),
    }
    (_, row) = validated(tmp_path)
    assert (row["status"], row["detail"]) == (
        "unsupported", f"2 of 3: {told}; {told.replace('GUID', 'other')}"
    )  # fmt: skip


@pytest.mark.parametrize("other", ["a", "z"])
def test_a_definition_may_be_called_as_its_set_and_as_another_file(
    other: str, tmp_path: Path
) -> None:
    member = {"policyDefinitionId": "/x/same", "policyDefinitionReferenceId": "member"}
    whole = {"name": "Same", "properties": {"policyDefinitions": [member]}}
    write(tmp_path / "q.json", {"name": "same", "policyRule": rule(), "parameters": EFFECT})
    path = write(tmp_path / f"{other}.json", whole)
    write(tmp_path / other / "same.json", {"some": "thing"})
    assert [each.id for each in read_policies(path)] == ["member"]
    assert [each.id for each in load_policies(tmp_path)[1]] == ["member", "same"]
    kind = "/providers/Microsoft.Authorization/policySetDefinitions"
    write(tmp_path / "of.json", assigned("of", f"{kind}/same"))
    write(tmp_path / "of2.json", assigned("of2", f"{kind}/same"))
    ids = [each.id for each in load_policies(tmp_path)[1]]
    assert ids == ["member@of", "member@of2", "same"]


@pytest.mark.parametrize(
    ("told", "wanted", "is_there"),
    [
        ({"version": "1.2.0"}, "1.*.*", True),
        ({"metadata": {"version": "1.2.0-preview"}}, "1.2.*", True),
        ({"version": "2.0.0", "metadata": {"version": "1.2.0"}}, "1.*.*", False),
        ({"metadata": {"version": "1.3.0"}}, "1.2.*", False),
        ({"version": "2.0.0"}, None, True),
        ({"metadata": "x"}, "1.*.*", True),
    ],
)
def test_another_version_of_a_definition_is_unknown(
    told: dict[str, Any], wanted: str | None, *, is_there: bool, tmp_path: Path
) -> None:
    properties = {"policyRule": rule(), "parameters": EFFECT, **told}
    write(tmp_path / "p.json", {"name": "p", "properties": properties})
    member = {"policyDefinitionId": "/x/p", "definitionVersion": wanted}
    path = write(tmp_path / "s.json", {"properties": {"policyDefinitions": [member]}})
    (found,) = policies_of(path)
    assert isinstance(found, PolicyDefinition) is is_there
    if isinstance(found, Absent):
        assert found.why.startswith(f"the set wants version {wanted} of the definition p, the file")
    of = {"policyDefinitionId": "/x/policyDefinitions/p", "definitionVersion": wanted}
    write(tmp_path / "a.json", {"type": "x/policyAssignments", "name": "a", "properties": of})
    (found,) = policies_of(tmp_path / "p.json")
    assert isinstance(found, PolicyDefinition) is is_there
    if isinstance(found, Absent):
        assert found.why.startswith(f"the assignment a wants version {wanted}, the file has ")


def test_a_set_kept_as_code_names_its_definitions(tmp_path: Path) -> None:
    write(tmp_path / "owner.json", {"policyRule": rule(), "parameters": EFFECT})
    members = [{"policyDefinitionName": "owner"}]
    path = write(tmp_path / "set.json", {"properties": {"policyDefinitions": members}})
    assert [each.id for each in read_policies(path)] == ["owner"]


def test_a_set_in_a_template_names_its_definitions_by_a_function(tmp_path: Path) -> None:
    write(tmp_path / "owner.json", {"policyRule": rule(), "parameters": EFFECT})
    members = [{"policyDefinitionId": "[resourceId('Microsoft.Authorization/x', 'owner')]"}]
    whole = {"type": "Microsoft.Authorization/policySetDefinitions", "name": "s"}
    inner = {"properties": {"policyDefinitions": members}}
    path = write(tmp_path / "main.json", {"resources": [whole | inner]})
    assert [each.id for each in read_policies(path)] == ["owner"]


def test_a_definition_may_have_comments(tmp_path: Path) -> None:
    text = json.dumps({"name": "owner", "policyRule": rule(), "parameters": EFFECT})
    for name in ("one.json", "two.jsonc"):
        (tmp_path / name).write_text(f"// what owners want\n{text[:-1]},}}", "utf-8")
    (tmp_path / "notes.json5").write_text("{", "utf-8")
    assert [each.name for each in policy_files(tmp_path)] == ["one.json", "two.jsonc"]
    assert [each.id for each in load_policies(tmp_path)[1]] == ["owner"]


def test_a_set_lists_its_definitions(tmp_path: Path) -> None:
    with pytest.raises(AmlauditError, match="policyDefinitions: must be a list"):
        read_policies(write(tmp_path / "set.json", {"policyDefinitions": {}}))


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le"])
def test_a_file_may_have_any_encoding_of_json(tmp_path: Path, encoding: str) -> None:
    document = {"name": "größe", "policyRule": rule(), "parameters": EFFECT}
    (tmp_path / "one.json").write_text(json.dumps(document, ensure_ascii=False), encoding)
    assert [each.id for each in read_policies(tmp_path / "one.json")] == ["größe"]


ASSIGNED = "/providers/Microsoft.Authorization/policyDefinitions/Named"


def assigned(name: str, of: str = ASSIGNED, **values: object) -> dict[str, Any]:
    return {
        "type": "Microsoft.Authorization/policyAssignments",
        "name": name,
        "properties": {
            "policyDefinitionId": of,
            "parameters": {key: {"value": value} for key, value in values.items()},
        },
    }


def named(values: tuple[PolicyDefinition, ...]) -> dict[str, object]:
    """Return the effects of the definitions, by id."""
    return {each.id: each.parameters["effect"].default for each in values}


def test_an_assignment_gives_a_definition_its_values(tmp_path: Path) -> None:
    document = {"name": "named", "policyRule": rule(), "parameters": EFFECT}
    path = write(tmp_path / "named.json", document)
    assert named(read_policies(path)) == {"named": "Audit"}
    before, _ = load_policies(tmp_path)
    write(tmp_path / "assignments" / "one.json", assigned("one", Effect="Deny"))
    assert named(read_policies(path)) == {"named": "Deny"}
    after, _ = load_policies(tmp_path)
    assert before != after
    write(tmp_path / "assignments" / "two.json", [assigned("two"), assigned("x", of="/elsewhere")])
    assert named(read_policies(path)) == {"named@one": "Deny", "named@two": "Audit"}


@pytest.mark.parametrize(
    "value",
    [
        "[parameters('e')]",
        ["x", "[parameters('e')]"],
        {"id": "${scope}/x"},
        "/subscriptions/a/resourceGroups/placeholder/b",
    ],
)
def test_a_value_that_only_a_deployment_knows_is_none(value: object, tmp_path: Path) -> None:
    made = "[concat(variables('scope'), '/policyDefinitions/', 'Named')]"
    document = {"name": "named", "policyRule": rule(), "parameters": EFFECT}
    path = write(tmp_path / "named.json", document)
    write(tmp_path / "main.json", {"resources": [assigned("one", made, effect=value)]})
    assert named(read_policies(path)) == {"named": ABSENT}


def test_an_assignment_gives_a_set_its_values(tmp_path: Path) -> None:
    write(tmp_path / "named.json", {"name": "named", "policyRule": rule(), "parameters": EFFECT})
    member = {
        "policyDefinitionId": ASSIGNED,
        "parameters": {"effect": {"value": "[parameters('how')]"}},
    }
    how = {"how": {"type": "String", "defaultValue": "Audit"}}
    whole = {"name": "all", "properties": {"policyDefinitions": [member], "parameters": how}}
    path = write(tmp_path / "set.json", whole)
    write(tmp_path / "one.json", assigned("one", of="/policySetDefinitions/all", how="Deny"))
    (found,) = read_policies(path)
    assert found.outer["how"].default == "Deny"
    assert found.parameters["effect"].default == "Audit"


def test_naming_a_definition_does_not_assign_it(tmp_path: Path) -> None:
    path = write(
        tmp_path / "named.json", {"name": "named", "policyRule": rule(), "parameters": EFFECT}
    )
    state = assigned("state", effect="Deny") | {"type": "Microsoft.PolicyInsights/policyStates"}
    write(tmp_path / "state.json", state)
    assert named(read_policies(path)) == {"named": "Audit"}


def test_an_unknown_function_is_reported_even_if_never_evaluated(
    tmp_path: Path,
) -> None:
    calls = [{"value": f"[{each}('x')]", "equals": 1} for each in ("reference", "wow", "wow")]
    condition = {"anyOf": [{"field": "type", "equals": "a.b/c"}, *calls]}
    whole = {"if": condition, "then": {"effect": "audit"}}
    write(tmp_path / "policy.json", {"policyRule": whole})
    (row,) = validated(tmp_path)
    assert row["status"] == "unsupported"
    assert row["detail"] == (
        "the function reference() is not allowed in policy rules; unknown function wow()"
    )


def test_files_checked_together_read_their_neighbours_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    read: list[Path] = []

    def counted(path: Path, largest: int) -> bytes:
        read.append(path)
        return bytes_of(path, largest)

    monkeypatch.setattr("amlaudit.rulebook.policy_documents.bytes_of", counted)
    folders: dict[Path, Definitions] = {}
    for name in "abcd":
        write(tmp_path / f"{name}.json", {"policyRule": rule(name), "parameters": EFFECT})
    for name in "abcd":
        (row,) = validated(tmp_path / f"{name}.json", folders)
        assert row["status"] == "ok"
    assert len(read) == 4 + 4


def test_a_policy_of_the_data_plane_is_unknown_on_each_subscription(tmp_path: Path) -> None:
    condition = {"field": "type", "equals": "Microsoft.KeyVault.Data/vaults/certificates"}
    rule = {"if": condition, "then": {"effect": "audit"}}
    write(tmp_path / "p.json", {"mode": "Microsoft.KeyVault.Data", "policyRule": rule})
    (found,) = load_policies(tmp_path)[1]
    assert found.applies_to == "microsoft.resources/subscriptions"
    subscription = resource(SUBSCRIPTION, {})
    verdict = judge(found, subscription, estate(subscription))
    assert (verdict.status, verdict.reason) == (Status.UNKNOWN, Reason.UNSUPPORTED)
    assert "mode Microsoft.KeyVault.Data" in verdict.message


@pytest.mark.parametrize(
    ("written", "place", "problem"),
    [
        ("{", "", "not JSON: expected a string: line 1 column 2"),
        ("[1]", "", "definition: must be an object, not a number"),
        ('{"policyRule": {}}', ":1:2", "policyRule: if and then are required"),
        (
            '[{"name": "n", "policyRule": {}}, {}]',
            ":1:16",
            "n: policyRule: if and then are required",
        ),
    ],
)
def test_what_is_wrong_is_told_with_the_place_of_its_file_in_the_folder(
    tmp_path: Path, written: str, place: str, problem: str
) -> None:
    path = tmp_path / "tags" / "azurepolicy.json"
    path.parent.mkdir()
    path.write_text(written, "utf-8")
    with pytest.raises(AmlauditError) as refused:
        policies_of(path, Definitions(tmp_path))
    assert str(refused.value) == f"E201 tags/azurepolicy.json{place}: {problem}"
    with pytest.raises(AmlauditError) as refused:
        policies_of(path, Definitions(tmp_path / "elsewhere"))
    assert str(refused.value) == f"E201 azurepolicy.json{place}: {problem}"
