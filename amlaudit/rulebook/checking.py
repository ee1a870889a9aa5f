"""Rules and policy definitions checked and tested for those who write them."""

from pathlib import Path
from typing import Final

from amlaudit.core.errors import AmlauditError
from amlaudit.core.rule import Rule
from amlaudit.rulebook.cases import Case, read_cases, read_equivalents
from amlaudit.rulebook.mutants import unexplained
from amlaudit.rulebook.packs import cases_of, load_pack, read_rule, rule_files
from amlaudit.rulebook.policy_cases import run_cases
from amlaudit.rulebook.policy_files import Definitions, policy_files
from amlaudit.rulebook.policy_rules import unsupported_in
from amlaudit.sizes import LARGEST_SOURCE, bytes_of

_NOTHING: Final = "0 definitions"


def validated(path: Path, folders: dict[Path, Definitions] | None = None) -> list[dict[str, str]]:
    """Return for a pack, or for each file of policy definitions, whether it loads.

    Each row has `file`, `status` (`ok`, `unsupported` or `error`) and `detail`: the reason, or how
    many rules there are.

    Args:
        path: The folder or file.
        folders: Definitions by folder, read once for all paths that are looked at together.
    """
    if path.is_dir() and next(rule_files(path), None):
        return [_validated_pack(path)]
    if path.is_file() and path.suffix in {".yaml", ".py"}:
        return [_validated_rule(path)]
    folder = path if path.is_dir() else path.parent
    known = {} if folders is None else folders
    definitions = known.setdefault(folder, Definitions(folder))
    rows = (_validated_policy(file, definitions) for file in policy_files(path))
    return [row for row in rows if path.is_dir() or row["detail"] != _NOTHING]


def _validated_pack(path: Path) -> dict[str, str]:
    """Return whether a rule pack loads."""
    try:
        _, rules = load_pack(path, path.name)
    except AmlauditError as error:
        return {"file": str(path), "status": "error", "detail": _told(error)}
    return {"file": str(path), "status": "ok", "detail": f"{len(rules)} rules"}


def _validated_rule(path: Path) -> dict[str, str]:
    """Return whether the rule of one file loads."""
    try:
        rule = read_rule(path, bytes_of(path, LARGEST_SOURCE), path.name, {})
    except AmlauditError as error:
        return {"file": str(path), "status": "error", "detail": _told(error)}
    return {"file": str(path), "status": "ok", "detail": rule.id}


def _told(error: AmlauditError) -> str:
    """Return what happened and why, on one line."""
    return f"{error} ({error.cause})" if error.cause else str(error)


def _validated_policy(file: Path, definitions: Definitions) -> dict[str, str]:
    """Return whether the policy definitions of a file can be evaluated."""
    try:
        told = list(unsupported_in(file, definitions))
    except AmlauditError as error:
        return {"file": str(file), "status": "error", "detail": _told(error)}
    if reasons := list(filter(None, told)):
        part = f"{len(reasons)} of {len(told)}: " if len(told) > 1 else ""
        detail = part + "; ".join(dict.fromkeys(reasons))
        return {"file": str(file), "status": "unsupported", "detail": detail}
    return {"file": str(file), "status": "ok", "detail": f"{len(told)} definitions"}


def tested(path: Path) -> tuple[int, list[str]]:
    """Return how many cases of a path came out as written, and what is wrong with the others.

    Args:
        path: A rule pack, or a file or folder of Azure Policy cases.

    Raises:
        AmlauditError: The pack or a case file is wrong.
    """
    if path.is_file() or next(rule_files(path), None) is None:
        results = run_cases(path)
        wrong = [
            f"{each.id}: expected {each.expected}, got {each.got}: {each.why}"
            for each in results
            if not each.agrees
        ]
        return len(results) - len(wrong), wrong
    passed, problems = 0, list[str]()
    for rule in load_pack(path, path.name)[1]:
        count, wrong = _test_rule(path, rule)
        passed += count
        problems += wrong
    return passed, problems


def _test_rule(folder: Path, rule: Rule) -> tuple[int, list[str]]:
    """Return how many of a rule's cases came out as written, and what is wrong with the others."""
    path = cases_of(folder / rule.path)
    if not path.exists():
        return 0, [f"{rule.path}: {rule.id} has no cases; write {path.name}"]
    shown_as = path.relative_to(folder).as_posix()
    cases = tuple(read_cases(path, shown_as, rule))
    wrong = list(filter(None, (_difference(case, rule) for case in cases)))
    if wrong:
        return len(cases) - len(wrong), wrong
    alike = (
        f"{shown_as}: {rule.id}, no case tells the rule from this mutant\n  {change}"
        for change in unexplained(rule, cases, read_equivalents(path, shown_as))
    )
    return len(cases), list(alike)


def _difference(case: Case, rule: Rule) -> str:
    """Return how a case comes out otherwise than written, empty if it does not."""
    verdict = case.judge(rule)
    if case.agrees(verdict):
        return ""
    wanted = f": …{case.message}…" if case.message else ""
    return (
        f"{case.place}: {rule.id}, {case.name}\n"
        f"  - expected {case.expected}{wanted}\n"
        f"  + got      {verdict.status}: {verdict.message}"
    )
