"""Policies in Terraform plans and states."""

import json
from pathlib import Path
from typing import Any

import pytest

from amlaudit.core.errors import AmlauditError
from amlaudit.core.verdict import Status
from amlaudit.engine.evaluate import judge
from amlaudit.engine.policy.definition import Absent, PolicyDefinition
from amlaudit.rulebook.policy_files import policies_of
from amlaudit.rulebook.policy_rules import load_policies
from amlaudit.rulebook.policy_terraform import terraform_policies
from tests.estates import STORAGE_ID, SUBSCRIPTION, estate, resource

TLS = {
    "if": {
        "allOf": [
            {"field": "type", "equals": "Microsoft.Storage/storageAccounts"},
            {
                "field": "Microsoft.Storage/storageAccounts/minimumTlsVersion",
                "notEquals": "[parameters('least')]",
            },
        ]
    },
    "then": {"effect": "audit"},
}
LEAST = {"least": {"type": "String", "defaultValue": "TLS1_2"}}
DEFINITION = {
    "name": "tls",
    "display_name": "Encrypted",
    "description": None,
    "mode": "Indexed",
    "parameters": json.dumps(LEAST),
    "policy_rule": json.dumps(TLS),
}
SET: dict[str, Any] = {
    "name": "base",
    "parameters": json.dumps({"tls": {"type": "String"}}),
    "policy_definition_reference": [
        {
            "parameter_values": json.dumps({"least": {"value": "[parameters('tls')]"}}),
            "reference_id": "encrypted",
        }
    ],
}
ASSIGNMENT = {
    "name": "everywhere",
    "subscription_id": SUBSCRIPTION,
    "not_scopes": [],
    "parameters": json.dumps({"tls": {"value": "TLS1_3"}}),
}
DEFINED = "azurerm_policy_definition.tls"
GROUPED = "azurerm_management_group_policy_set_definition.base"
ASSIGNED = "azurerm_subscription_policy_assignment.everywhere"


def planned(address: str, values: dict[str, Any]) -> dict[str, Any]:
    kind = address.rpartition("azurerm_")[2].partition(".")[0]
    return {"address": address, "mode": "managed", "type": f"azurerm_{kind}", "values": values}


def plan(
    *resources: dict[str, Any],
    unknown: dict[str, Any] | None = None,
    written: dict[str, Any] | None = None,
    **module: Any,
) -> dict[str, Any]:
    return {
        "terraform_version": "1.9.0",
        "planned_values": {"root_module": {"resources": list(resources), **module}},
        "resource_changes": [
            {"address": address, "change": {"after_unknown": after}}
            for address, after in (unknown or {}).items()
        ],
        "configuration": {
            "root_module": {
                "resources": [
                    {"address": address, "expressions": expressions}
                    for address, expressions in (written or {}).items()
                ]
            }
        },
    }


def references(*several: str) -> dict[str, Any]:
    return {"policy_definition_id": {"references": list(several)}}


def read(folder: Path, document: object) -> dict[str, PolicyDefinition | Absent]:
    path = folder / "plan.json"
    path.write_text(json.dumps(document), "utf-8")
    return {each.id: each for each in policies_of(path)}


def status(folder: Path, document: object, rule_id: str, version: str) -> Status:
    path = folder / "plan.json"
    path.write_text(json.dumps(document), "utf-8")
    rules = {each.id: each for each in load_policies(path)[1]}
    properties = {"minimumTlsVersion": version}
    account = resource(STORAGE_ID, {"location": "westeurope", "properties": properties})
    return judge(rules[rule_id], account, estate(account)).status


def test_the_definitions_of_a_plan_are_judged(tmp_path: Path) -> None:
    document = plan(planned(DEFINED, DEFINITION))
    (found,) = read(tmp_path, document).values()
    assert isinstance(found, PolicyDefinition)
    assert (found.id, found.display_name, found.mode) == ("tls", "Encrypted", "Indexed")
    assert status(tmp_path, document, "tls", "TLS1_0") is Status.FAIL
    assert status(tmp_path, document, "tls", "TLS1_2") is Status.PASS


