"""Rules read from Python files."""

import sys
from dataclasses import replace
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path

from amlaudit.core.errors import AmlauditError, Exit
from amlaudit.core.rule import Rule


def read_python_rule(path: Path, shown_as: str, area: str) -> Rule:
    """Return the rule that a Python file defines with `@rule(…)`.

    The file is code and runs here: callers decide which packs may.

    Args:
        path: The file.
        shown_as: Its path within the pack, for messages and reports.
        area: The folder it lives in.

    Raises:
        AmlauditError: The file does not run, or does not define exactly one rule.
    """
    spec = spec_from_file_location(f"amlaudit_pack_{area}_{path.stem}", path)
    if spec is None or spec.loader is None:
        raise AmlauditError("E202", f"{shown_as} is not a Python file", exit_code=Exit.INVALID)
    module = module_from_spec(spec)
    writes_bytecode = sys.dont_write_bytecode
    sys.dont_write_bytecode = True  # a rule pack may lie in a folder that must not be written to
    try:
        spec.loader.exec_module(module)
    except (Exception, SystemExit, GeneratorExit) as error:
        line = getattr(error, "lineno", None) or _line_of(error, path)
        raise AmlauditError(
            "E202",
            f"{shown_as}:{line} {type(error).__name__}: {error}",
            exit_code=Exit.INVALID,
            advice="the file must run on its own; it may import amlaudit and the standard library",
        ) from error
    finally:
        sys.dont_write_bytecode = writes_bytecode
    rules = [value for value in vars(module).values() if isinstance(value, Rule)]
    if len(rules) != 1:
        raise AmlauditError(
            "E201",
            f"{shown_as}:1:1 defines {len(rules)} rules, it must define one with @rule(…)",
            exit_code=Exit.INVALID,
        )
    return replace(rules[0], area=area, path=shown_as)


def _line_of(error: BaseException, path: Path) -> int:
    """Return the last line of the file that an error passed through, 1 if none."""
    line, trace = 1, error.__traceback__
    while trace:
        if trace.tb_frame.f_code.co_filename == str(path):
            line = trace.tb_lineno
        trace = trace.tb_next
    return line
