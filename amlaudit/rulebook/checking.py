"""Validates and tests rules and policy definitions for their authors."""

from collections.abc import Iterable
from pathlib import Path
from typing import Final, NamedTuple

from amlaudit.core.errors import AmlauditError, Exit
from amlaudit.core.rule import Rule
from amlaudit.resources import shipped
from amlaudit.rulebook.cases import Case, read_cases, read_equivalents
from amlaudit.rulebook.library import shipped_ids
from amlaudit.rulebook.mutants import unexplained
from amlaudit.rulebook.packs import CASES_SUFFIX, cases_of, load_pack, read_rule, rule_files
from amlaudit.rulebook.policy_cases import run_cases
from amlaudit.rulebook.policy_files import Definitions, policy_files
from amlaudit.rulebook.policy_rules import unsupported_in
from amlaudit.sizes import LARGEST_SOURCE, bytes_of

_RULES: Final = (".yaml", ".py")
"""Suffixes of rule files."""


def validated(path: Path, folders: dict[Path, Definitions] | None = None) -> list[dict[str, str]]:
    """Return for a pack, or for each file of policy definitions, whether it loads.

    Each row has `file`, `status` (`ok`, `unsupported` or `error`) and `detail`: the reason, or how
    many rules there are.

    Args:
        path: The folder or file.
        folders: Definitions by folder, read once for all paths validated together.
    """
    if path.is_dir() and next(rule_files(path), None):
        return _validated_pack(path)
    if path.is_file() and path.suffix in _RULES:
        return [_validated_rule(path, path.parent)]
    folder = path if path.is_dir() else path.parent
    known = {} if folders is None else folders
    definitions = known.setdefault(folder, Definitions(folder))
    rows = (_validated_policy(file, definitions) for file in policy_files(path, definitions))
    return [row for row in rows if path.is_dir() or row["detail"] != _many(0, "definition")]


def _validated_pack(path: Path) -> list[dict[str, str]]:
    """Return that a rule pack loads, or all invalid files that keep it from loading."""
    try:
        _, rules = load_pack(path, path.name)
    except AmlauditError as error:
        rows = [_validated_rule(each, path) for each in rule_files(path)]
        wrong = [row for row in rows if row["status"] == "error"]
        return wrong or [{"file": str(path), "status": "error", "detail": told(error)}]
    taken = [each for each in rules if each.id in shipped_ids()] if _is_own(path) else []
    return [_already_built_in(path, each) for each in taken] or [
        {"file": str(path), "status": "ok", "detail": _many(len(rules), "rule")}
    ]


def _is_own(path: Path) -> bool:
    """Tell whether a pack is not the built-in one."""
    return path.resolve() != shipped("rules").resolve()


def _already_built_in(path: Path, rule: Rule) -> dict[str, str]:
    """Return that the id of a rule is that of a built-in one, with which it could not be used."""
    detail = f"E201 {rule.path}:1:1 rule {rule.id} is already built in → give it another id"
    return {"file": str(path / rule.path), "status": "error", "detail": detail}


def _validated_rule(path: Path, folder: Path) -> dict[str, str]:
    """Return whether the rule of one file loads; the file is named relative to a folder."""
    shown_as = path.relative_to(folder).as_posix()
    try:
        rule = read_rule(path, bytes_of(path, LARGEST_SOURCE), shown_as, {})
    except AmlauditError as error:
        return {"file": str(path), "status": "error", "detail": told(error)}
    return {"file": str(path), "status": "ok", "detail": rule.id}


def _many(count: int, what: str) -> str:
    """Return how many of something there are."""
    return f"{count} {what}" if count == 1 else f"{count} {what}s"


def told(error: AmlauditError) -> str:
    """Return what happened, why, and what helps, on one line."""
    text = f"{error} ({error.cause})" if error.cause else str(error)
    return f"{text} → {error.advice}" if error.advice else text