def test_those_of_a_state_are_judged_as_well(tmp_path: Path) -> None:
    stored = {"mode": "managed", "type": "azurerm_policy_definition", "name": "x"}
    kept = {**stored, "module": "module.m", "instances": [{"attributes": DEFINITION}]}
    data = {**stored, "mode": "data", "instances": [{"attributes": {**DEFINITION, "name": "data"}}]}
    other = {**stored, "type": "azurerm_policy_other", "instances": []}
    state = {"version": 4, "terraform_version": "1.9.0", "resources": [kept, data, other]}
    assert list(read(tmp_path, state)) == ["tls"]
    values = plan(planned(DEFINED, DEFINITION))["planned_values"]
    shown = {"terraform_version": "1.9.0", "values": values}
    assert list(read(tmp_path, shown)) == ["tls"]


def test_what_a_set_and_an_assignment_refer_to_is_found_before_it_has_an_id(
    tmp_path: Path,
) -> None:
    document = plan(
        planned(DEFINED, DEFINITION),
        planned(GROUPED, SET),
        planned(ASSIGNED, ASSIGNMENT),
        unknown={
            GROUPED: {"policy_definition_reference": [{"policy_definition_id": True}]},
            ASSIGNED: {"policy_definition_id": True},
        },
        written={
            GROUPED: {"policy_definition_reference": [references(f"{DEFINED}.id", DEFINED)]},
            ASSIGNED: references("var.x", f"{GROUPED}.id"),
        },
    )
    member = read(tmp_path, document)["encrypted"]
    assert isinstance(member, PolicyDefinition)
    assert member.reach.scope == SUBSCRIPTION
    assert status(tmp_path, document, "encrypted", "TLS1_2") is Status.FAIL
    assert status(tmp_path, document, "encrypted", "TLS1_3") is Status.PASS


def test_a_module_with_one_definition_stands_for_it(tmp_path: Path) -> None:
    inner = planned('module.m["a"].azurerm_policy_definition.this', DEFINITION)
    assigned = {**ASSIGNMENT, "parameters": json.dumps({"least": {"value": "TLS1_3"}})}
    document = plan(
        planned(ASSIGNED, assigned),
        child_modules=[{"resources": [inner]}],
        unknown={ASSIGNED: {"policy_definition_id": True}},
        written={ASSIGNED: references("module.m.id", "module.m")},
    )
    assert status(tmp_path, document, "tls", "TLS1_2") is Status.FAIL
    second = planned(
        'module.m["b"].azurerm_policy_definition.this', {**DEFINITION, "name": "other"}
    )
    document["planned_values"]["root_module"]["child_modules"] += [{"resources": [second]}]
    assert read(tmp_path, document)["everywhere"] == Absent(
        "everywhere",
        "no file in the folder holds the definition known-after-apply that it assigns",
    )


def test_references_within_a_module_are_relative_to_it(tmp_path: Path) -> None:
    document = plan(
        child_modules=[
            {
                "resources": [
                    planned(f"module.m.{DEFINED}", DEFINITION),
                    planned(f"module.m.{GROUPED}", SET),
                ]
            }
        ],
        unknown={
            f"module.m.{GROUPED}": {"policy_definition_reference": [{"policy_definition_id": True}]}
        },
    )
    members = {"policy_definition_reference": [references(DEFINED)]}
    inside = {"resources": [{"address": GROUPED, "expressions": members}]}
    document["configuration"]["root_module"]["module_calls"] = {"m": {"module": inside}}
    assert isinstance(read(tmp_path, document)["encrypted"], PolicyDefinition)
    del document["configuration"]
    assert isinstance(read(tmp_path, document)["encrypted"], Absent)


def test_what_is_known_only_after_apply_is_unknown(tmp_path: Path) -> None:
    partial = {key: value for key, value in DEFINITION.items() if key != "policy_rule"}
    document = plan(planned(DEFINED, partial), unknown={DEFINED: {"policy_rule": True}})
    (found,) = read(tmp_path, document).values()
    assert isinstance(found, Absent)
    assert found.why.startswith("policyRule is computed")
    assigned = {key: value for key, value in ASSIGNMENT.items() if key != "subscription_id"}
    assigned["parameters"] = ""
    assigned["policy_definition_id"] = "/x/policyDefinitions/tls"
    document = plan(
        planned(DEFINED, DEFINITION),
        planned(ASSIGNED, assigned),
        unknown={ASSIGNED: {"subscription_id": True}},
    )
    (found,) = read(tmp_path, document).values()
    assert isinstance(found, PolicyDefinition)
    assert not found.reach.is_known


def test_a_policy_without_a_known_name_is_called_as_its_block(tmp_path: Path) -> None:
    document = plan(planned(f"{DEFINED}[0]", {**DEFINITION, "name": None}))
    assert list(read(tmp_path, document)) == ["tls"]


