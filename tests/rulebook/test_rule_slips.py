"""Slips of people who write rules are reported with their place and a remedy."""

from pathlib import Path

import pytest

from amlaudit.core.errors import AmlauditError
from amlaudit.rulebook.packs import load_pack
from tests.rulebook.test_packs import PYTHON_RULE, pack
from tests.rulebook.test_packs import message_of as message_of_pack
from tests.rulebook.test_yaml_rules import RULE, load, load_as_is, message_of


@pytest.mark.parametrize(
    ("old", "new", "advice"),
    [
        ("title: It holds", "title: yes", "write true or false, or put a text in quotes"),
        ("title: It holds", "title: 0x1A", "write a decimal number, or put a text in quotes"),
        ("title: It holds", "title: 2026-01-01", "put it in quotes"),
        ("title: It holds", "title:", "give it a value"),
        ("title: It holds", "title: It: holds", "check the indentation; put a text with a colon"),
        ("title: It holds", "title: *holds", "put a text that begins with an asterisk in quotes"),
        ("title: It holds", "title:\n\tIt", "indent with spaces, not tabs"),
        ("title: It holds", "title: {", "check the indentation, brackets and quotes"),
        ("id: AML9001", "---\nid: AML9001\n---", "write each document to a file of its own"),
        ("id: AML9001", "id: 'AML9001", "check whether a quotation mark is missing"),
        ("[https://example.com]", "https://example.com", "write it in brackets"),
    ],
)
def test_what_yaml_reads_otherwise_has_a_remedy(
    tmp_path: Path, old: str, new: str, advice: str
) -> None:
    with pytest.raises(AmlauditError) as caught:
        load_as_is(tmp_path, RULE.replace(old, new))
    assert caught.value.advice.startswith(advice)


@pytest.mark.parametrize(
    ("condition", "message"),
    [
        ("{ field: a, equals: b, default: c, since: '2020' }", '6:52 "2020" is not an API version'),
        ("{ field: a, equals: b, default: c, since: soon }", '6:52 "soon" is not an API version'),
        ("{ field: a, equals: b, default: c, since: 2020-01-01-ga }", "is not an API version"),
        ("[{ field: kind, equals: a }]", "6:10 expected one condition"),
        ("{ count: list, equals: 1 }", "6:19 count does not say what is counted"),
    ],
)
def test_a_slip_in_a_condition_is_reported(tmp_path: Path, condition: str, message: str) -> None:
    assert message in message_of(tmp_path, RULE.replace("{ field: kind, equals: Hub }", condition))


def test_a_version_of_a_preview_is_one(tmp_path: Path) -> None:
    condition = "{ field: a, equals: b, default: c, since: 2020-01-01-preview }"
    assert load(tmp_path, RULE.replace("{ field: kind, equals: Hub }", condition)).require


@pytest.mark.parametrize(
    ("arm_type", "meant"),
    [
        ("Microsoft.MachineLearningService/workspaces", "machinelearningservices/workspaces"),
        ("Microsoft.MachineLearningService/workspace", "machinelearningservices/workspaces"),
        ("Microsoft.MachineLearningServices/workspace", "machinelearningservices/workspaces"),
        ("Microsoft.KeyVualt/vaults", "keyvault/vaults"),
    ],
)
def test_a_misspelt_type_is_reported(tmp_path: Path, arm_type: str, meant: str) -> None:
    text = RULE.replace("Microsoft.MachineLearningServices/workspaces", arm_type)
    with pytest.raises(AmlauditError) as caught:
        load_as_is(tmp_path, text)
    hint = f'Did you mean "microsoft.{meant}"?'
    assert caught.value.message.endswith(f":5:13 unknown ARM type {arm_type}. {hint}")


@pytest.mark.parametrize(
    "arm_type", ["Microsoft.NetworkCloud/clusters", "Microsoft.Storage/storageTasks", "Contoso/x"]
)
def test_a_type_that_is_merely_not_known_is_none(tmp_path: Path, arm_type: str) -> None:
    text = RULE.replace("Microsoft.MachineLearningServices/workspaces", arm_type)
    assert load(tmp_path, text).type_name == arm_type


@pytest.mark.parametrize(
    ("fix", "message"),
    [
        ("az --name {nmae}", '8:6 unknown placeholder {nmae}. Did you mean "name"?'),
        ("{ command: 'az -g {Grop}' }", '8:17 unknown placeholder {Grop}. Did you mean "group"?'),
    ],
)
def test_a_misspelt_placeholder_is_reported(tmp_path: Path, fix: str, message: str) -> None:
    assert message in message_of(tmp_path, RULE.replace("az fix", fix))


def test_braces_that_are_no_placeholders_belong_to_the_command(tmp_path: Path) -> None:
    command = "az rest --body '{\"a\": ${nmae}}' --query '[].{id:id}' {elsewhere} -n {name}"
    text = RULE.replace("fix: az fix", f"fix: >-\n  {command}")
    assert load(tmp_path, text).fix.command == command


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("https:", "http:", ":1:1 http://example.com is not an https address"),
        ("Microsoft.MachineLearningServices/", "", "workspaces is not an ARM type, which has"),
        ("az fix", "az -n {nam}", 'unknown placeholder {nam}. Did you mean "name"?'),
        ("fix=", 'mappings={"mscb": ["x"]}, fix=', 'unknown framework "mscb" in mappings. Did you'),
        ("_workspace: Subject", "", "must take the resource alone (too many positional arguments)"),
        (
            '["https://example.com"]',
            '"https://example.com"',
            ":6 TypeError: sources must be",
        ),
        ('"low"', '"Low"', ':6 ValueError: severity "Low" is not one of critical, high, medium, l'),
    ],
)
def test_a_slip_in_a_rule_of_python_is_reported(
    tmp_path: Path, old: str, new: str, message: str
) -> None:
    found = message_of_pack(pack(tmp_path, aml9002_a__py=PYTHON_RULE.replace(old, new)))
    assert found.startswith("E202 test/aml9002_a.py")
    assert message in found


def test_a_framework_is_one_that_reports_know(tmp_path: Path) -> None:
    text = PYTHON_RULE.replace("fix=", 'mappings={"mcsb": ["NS-2"]}, fix=')
    folder = pack(tmp_path, aml9002_a__py=text, aml9001_a=RULE.replace("az fix", "az -n {name}"))
    assert len(load_pack(folder, "test")[1]) == 2


def test_a_file_that_is_not_read_is_reported(tmp_path: Path) -> None:
    found = message_of_pack(pack(tmp_path, aml9001_a=RULE, aml9002_a__yml=RULE))
    assert "test/aml9002_a.yml:1:1 files of rules and cases end in .yaml" in found
