"""The policy set that guards rules, and the files that deploy it."""

import json
from pathlib import Path

import pytest

from amlaudit.cli import run
from amlaudit.guardrails.builtins import builtins
from amlaudit.guardrails.initiative import Initiative, initiative_for, set_properties
from amlaudit.guardrails.templates import arm_template, bicep_file
from amlaudit.resources import shipped
from amlaudit.rulebook.packs import load_pack
from amlaudit.rulebook.policy_files import read_policies

BUILTIN = "/providers/Microsoft.Authorization/policyDefinitions"
_, RULES = load_pack(shipped("rules"), "built-in")


def _initiative(*ids: str, effect: str = "audit", framework: str = "mcsb") -> Initiative:
    return initiative_for([each for each in RULES if each.id in ids], effect, framework)


def test_azures_built_in_definition_is_preferred_to_a_generated_one() -> None:
    initiative = _initiative("AML1201", "AML1602", "AML1304")
    assert [(each.rule.id, each.policy in builtins()) for each in initiative.guards] == [
        ("AML1201", True),
        ("AML1602", False),
    ]
    assert list(initiative.unguarded) == ["AML1304"]


def test_a_definition_that_cannot_deny_audits_with_a_note(
    capsys: pytest.CaptureFixture[str],
) -> None:
    denied, audited = _initiative("AML1201", "AML1202", effect="deny").guards
    assert (denied.effect, audited.effect) == ("Deny", "Audit")
    assert run(["guardrails", "--all", "--effect", "deny"]) == 0
    assert "AML1202 built-in: it can only Audit" in capsys.readouterr().err


def test_a_guardrail_states_how_it_differs_from_its_rule() -> None:
    partial, broader = _initiative("AML1402", "AML1509").guards
    assert partial.note == "finds 4 of the 8 ways to fail"
    assert "more resources than the rule" in broader.note


def test_policies_are_grouped_by_the_controls_that_their_rules_serve() -> None:
    initiative = _initiative("AML1201", "AML1602")
    assert initiative.groups == {"IM-1": ("AML1602",), "NS-2": ("AML1201",)}


def test_the_set_describes_each_policy_and_its_controls() -> None:
    initiative = _initiative("AML1201", "AML1602", effect="deny")
    properties = set_properties(initiative, {"amlaudit-aml1602": "its id"})
    assert properties["policyDefinitions"] == [
        {
            "policyDefinitionReferenceId": rule_id,
            "policyDefinitionId": policy_id,
            "parameters": {"effect": {"value": "Deny"}},
            "groupNames": [group],
        }
        for rule_id, policy_id, group in (
            ("AML1201", f"{BUILTIN}/438c38d2-3772-465a-a9cc-7a6666a275ce", "mcsb_NS-2"),
            ("AML1602", "its id", "mcsb_IM-1"),
        )
    ]


def test_the_effect_parameter_has_the_name_used_by_azures_definition() -> None:
    policies = set_properties(_initiative("AML1620"), {})["policyDefinitions"]
    assert isinstance(policies, list)
    assert [each["parameters"] for each in policies] == [{"effects": {"value": "Audit"}}]


def test_the_template_defines_what_the_set_refers_to() -> None:
    template = json.loads(arm_template(_initiative("AML1201", "AML1602"), "subscription"))
    definition, policy_set = template["resources"]
    assert definition["name"] == "amlaudit-aml1602"
    written = (
        "[subscriptionResourceId('Microsoft.Authorization/policyDefinitions', 'amlaudit-aml1602')]"
    )
    assert [
        each["policyDefinitionId"] for each in policy_set["properties"]["policyDefinitions"]
    ] == [
        f"{BUILTIN}/438c38d2-3772-465a-a9cc-7a6666a275ce",
        written,
    ]
    assert policy_set["dependsOn"] == [written]


def test_policy_expressions_are_escaped_in_the_template(tmp_path: Path) -> None:
    template = json.loads(arm_template(_initiative("AML1602"), "management-group"))
    definition = template["resources"][0]
    assert definition["properties"]["policyRule"]["then"] == {"effect": "[[parameters('effect')]"}
    file = tmp_path / "definition.json"
    file.write_text(json.dumps({"resources": [definition]}))
    (read,) = read_policies(file)
    assert read.display_name.startswith("AML1602: ")


def test_bicep_and_template_are_equivalent() -> None:
    text = bicep_file(_initiative("AML1201", "AML1602"), "management-group")
    assert text.startswith("targetScope = 'managementGroup'\n\nresource amlaudit_aml1602 ")
    assert "policyDefinitionId: amlaudit_aml1602.id" in text
    assert "effect: '[parameters(\\'effect\\')]'" in text


def test_a_report_names_the_rules_to_guard(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["demo", "--out", str(tmp_path)]) == 0
    out = tmp_path / "guardrails.json"
    report = str(tmp_path / "report.json")
    assert run(["guardrails", "--report", report, "--format", "json", "--out", str(out)]) == 0
    names = {each["name"] for each in json.loads(out.read_text())["resources"]}
    assert {"amlaudit-aml1602", "amlaudit-guardrails"} <= names
    assert "have no guard" in capsys.readouterr().err


@pytest.mark.parametrize("options", [[], ["--all", "--report", "x.json"]])
def test_one_thing_to_guard_is_named(
    options: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["guardrails", *options]) == 2
    assert "Specify what to guard" in capsys.readouterr().err
