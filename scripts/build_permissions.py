"""Writes the permissions that a scan needs, from the scanners, and the rules that need them.

Usage: build_permissions.py amlaudit/scanners/permissions.yaml docs/permissions.md

A rule needs the ARM types that it applies to and those that its relations lead to: those in its
conditions or, for a Python rule, those that it followed or listed in its cases.
"""

import json
import sys
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from collections.abc import Set as AbstractSet
from pathlib import Path
from typing import Final, cast

from msgspec.structs import replace

from amlaudit.core import arm_id
from amlaudit.core.arm_id import RESOURCE_GROUP_TYPE, SUBSCRIPTION_TYPE
from amlaudit.core.conditions import (
    AllOf,
    AnyOf,
    Condition,
    CountMembers,
    CountNeighbours,
    InContext,
    Not,
    Tagged,
)
from amlaudit.core.relation_kinds import ByName
from amlaudit.core.relations import RELATIONS
from amlaudit.core.resource import Resource
from amlaudit.core.rule import ANY_TYPE, Rule
from amlaudit.core.store import Store
from amlaudit.core.verdict import evidence_of
from amlaudit.resources import shipped
from amlaudit.rulebook.cases import Case, read_cases
from amlaudit.rulebook.packs import cases_of, load_pack
from amlaudit.rulebook.shipped_pack import SHIPPED
from amlaudit.scanners.areas import all_scanners
from amlaudit.scanners.permissions import BASE, role_definition
from amlaudit.scanners.scanner import ArmRead, GraphQuery, type_read_by

BASICS: Final = (
    "Microsoft.Authorization/permissions/read",
    "Microsoft.Management/managementGroups/descendants/read",
    "Microsoft.Resources/subscriptions/read",
)
"""Actions for finding subscriptions and proving rights, besides the reads of the areas."""

_SCOPE: Final = "/providers/Microsoft.Management/managementGroups/<management group>"
_HEADER: Final = """\
# What a scan needs to be allowed: scanner, action, and the rules that are unknown without it.
# Written by scripts/build_permissions.py; tests/scanners/test_permissions.py keeps it in step.
"""


def main(file: Path, page: Path) -> None:
    """Write the file and the page."""
    found = needed()
    file.write_text(text_of(found), encoding="utf-8")
    page.write_text(page_of(found, page.read_text("utf-8")), encoding="utf-8")


def needed() -> Mapping[str, Mapping[str, list[str]]]:
    """Return the ids of the rules by scanner and action."""
    _, rules = load_pack(shipped("rules"), SHIPPED)
    shown = {
        arm_type
        for scanner in all_scanners()
        for _, arm_types in _reads(scanner.queries, scanner.reads)
        for arm_type in arm_types
    }
    served = _served(rules, shown)
    found: defaultdict[str, dict[str, list[str]]] = defaultdict(dict)
    found[BASE] = {action: [] for action in BASICS}
    for scanner in all_scanners():
        for action, arm_types in _reads(scanner.queries, scanner.reads):
            ids = {rule_id for arm_type in arm_types for rule_id in served.get(arm_type, ())}
            known = found[scanner.name].get(action, [])
            found[scanner.name][action] = sorted({*known, *ids})
    return found


def text_of(found: Mapping[str, Mapping[str, list[str]]]) -> str:
    """Return the text of the file."""
    lines = [_HEADER.rstrip("\n")]
    for scanner, actions in sorted(found.items()):
        lines.append(f"{scanner}:")
        lines += [f"  {action}: [{', '.join(ids)}]" for action, ids in sorted(actions.items())]
    return "\n".join(lines) + "\n"


def page_of(found: Mapping[str, Mapping[str, list[str]]], page: str) -> str:
    """Return the page about permissions with its table of actions and its role regenerated."""
    table = ["| Scanner | Action | Rules |", "|---|---|---|"]
    table += [
        f"| {scanner} | {action} | {', '.join(ids) or '-'} |"
        for scanner, actions in sorted(found.items())
        for action, ids in sorted(actions.items())
    ]
    role = json.dumps(role_definition([_SCOPE]), indent=2)
    page = _replaced(page, "actions", "\n".join(table))
    return _replaced(page, "role", f"```json\n{role}\n```")


