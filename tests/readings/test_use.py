"""Readings are shared: what only one rule reads is in that rule."""

import ast
from collections import defaultdict
from pathlib import Path

import pytest

from amlaudit import readings
from amlaudit.resources import shipped

FOLDER = Path(readings.__file__).parent
READERS = [*shipped("rules").glob("*/*.py"), *FOLDER.glob("*.py")]


def _functions(path: Path) -> list[str]:
    """Return the names of the public functions of a module."""
    body = ast.parse(path.read_text("utf-8")).body
    return [
        each.name
        for each in body
        if isinstance(each, ast.FunctionDef) and not each.name.startswith("_")
    ]


def _names_in(path: Path) -> list[str]:
    """Return every name that a module uses, except where it is defined or imported."""
    tree = ast.walk(ast.parse(path.read_text("utf-8")))
    return [each.id for each in tree if isinstance(each, ast.Name)]


@pytest.fixture(scope="module")
def users() -> dict[str, int]:
    """Return how many rules use a name plus how often other readings do."""
    found: defaultdict[str, int] = defaultdict(int)
    for path in READERS:
        names = _names_in(path)
        for name in set(names):
            found[name] += names.count(name) if path.parent == FOLDER else 1
    return found


@pytest.mark.parametrize(
    ("module", "function"),
    [(path.stem, name) for path in sorted(FOLDER.glob("*.py")) for name in _functions(path)],
)
def test_a_reading_has_two_users(users: dict[str, int], module: str, function: str) -> None:
    assert users[function] > 1, f"{module}.{function} has {users[function]}"