def _validated_policy(file: Path, definitions: Definitions) -> dict[str, str]:
    """Return whether the policy definitions of a file can be evaluated, else what is wrong."""
    try:
        outcomes = list(unsupported_in(file, definitions))
    except AmlauditError as error:
        outcomes = [error]
    if wrong := [each for each in outcomes if each]:
        part = f"{len(wrong)} of {len(outcomes)}: " if len(outcomes) > 1 else ""
        reasons = (told(each) if isinstance(each, AmlauditError) else each for each in wrong)
        is_error = any(isinstance(each, AmlauditError) for each in wrong)
        return {
            "file": str(file),
            "status": "error" if is_error else "unsupported",
            "detail": part + "; ".join(dict.fromkeys(reasons)),
        }
    return {"file": str(file), "status": "ok", "detail": _many(len(outcomes), "definition")}


class Tested(NamedTuple):
    """The results of test cases.

    Attributes:
        passed: How many had the expected result.
        wrong: What is wrong with the others.
        refused: Why files that were meant as cases are none.
    """

    passed: int
    wrong: list[str]
    refused: list[AmlauditError]


def tested(path: Path) -> Tested:
    """Return the results of the cases of a path.

    Args:
        path: A rule pack, one of its folders, a rule file or its case file; or a file or folder of
            Azure Policy cases.

    Raises:
        AmlauditError: The pack, a rule or its case file is invalid, or there is neither.
    """
    if path.is_dir() and next(rule_files(path), None):
        return _test_rules((path, rule) for rule in load_pack(path, path.name)[1])
    if files := _rule_files_at(path):
        return _test_rules(map(_rule_in, files))
    if not (results := run_cases(path)):
        raise AmlauditError(
            "E201",
            f"{path} contains neither rules nor policy cases",
            advice="use the folder of a pack, with one folder per area, or of policy cases",
            exit_code=Exit.INVALID,
        )
    refused = [each for each in results if isinstance(each, AmlauditError)]
    run = [each for each in results if not isinstance(each, AmlauditError)]
    wrong = [
        f"{each.place}: expected {each.expected}, got {each.got}: {each.why}"
        for each in run
        if not each.agrees
    ]
    return Tested(len(run) - len(wrong), wrong, refused)


def _rule_files_at(path: Path) -> list[Path]:
    """Return the rule files that a file or a folder of a pack refers to."""
    if path.is_dir():
        return [each for each in rule_files(path.parent) if each.parent == path]
    named = path.name.removesuffix(CASES_SUFFIX)
    if named == path.name:
        return [path] if path.suffix in _RULES else []
    return [rule for end in _RULES if (rule := path.with_name(named + end)).exists()]


def _rule_in(path: Path) -> tuple[Path, Rule]:
    """Return the pack that contains a rule file, and its rule."""
    folder = path.parent.parent
    shown_as = path.relative_to(folder).as_posix()
    return folder, read_rule(path, bytes_of(path, LARGEST_SOURCE), shown_as, {})


def _test_rules(rules: Iterable[tuple[Path, Rule]]) -> Tested:
    """Return the results of the cases of rules."""
    passed, problems = 0, list[str]()
    for folder, rule in rules:
        count, wrong = _test_rule(folder, rule)
        passed += count
        problems += wrong
    return Tested(passed, problems, [])


def _test_rule(folder: Path, rule: Rule) -> tuple[int, list[str]]:
    """Return how many of a rule's cases had the expected result, and the problems of the others."""
    path = cases_of(folder / rule.path)
    if not path.exists():
        return 0, [f"{rule.path}: {rule.id} has no cases; write {path.name}"]
    shown_as = path.relative_to(folder).as_posix()
    cases = tuple(read_cases(path, shown_as, rule))
    wrong = list(filter(None, (_difference(case, rule) for case in cases)))
    if wrong:
        return len(cases) - len(wrong), wrong
    alike = (
        f"{shown_as}: {rule.id}, no case distinguishes the rule from this mutant\n  {change}"
        for change in unexplained(rule, cases, read_equivalents(path, shown_as))
    )
    return len(cases), list(alike)


def _difference(case: Case, rule: Rule) -> str:
    """Return how the result of a case differs from what it expects, empty if it does not."""
    verdict = case.judge(rule)
    if case.agrees(verdict):
        return ""
    expected_text = f": …{case.message}…" if case.message else ""
    return (
        f"{case.place}: {rule.id}, {case.name}\n"
        f"  - expected {case.expected}{expected_text}\n"
        f"  + got      {verdict.status}: {verdict.message}"
    )
