"""The shape of the project: what rule files may import, and what the tree must not hold."""

import ast
import sys
from pathlib import Path

import pytest

from amlaudit.resources import shipped
from amlaudit.rulebook.packs import rule_files
from amlaudit.scanners.areas import all_scanners
from amlaudit.scanners.scanner import type_read_by

ROOT = Path(__file__).parents[1]
PYTHON_RULES = [path for path in rule_files(shipped("rules")) if path.suffix == ".py"]
AREAS = {
    "compute", "cost", "data", "endpoints", "governance", "identity", "keyvault", "monitoring",
    "network", "recovery", "registry", "storage", "workspace",
}  # fmt: skip


@pytest.mark.parametrize("path", PYTHON_RULES, ids=lambda path: path.stem)
def test_rule_files_import_amlaudit_and_the_standard_library_only(path: Path) -> None:
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            modules = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            modules = [node.module or ""]
        else:
            continue
        for module in modules:
            ours = module == "amlaudit" or module.startswith("amlaudit.readings.")
            assert ours or module.partition(".")[0] in sys.stdlib_module_names


@pytest.mark.parametrize("path", PYTHON_RULES, ids=lambda path: path.stem)
def test_rule_files_catch_nothing(path: Path) -> None:
    nodes = ast.walk(ast.parse(path.read_text("utf-8")))
    assert not [node for node in nodes if isinstance(node, ast.Try)]


def test_every_area_has_rules_and_at_least_five_are_python() -> None:
    assert {path.parent.name for path in rule_files(shipped("rules"))} == AREAS
    assert len(PYTHON_RULES) >= 5


def test_every_query_asks_for_the_types_that_it_vouches_for() -> None:
    for scanner in all_scanners():
        for query in scanner.queries:
            asked = {line.strip(" ',") for line in query.text.splitlines() if "microsoft." in line}
            assert asked == {type_read_by(action) for action in query.actions}


def test_queries_can_be_paged() -> None:
    for scanner in all_scanners():
        for query in scanner.queries:
            assert query.text.rstrip().endswith("| order by id asc")
            assert "limit" not in query.text
            assert "| project id, name, type" in query.text
