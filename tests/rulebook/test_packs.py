"""A pack is a folder; one bad rule rejects all of it."""

from importlib.util import cache_from_source
from pathlib import Path
from py_compile import PycInvalidationMode
from py_compile import compile as compile_bytecode
from typing import Any

import pytest
import yaml

from amlaudit import __version__
from amlaudit.core.errors import AmlauditError, Exit
from amlaudit.core.verdict import Status
from amlaudit.reporters.header import pack_fields
from amlaudit.resources import shipped
from amlaudit.rulebook.cases import read_cases
from amlaudit.rulebook.library import load_library
from amlaudit.rulebook.packs import cases_of, load_pack
from amlaudit.rulebook.shipped_pack import SHIPPED
from tests.estates import subject
from tests.rulebook.test_yaml_rules import RULE

PYTHON_RULE = '''\
"""A rule."""

from amlaudit import Subject, Verdict, ok, rule


@rule(
    id="AML9002",
    title="It holds",
    severity="low",
    severity_reason="for a test",
    applies_to="Microsoft.MachineLearningServices/workspaces",
    because="for a test",
    fix="az fix",
    sources=["https://example.com"],
)
def holds(_workspace: Subject) -> Verdict:
    """Hold always."""
    return ok("fine")
'''


def pack(folder: Path, **files: str) -> Path:
    """Write a pack whose files are named by their stem, with `__py` for Python."""
    area = folder / "test"
    area.mkdir(parents=True)
    for name, text in files.items():
        stem, _, kind = name.partition("__")
        (area / f"{stem}.{kind or 'yaml'}").write_text(text, "utf-8")
    return folder


def message_of(folder: Path) -> str:
    with pytest.raises(AmlauditError) as caught:
        load_pack(folder, "test")
    assert caught.value.exit_code == Exit.INVALID
    return str(caught.value)


def test_a_pack_contains_rules_of_both_kinds_by_id(tmp_path: Path) -> None:
    folder = pack(tmp_path, aml9002_holds__py=PYTHON_RULE, aml9001_holds=RULE)
    found, rules = load_pack(folder, "test")
    assert [(rule.id, rule.area, rule.path) for rule in rules] == [
        ("AML9001", "test", "test/aml9001_holds.yaml"),
        ("AML9002", "test", "test/aml9002_holds.py"),
    ]
    assert rules[1].check(subject({})).message == "fine"
    assert (found.name, len(found.sha256)) == ("test", 64)
    assert not list(tmp_path.rglob("__pycache__"))


def test_bytecode_beside_a_rule_is_not_run(tmp_path: Path) -> None:
    folder = pack(tmp_path, aml9002_holds__py=PYTHON_RULE)
    file = folder / "test" / "aml9002_holds.py"
    other = tmp_path / "other.py"
    other.write_text(PYTHON_RULE.replace('ok("fine")', 'ok("swapped")'), "utf-8")
    # Such bytecode is valid whatever the file contains: https://peps.python.org/pep-0552/
    compile_bytecode(
        str(other),
        cfile=cache_from_source(str(file)),
        invalidation_mode=PycInvalidationMode.UNCHECKED_HASH,
    )
    other.unlink()
    _, (rule,) = load_pack(folder, "test")
    assert rule.check(subject({})).message == "fine"


def test_the_hash_of_a_pack_changes_with_its_rules_only(tmp_path: Path) -> None:
    folder = pack(tmp_path, aml9001_holds=RULE)
    before, _ = load_pack(folder, "test")
    (folder / "test" / "aml9001_holds.cases.yaml").write_text("pass: []", "utf-8")
    assert load_pack(folder, "test")[0] == before
    (folder / "test" / "aml9001_holds.yaml").write_text(RULE + "\n", "utf-8")
    assert load_pack(folder, "test")[0] != before


@pytest.mark.parametrize(
    ("files", "message"),
    [
        ({"aml9001_a": RULE, "aml9001_b": RULE}, "rule AML9001 is already defined by test/aml9001"),
        ({"aml9002_a": RULE}, "the file of rule AML9001 must be named aml9001_"),
        ({}, "contains no rules"),
        ({"aml9001_a__py": "x = 1"}, "defines 0 rules"),
        ({"aml9001_a__py": "def f(:"}, "test/aml9001_a.py:1 SyntaxError"),
        ({"aml9001_a__py": "\n\n1 / 0"}, "test/aml9001_a.py:3 ZeroDivisionError"),
        ({"aml9001_a__py": "raise SystemExit(0)"}, "test/aml9001_a.py:1 SystemExit"),
        ({"aml9001_a__py": "import nonsense_xyz"}, "test/aml9001_a.py:1 ModuleNotFoundError"),
    ],
)
def test_one_bad_rule_stops_its_pack(tmp_path: Path, files: dict[str, str], message: str) -> None:
    assert message in message_of(pack(tmp_path, **files))


CASES = """\
pass:
  - name: a hub
    body: { kind: Hub }
fail:
  - name: not a hub
    body: { kind: Default }
    message: kind is Default
  - name: wrongly expected
    body: { kind: Hub }
unknown:
  - name: nobody looked
    gaps: { kind: throttled }
"""


