"""The structure of the project: what rule files may import, and what the tree must not contain."""

import ast
import io
import re
import subprocess
import sys
import tokenize
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from statistics import median

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


MODULES = sorted((ROOT / "amlaudit").rglob("*.py"))
NO_CODE = {
    tokenize.COMMENT, tokenize.NL, tokenize.NEWLINE, tokenize.INDENT, tokenize.DEDENT,
    tokenize.ENDMARKER,
}  # fmt: skip


def docstring_lines(tree: ast.Module) -> set[int]:
    found: set[int] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
            found.update(range(node.lineno, (node.end_lineno or 0) + 1))
    return found


def functions(path: Path) -> Iterator[tuple[int, str]]:
    """Yield (lines of code, name) of each function, without its docstring and blank lines."""
    text = path.read_text("utf-8")
    tree = ast.parse(text)
    lines: set[int] = set()
    for token in tokenize.generate_tokens(io.StringIO(text).readline):
        if token.type not in NO_CODE:
            lines.update(range(token.start[0], token.end[0] + 1))
    lines -= docstring_lines(tree)
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef):
            inside = [each for each in lines if node.lineno <= each <= (node.end_lineno or 0)]
            yield len(inside), f"{path.relative_to(ROOT).as_posix()}: {node.name}"


@cache
def all_functions() -> list[tuple[int, str]]:
    return sorted(each for path in MODULES for each in functions(path))


def test_functions_are_short() -> None:
    lengths = [length for length, _ in all_functions()]
    assert median(lengths) <= 10
    assert lengths[int(len(lengths) * 0.95)] <= 35


def test_a_rule_is_read_in_a_minute() -> None:
    rules = ROOT / "rules"
    files = [path for path in rules.glob("*/*.yaml") if ".cases." not in path.name]
    assert median(path.read_text("utf-8").count("\n") for path in files) <= 35
    code = [
        sum(length for length, _ in functions(path)) for path in (ROOT / "rules").glob("*/*.py")
    ]
    assert median(code) <= 25


def test_no_function_is_longer_than_a_screen() -> None:
    assert not [each for each in all_functions() if each[0] > 60]


def test_no_module_is_longer_than_400_lines() -> None:
    lengths = {path: path.read_text("utf-8").count("\n") for path in MODULES}
    assert not {path: length for path, length in lengths.items() if length > 400}


def test_the_picture_of_the_packages_is_in_step() -> None:
    """Regenerate it with `python scripts/build_architecture.py >docs/pictures/packages.svg`."""
    drawn = subprocess.run(  # noqa: S603 - our own code
        [sys.executable, ROOT / "scripts" / "build_architecture.py"],
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    assert (ROOT / "docs/pictures/packages.svg").read_text("utf-8") == drawn


def test_every_package_is_in_the_table_of_the_architecture() -> None:
    text = (ROOT / "docs/architecture.md").read_text("utf-8")
    told = set(re.findall(r"^\| `(\w+)` \|", text, re.MULTILINE))
    there = {each.stem for each in (ROOT / "amlaudit").iterdir() if each.suffix in ("", ".py")}
    assert told == {each for each in there if not each.startswith("__")} - {"py"}
