"""The azurerm mapping leads to properties that ARM types have, and omits none that a rule uses."""

import re
from collections import defaultdict
from collections.abc import Iterator
from functools import cache

import pytest

from amlaudit.core import arm_id
from amlaudit.core.path import Steps, parse_path, spell_path
from amlaudit.core.relations import COMPUTE, OUTBOUND_RULE
from amlaudit.core.verdict import evidence_of
from amlaudit.resources import shipped
from amlaudit.rulebook.arm_properties import MEMBER, check_path
from amlaudit.rulebook.cases import read_cases
from amlaudit.rulebook.packs import cases_of, load_pack
from amlaudit.rulebook.shipped_pack import SHIPPED
from amlaudit.scanners.deployments.terraform.mapping import (
    ResourceMap,
    Row,
    resource_map,
    resource_names,
)

NAMES = resource_names()
OWN = [name for name in NAMES if (found := resource_map(name)) and not found.into]
ENVELOPE = ("id", "identity", "kind", "location", "name", "sku", "systemdata", "tags")
"""What a document has besides its properties; absent only if Azure omits it too."""
VARIANTS = (COMPUTE, OUTBOUND_RULE)
"""Types for which each resource of the provider is one variant, with its own properties."""
REQUIRED_TOGETHER = {
    "properties.privateEndpointConnections",
    "properties.registryPrivateEndpointConnections",
}
"""What is assembled from other resources in a plan."""


def mapped(name: str) -> ResourceMap:
    found = resource_map(name)
    assert found
    return found


def rows_in(rows: tuple[Row, ...]) -> Iterator[Row]:
    for row in rows:
        yield row
        yield from rows_in(row.rows)


def targets(
    arm_type: str, rows: tuple[Row, ...], within: Steps = ()
) -> Iterator[tuple[str, Steps, Steps]]:
    """Yield (type, list that contains the path, path) of everything that rows write to."""
    for row in rows:
        if row.child:
            kind = "/".join(row.child.split("/")[::2])
            yield from targets(f"{arm_type}/{kind}", row.rows)
            continue
        yield from ((arm_type, within, path) for path in row.to)
        if row.many:
            inside = (*within, *row.to[0], MEMBER)
            yield from ((arm_type, inside, path) for path in row.present)
            if row.wrap:
                yield from ((arm_type, inside, path) for path in leaves(row.wrap))
            yield from targets(arm_type, row.rows, inside)
        else:
            yield from ((arm_type, within, path) for path in (*row.present, *row.missing))
            yield from targets(arm_type, row.rows, within)


def leaves(value: object) -> Iterator[Steps]:
    if isinstance(value, dict):
        for key, member in value.items():
            yield from ((key, *rest) for rest in leaves(member))
    else:
        yield ()


@cache
def asked() -> dict[str, set[str]]:
    """Return the paths that shipped rules look at, by ARM type."""
    found: defaultdict[str, set[str]] = defaultdict(set)
    _, rules = load_pack(shipped("rules"), SHIPPED)
    for rule in rules:
        cases = cases_of(shipped("rules") / rule.path)
        for case in read_cases(cases, cases.name, rule):
            for evidence in evidence_of(case.judge(rule).looks, case.subject.id, None):
                if not evidence.path.startswith("->") and not evidence.path.startswith("tags"):
                    path = re.sub(r"\[\d+\].*", "", evidence.path)
                    found[arm_id.type_of(evidence.resource_id)].add(path)
    return found


def told(found: ResourceMap) -> set[Steps]:
    """Return the paths that a mapping covers, if only to say that they are unknown."""
    if found.unread:
        return {("properties",)}
    paths = {path for row in found.rows if not row.child for path in row.targets()}
    return paths | {*found.fixed, *found.unknown, *found.unsent}


def is_told(path: str, found: set[Steps]) -> bool:
    steps = tuple(step.lower() for step in parse_path(path))
    folded = [tuple(step.lower() for step in each) for each in found]
    return steps[0] in ENVELOPE or any(
        steps[: len(each)] == each or each[: len(steps)] == steps for each in folded
    )


@pytest.mark.parametrize("name", NAMES)
def test_every_target_is_a_property_of_the_type(name: str) -> None:
    found = mapped(name)
    start = (*found.append, MEMBER) if found.append else ()
    wanted = [*targets(found.arm_type, found.rows, start)]
    paths = (*found.fixed, *found.unknown, *found.unsent)
    wanted += [(found.arm_type, (), path) for path in paths]
    problems = [check_path(arm.lower(), within, path) for arm, within, path in wanted]
    assert [each for each in problems if each] == []


@pytest.mark.parametrize(
    "name", [name for name in OWN if mapped(name).arm_type.lower() not in VARIANTS]
)
def test_properties_that_rules_read_are_mapped_or_declared_unknown(name: str) -> None:
    found = mapped(name)
    paths = asked()[found.arm_type.lower()] - REQUIRED_TOGETHER
    assert [path for path in sorted(paths) if not is_told(path, told(found))] == []


@pytest.mark.parametrize(
    ("name", "row"),
    [(name, row) for name in NAMES for row in mapped(name).rows if row.child and row.rows],
)
def test_what_a_rule_asks_for_is_mapped_in_a_block_that_is_a_resource(name: str, row: Row) -> None:
    kind = "/".join(row.child.split("/")[::2])
    paths = asked()[f"{mapped(name).arm_type}/{kind}".lower()]
    found = {path for each in mapped(name).rows if each.child == row.child for path in each.present}
    found |= {path for inner in row.rows for path in inner.targets()} | {*row.unsent}
    assert [path for path in sorted(paths) if not is_told(path, found)] == []


@pytest.mark.parametrize("arm_type", VARIANTS)
def test_properties_that_rules_read_are_covered_by_a_variant(arm_type: str) -> None:
    every = {
        path
        for name in OWN
        if mapped(name).arm_type.lower() == arm_type
        for path in told(mapped(name))
    }
    assert [path for path in sorted(asked()[arm_type]) if not is_told(path, every)] == []


@pytest.mark.parametrize("name", NAMES)
def test_a_row_states_the_target_of_its_value(name: str) -> None:
    for row in rows_in(mapped(name).rows):
        assert row.to or row.rows or row.present or row.missing, spell_path(row.source)
        assert not (row.absent and row.computed and row.absent[0][0] == 0)