def _replaced(page: str, section: str, text: str) -> str:
    """Return a page with the text between the two comments that mark a section replaced."""
    begin, end = f"<!-- {section} -->\n", f"\n<!-- end of {section} -->"
    before, _, rest = page.partition(begin)
    _, _, after = rest.partition(end)
    return before + begin + text + end + after


def _reads(
    queries: Iterable[GraphQuery], reads: Iterable[ArmRead]
) -> Iterator[tuple[str, tuple[str, ...]]]:
    """Yield (action, ARM types that it reveals) for everything that a scanner reads."""
    for query in queries:
        yield from ((action, (type_read_by(action),)) for action in query.actions)
    yield from ((read.action, (read.yields,)) for read in reads)


def _served(rules: Iterable[Rule], shown: AbstractSet[str]) -> Mapping[str, set[str]]:
    """Return the ids of the rules that need a type, by type.

    Types that no read reveals directly, such as subnets, are counted for their parent type.
    """
    found: defaultdict[str, set[str]] = defaultdict(set)
    for rule in rules:
        for arm_type in _types_of(rule):
            whole = arm_type
            while whole not in shown and "/" in whole:
                whole = whole.rpartition("/")[0]
            found[whole].add(rule.id)
    return found


def _types_of(rule: Rule) -> set[str]:
    """Return the ARM types that a rule looks at."""
    types = {rule.applies_to, *rule.also_applies_to} - {ANY_TYPE}
    for condition in (rule.when, rule.require):
        if condition:
            types.update(_types_in(condition))
    if rule.require is None:
        path = cases_of(shipped("rules") / rule.path)
        cases = read_cases(path, path.name, rule) if path.exists() else ()
        types.update(arm_type for case in cases for arm_type in _followed(rule, case))
    return types


def _types_in(condition: Condition) -> Iterator[str]:
    """Yield the ARM types that a condition leads to."""
    match condition:
        case AllOf(several) | AnyOf(several):
            for each in several:
                yield from _types_in(each)
        case Not(inner):
            yield from _types_in(inner)
        case InContext() | Tagged():
            yield from (RESOURCE_GROUP_TYPE, SUBSCRIPTION_TYPE)
        case CountNeighbours(relation=name, where=where):
            relation = RELATIONS[name]
            yield relation.target
            if isinstance(relation, ByName):
                yield RELATIONS[relation.relation].target
            if where:
                yield from _types_in(where)
        case CountMembers(where=where) if where:
            yield from _types_in(where)
        case _:
            pass


def _followed(rule: Rule, case: Case) -> Iterator[str]:
    """Yield the ARM types that a rule looked at in a case, and those that its relations led to."""
    listed = _Listed(case.estate.store)
    estate = case.estate.over(cast("Store", listed))
    verdict = replace(case, estate=estate).judge(rule)
    for evidence in evidence_of(verdict.looks, case.subject.id, None):
        yield arm_id.type_of(evidence.resource_id)
        if relation := RELATIONS.get(evidence.path.removeprefix("-> ")):
            yield relation.target
    yield from listed.types


class _Listed:
    """A store that records the ARM types listed from it, for readings that leave no trail."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self.types: set[str] = set()

    def under(self, parent_id: str, arm_type: str) -> Iterator[Resource]:
        """Yield the resources of a type under a parent."""
        self.types.add(arm_type)
        return self._store.under(parent_id, arm_type)

    def inside(self, scope_id: str, arm_type: str) -> Iterator[Resource]:
        """Yield the resources of a type inside a scope."""
        self.types.add(arm_type)
        return self._store.inside(scope_id, arm_type)

    def __getattr__(self, name: str) -> object:
        """Delegate everything else to the store."""
        return getattr(self._store, name)


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
