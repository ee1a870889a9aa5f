"""What amlaudit writes as Bicep is valid: it parses, and every name in it is declared."""

from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from amlaudit.cli import run
from amlaudit.core.declarations import bicep_of
from amlaudit.core.errors import Exit
from amlaudit.core.rule import Rule
from amlaudit.resources import shipped
from amlaudit.rulebook.packs import load_pack
from amlaudit.rulebook.shipped_pack import SHIPPED

tree_sitter = pytest.importorskip("tree_sitter", reason="no parser of Bicep is installed")
grammar = pytest.importorskip("tree_sitter_bicep", reason="no grammar of Bicep is installed")

ROOT = Path(__file__).parents[1]
_, RULES = load_pack(shipped("rules"), SHIPPED)
FILES = sorted((ROOT / "reports" / "templates" / "log-analytics").glob("*.bicep"))
DECLARATIONS = (
    "module_declaration",
    "parameter_declaration",
    "resource_declaration",
    "variable_declaration",
)
FUNCTIONS = {"resourceGroup", "subscription"}
"""In a list on one line the grammar parses calls of these as names."""


@cache
def parser() -> Any:
    return tree_sitter.Parser(tree_sitter.Language(grammar.language()))


def nodes_of(node: Any) -> Iterator[Any]:
    yield node
    for each in node.children:
        yield from nodes_of(each)


def faults_of(text: str) -> list[str]:
    """Return where a text is not Bicep, and the names that it uses without declaring them."""
    nodes = list(nodes_of(parser().parse(text.encode()).root_node))
    wrong = [
        f"line {each.start_point[0] + 1} is no Bicep"
        for each in nodes
        if each.type == "ERROR" or each.is_missing
    ]
    declared = {spelled(each.named_children[0]) for each in nodes if each.type in DECLARATIONS}
    declared |= FUNCTIONS
    declared |= {
        spelled(each.child_by_field_name("initializer"))
        for each in nodes
        if each.type == "for_statement"
    }
    return wrong + sorted({name for each in nodes for name in used_in(each)} - declared)


def used_in(node: Any) -> Iterator[str]:
    """Yield the names used as values directly below a node."""
    below = [each for each in node.named_children if each.type == "identifier"]
    if node.type in ("object_property", *DECLARATIONS, "output_declaration"):
        below = [each for each in below if each != node.named_children[0]]
    if node.type == "call_expression":
        below = [each for each in below if each != node.child_by_field_name("function")]
    if node.type not in ("decorator", "type", "infrastructure"):
        yield from map(spelled, below)


def spelled(node: Any) -> str:
    """Return the text of a node."""
    return str(node.text.decode())


@pytest.mark.parametrize(
    ("text", "faults"),
    [
        ("param a string\nvar b = [for x in [1]: { n: '${a}-${x}' }]\noutput o array = b", []),
        ("param a string\n\nresource = ", ["line 3 is no Bicep"]),
        ("resource r 'M.A/b@2020-01-01' = { name: a, tags: { t: tags.x } }", ["a", "tags"]),
        ("var a = contains(b, 'x') ? c : resourceGroup().id", ["b", "c"]),
    ],
)
def test_what_is_wrong_is_found(text: str, faults: list[str]) -> None:
    found = faults_of(text.replace(", tags", "\n tags"))
    assert found == faults


@pytest.mark.parametrize(
    "rule", [each for each in RULES if bicep_of(each)], ids=lambda each: each.id
)
def test_generated_fixes_are_valid_bicep(rule: Rule) -> None:
    assert faults_of(bicep_of(rule)) == []


@pytest.mark.parametrize("file", FILES, ids=lambda each: each.name)
def test_a_shipped_file_is_bicep(file: Path) -> None:
    assert faults_of(file.read_text("utf-8")) == []


@pytest.mark.parametrize("scope", ["subscription", "management-group"])
def test_guardrails_are_bicep(scope: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["guardrails", "--all", "--scope", scope]) == Exit.PASS
    assert faults_of(capsys.readouterr().out) == []
