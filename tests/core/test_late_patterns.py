"""Regular expressions are compiled on first use, and behave like compiled ones."""

import ast
import re
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path

import pytest

import amlaudit
from amlaudit.core.patterns import late_pattern

FOLDER = Path(amlaudit.__file__).parent


def made_when_loaded(path: Path, maker: str) -> Iterator[str]:
    """Yield the names that a module, when imported, assigns the results of a function to."""
    for each in ast.parse(path.read_text("utf-8")).body:
        match each:
            case ast.AnnAssign(target=target, value=ast.Call(func=made)):
                pass
            case ast.Assign(targets=[target], value=ast.Call(func=made)):
                pass
            case _:
                continue
        if ast.unparse(made) == maker:
            yield ast.unparse(target)


def test_it_matches_like_a_compiled_one() -> None:
    late, made = late_pattern("(a)(b)?", re.IGNORECASE), re.compile("(a)(b)?", re.IGNORECASE)
    assert late.pattern == made.pattern
    assert late.groups == made.groups
    for text in ("AB", "xa", ""):
        assert late.findall(text) == made.findall(text)
        assert bool(late.match(text)) is bool(made.match(text))
    assert late.sub(r"<\1>", "cab") == made.sub(r"<\1>", "cab")


def test_it_is_compiled_on_first_use() -> None:
    late = late_pattern("(")
    with pytest.raises(re.error):
        late.match("")


def test_later_calls_go_to_the_compiled_pattern_directly() -> None:
    late = late_pattern("a")
    assert late.match("a")
    assert "match" in vars(late)


def test_no_module_compiles_one_when_it_is_loaded() -> None:
    compiled = [path for path in FOLDER.rglob("*.py") for _ in made_when_loaded(path, "re.compile")]
    assert not compiled


@pytest.mark.parametrize(
    "path",
    [path for path in FOLDER.rglob("*.py") if any(made_when_loaded(path, "late_pattern"))],
    ids=lambda path: path.stem,
)
def test_every_one_of_ours_can_be_compiled(path: Path) -> None:
    parts = path.relative_to(FOLDER).with_suffix("").parts
    module = import_module(".".join(("amlaudit", *parts)).removesuffix(".__init__"))
    for name in made_when_loaded(path, "late_pattern"):
        getattr(module, name).match("")