def test_a_set_may_keep_its_members_as_json(tmp_path: Path) -> None:
    members = [{"policyDefinitionId": "/x/tls", "policyDefinitionReferenceId": "one"}]
    document = plan(
        planned(DEFINED, DEFINITION),
        planned(GROUPED, {"name": "base", "policy_definitions": json.dumps(members)}),
    )
    assert list(read(tmp_path, document)) == ["tls", "one"]


def test_selectors_and_overrides_are_those_of_azure(tmp_path: Path) -> None:
    located = {"kind": "resourceLocation", "in": ["westeurope"], "not_in": None}
    elsewhere = {"kind": "resourceLocation", "in": [], "not_in": ["northeurope"]}
    assigned = {
        **ASSIGNMENT,
        "parameters": None,
        "policy_definition_id": "/x/policyDefinitions/tls",
        "resource_selectors": [{"name": "here", "selectors": [located]}],
        "overrides": [{"value": "Disabled", "selectors": [elsewhere]}],
    }
    document = plan(planned(DEFINED, DEFINITION), planned(ASSIGNED, assigned))
    assert status(tmp_path, document, "tls", "TLS1_0") is Status.NOT_APPLICABLE
    assigned["overrides"] = []
    document = plan(planned(DEFINED, DEFINITION), planned(ASSIGNED, assigned))
    assert status(tmp_path, document, "tls", "TLS1_0") is Status.FAIL
    located["in"] = ["northeurope"]
    assert status(tmp_path, document, "tls", "TLS1_0") is Status.NOT_APPLICABLE


def test_an_override_selects_members_of_a_set_unless_it_says_otherwise(tmp_path: Path) -> None:
    block = {"value": "Disabled", "selectors": [{"kind": None, "in": ["encrypted"]}]}
    assigned = {**ASSIGNMENT, "policy_definition_id": "/x/policySetDefinitions/base"}
    grouped = {**SET, "policy_definition_reference": [{"policy_definition_id": "/x/tls"}]}
    grouped["policy_definition_reference"][0] |= SET["policy_definition_reference"][0]
    for overrides, found in (([], Status.FAIL), ([block], Status.NOT_APPLICABLE)):
        document = plan(
            planned(DEFINED, DEFINITION),
            planned(GROUPED, grouped),
            planned(ASSIGNED, {**assigned, "overrides": overrides}),
        )
        assert status(tmp_path, document, "encrypted", "TLS1_0") is found


def test_an_exemption_is_told(tmp_path: Path) -> None:
    assigned = {**ASSIGNMENT, "parameters": None, "policy_definition_id": "/x/tls"}
    exemption = {
        "name": "old",
        "exemption_category": "Waiver",
        "policy_assignment_id": f"{SUBSCRIPTION}/providers/Microsoft.Authorization"
        "/policyAssignments/everywhere",
        "resource_id": STORAGE_ID,
    }
    document = plan(
        planned(DEFINED, DEFINITION),
        planned(ASSIGNED, assigned),
        planned("azurerm_resource_policy_exemption.old", exemption),
    )
    (found,) = read(tmp_path, document).values()
    assert isinstance(found, PolicyDefinition)
    assert [each.exemption.name for each in found.exempted] == ["old"]


def test_an_argument_that_is_not_json_is_told(tmp_path: Path) -> None:
    document = plan(planned(DEFINED, {**DEFINITION, "policy_rule": "{"}))
    with pytest.raises(AmlauditError, match=r"plan\.json: policy_rule: not JSON: "):
        read(tmp_path, document)


def test_a_plan_without_policies_has_none(tmp_path: Path) -> None:
    assert not read(tmp_path, plan(planned("azurerm_storage_account.x", {})))
    assert not read(tmp_path, {"terraform_version": "1.9.0"})


def test_the_ids_of_a_module_are_found_once_for_all_its_policies(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    modules: list[str] = []

    def found(module: str, _: object) -> dict[str, str]:
        modules.append(module)
        return {}

    monkeypatch.setattr("amlaudit.rulebook.policy_terraform._ids", found)
    addresses = (
        "azurerm_policy_definition.a",
        "azurerm_policy_definition.b",
        f"module.m.{DEFINED}",
    )
    rows = [planned(each, {"name": each}) for each in addresses]
    resources = {"root_module": {"resources": rows}}
    document = {"terraform_version": "1", "planned_values": resources}
    assert len(list(terraform_policies(document))) == len(addresses)
    assert sorted(modules) == ["", "module.m."]