def test_cases_are_judged_and_compared(tmp_path: Path) -> None:
    folder = pack(tmp_path, aml9001_holds=RULE)
    (rule,) = load_pack(folder, "test")[1]
    path = cases_of(folder / rule.path)
    path.write_text(CASES, "utf-8")
    cases = list(read_cases(path, path.name, rule))
    verdicts = {case.name: case.judge(rule) for case in cases}
    assert [case.agrees(verdicts[case.name]) for case in cases] == [True, True, False, True]
    assert verdicts["nobody looked"].status is Status.UNKNOWN
    assert cases[0].place == "aml9001_holds.cases.yaml:2:5"


def test_a_complete_case_adds_its_values_to_everything_azure_shows(tmp_path: Path) -> None:
    folder = pack(tmp_path, aml9001_holds=RULE)
    (rule,) = load_pack(folder, "test")[1]
    path = cases_of(folder / rule.path)
    body = "{ name: mine, kind: Hub, properties: { hbiWorkspace: true } }"
    path.write_text(f"pass:\n  - name: x\n    whole: true\n    body: {body}\n", "utf-8")
    (case,) = read_cases(path, path.name, rule)
    shown = dict(case.subject.body)
    properties = shown["properties"]
    assert isinstance(properties, dict)
    assert (shown["name"], shown["kind"], shown["location"]) == ("mine", "Hub", "westeurope")
    assert (properties["hbiWorkspace"], properties["provisioningState"]) == (True, "Succeeded")
    assert properties["mlFlowTrackingUri"].endswith(case.subject.id)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("passes: []", 'unknown key "passes" in a file of cases. Did you mean "pass"?'),
        ("pass:\n  - body: {}", "a case needs a name"),
        ("pass:\n  - name: x\n    body: [1]", "the body must be an ARM document"),
        ("pass:\n  - name: x\n    links: { computs: [] }", 'has no relation "computs"'),
        ("pass:\n  - name: x\n    links: { lifecycle: [] }", 'has no relation "lifecycle"'),
        (
            "pass:\n  - name: x\n    body: { id: /x }\n    links: { subscription: [{}] }",
            "/x is not under a microsoft.resources/subscriptions",
        ),
        (
            "pass:\n  - name: x\n    body: { properties: x }\n    links: { storage: [{}] }",
            "properties is not an object",
        ),
        (
            (
                "pass:\n  - name: x\n    body: { identity: { userAssignedIdentities: 7 } }\n"
                "    links: { identities: [{}] }"
            ),
            "userAssignedIdentities is not an object",
        ),
        (
            (
                "pass:\n  - name: x\n    body: { properties: { privateEndpointConnections: 7 } }\n"
                "    links: { private-endpoints: [{}] }"
            ),
            "privateEndpointConnections is not a list",
        ),
        (
            (
                "pass:\n  - name: x\n    links: { private-endpoints: [{}] }\n"
                "    body: { properties: { privateEndpointConnections: [7] } }"
            ),
            "privateEndpointConnections[0] is not an object",
        ),
        (
            "pass:\n  - name: x\n    whole: true\n    links: { environments: [{}] }",
            "no complete document of 'microsoft.machinelearningservices/workspaces/environments'",
        ),
        ("pass:\n  - name: x\n    gaps: { kind: tired }", '"tired" is not a gap reason'),
        ("pass:\n  - name: x\n    gaps: { a..b: stale }", "'a..b' is not a property path"),
        ("pass:\n  - name: x\n    gaps: { subscription: stale }", "subscription cannot be a gap"),
    ],
)
def test_wrong_cases_say_where(tmp_path: Path, text: str, message: str) -> None:
    folder = pack(tmp_path, aml9001_holds=RULE)
    (rule,) = load_pack(folder, "test")[1]
    path = cases_of(folder / rule.path)
    path.write_text(text, "utf-8")
    with pytest.raises(AmlauditError) as caught:
        list(read_cases(path, path.name, rule))
    assert message in caught.value.message
    assert path.name in caught.value.message


@pytest.mark.parametrize("loader", [yaml.SafeLoader, getattr(yaml, "CSafeLoader", yaml.SafeLoader)])
def test_every_shipped_file_is_read_with_and_without_the_library_in_c(loader: Any) -> None:
    for path in shipped("rules").rglob("*.yaml"):
        assert yaml.compose(path.read_text("utf-8"), loader) is not None, path


def test_a_pack_has_its_stated_version(tmp_path: Path) -> None:
    folder = pack(tmp_path / "mine", aml9001_holds=RULE)
    (folder / "pack.yaml").write_text('name: contoso\nversion: "1.10"\n', "utf-8")
    shipped, own = load_library([str(folder)])[0]
    assert (shipped.name, shipped.version) == (SHIPPED, __version__)
    assert (own.name, own.version) == ("mine", "1.10")
    assert pack_fields(own)["version"] == "1.10"
    (folder / "pack.yaml").unlink()
    assert "version" not in pack_fields(load_library([str(folder)])[0][1])
