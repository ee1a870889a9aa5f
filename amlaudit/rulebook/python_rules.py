"""Reads rules from Python files."""

from collections.abc import Callable
from importlib.machinery import SourceFileLoader
from pathlib import Path
from types import CodeType, ModuleType
from typing import Final

from msgspec.structs import replace

from amlaudit.core.errors import AmlauditError, Exit
from amlaudit.core.rule import Rule
from amlaudit.resources import shipped

_ON_ITS_OWN: Final = "the file must run on its own; it may import amlaudit and the standard library"


def read_python_rule(path: Path, content: bytes, shown_as: str, area: str) -> Rule:
    """Return the rule that a Python file defines with `@rule(…)`.

    The file is code and runs here: callers decide which packs may. What runs is the given content,
    whose hash was compared with a lock, never bytecode found next to the file, except for the
    shipped pack, which was installed along with the code that reads it.

    Args:
        path: The file.
        content: Its content.
        shown_as: Its path within the pack, for messages and reports.
        area: The folder it lives in.

    Raises:
        AmlauditError: The file does not run, does not define exactly one rule, or its rule has an
            obvious mistake.
    """
    from amlaudit.rulebook.rule_flaws import flaws_of  # noqa: PLC0415 - for packs of others only

    found = rule_of(lambda: _code_of(path, content), path, shown_as, area)
    for flaw in filter(None, flaws_of(found)):
        raise AmlauditError("E202", f"{shown_as}:1:1 {flaw}", exit_code=Exit.INVALID)
    return found


def rule_of(code: Callable[[], CodeType], path: Path, shown_as: str, area: str) -> Rule:
    """Return the rule that code defines; see `read_python_rule`.

    Args:
        code: Gives the code of the file; whatever it raises is reported as an error of the file.
        path: The file.
        shown_as: Its path within the pack, for messages and reports.
        area: The folder it lives in.

    Raises:
        AmlauditError: The code does not run, or does not define exactly one rule.
    """
    module = ModuleType(f"amlaudit_pack_{area}_{path.stem}")
    module.__file__ = str(path)
    try:
        exec(code(), vars(module))  # noqa: S102 - see `read_python_rule`
    except (Exception, SystemExit, GeneratorExit) as error:
        line = getattr(error, "lineno", None) or _line_of(error, path)
        raise AmlauditError(
            "E202",
            f"{shown_as}:{line} {type(error).__name__}: {error}",
            exit_code=Exit.INVALID,
            advice=_ON_ITS_OWN if isinstance(error, ImportError) else "",
        ) from error
    rules = [value for value in vars(module).values() if isinstance(value, Rule)]
    if len(rules) != 1:
        raise AmlauditError(
            "E201",
            f"{shown_as}:1:1 defines {len(rules)} rules, but must define exactly one with @rule(…)",
            exit_code=Exit.INVALID,
        )
    return replace(rules[0], area=area, path=shown_as)


def compiled(path: Path, content: bytes) -> CodeType:
    """Compile the content of a file."""
    return compile(content, str(path), "exec", dont_inherit=True)


def _code_of(path: Path, content: bytes) -> CodeType:
    """Return the code of a rule file; for the shipped pack, from Python's bytecode cache."""
    kept = None
    if path.is_relative_to(shipped("rules")):
        kept = SourceFileLoader(path.stem, str(path)).get_code(path.stem)
    return kept or compiled(path, content)


def _line_of(error: BaseException, path: Path) -> int:
    """Return the last line of the file that an error passed through, 1 if none."""
    line, trace = 1, error.__traceback__
    while trace:
        if trace.tb_frame.f_code.co_filename == str(path):
            line = trace.tb_lineno
        trace = trace.tb_next
    return line
