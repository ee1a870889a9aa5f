"""The resources of an estate as a file to commit, so that SARIF results have lines to point to.

Deterministic and free of secrets: ids, types, names, regions, and the names of properties, never
their values. It says what was judged, not that there is nothing else.
"""

import json
from collections.abc import Iterable, Iterator, Mapping
from typing import Final, TypeAlias

from amlaudit.core.patterns import late_pattern
from amlaudit.core.report import Finding, Report, ResourceRef
from amlaudit.core.resource import Resource
from amlaudit.reporters.encoding import encodable
from amlaudit.reporters.texts import clean

EXTENSION: Final = "inventory.yaml"

Block: TypeAlias = Mapping[str, int]
"""The lines of one resource, by property path; the empty path stands for its id."""

_RELATION: Final = "-> "
"""Prefix of evidence paths that are not properties."""
_HEAD: Final = """\
# What amlaudit judged. SARIF results point at the lines of this file; renew it with
# `amlaudit report INPUT --report inventory=amlaudit.inventory.yaml`.
version: 1
resources:"""
_ID_LINE: Final = late_pattern(r'^- id: (".*")$')
_PATH_LINE: Final = late_pattern(r'^    - (".*")$')


def stream(report: Report) -> Iterator[str]:
    """Yield the inventory as YAML: a block for each resource, with the inspected properties."""
    return listed((each.resource, own_paths(each)) for each in report.findings)


def own_paths(finding: Finding) -> list[str]:
    """Return the paths of the properties that a rule inspected on the resource itself."""
    return [
        each.path
        for each in finding.evidence
        if each.resource_id == finding.resource.id and not each.path.startswith(_RELATION)
    ]


def paths_of(resource: Resource) -> Iterator[str]:
    """Yield the paths of the properties that a resource has, but not of their contents."""
    properties = resource.body.get("properties")
    if isinstance(properties, Mapping):
        yield from (f"properties.{name}" for name in properties)


def listed(found: Iterable[tuple[ResourceRef, Iterable[str]]]) -> Iterator[str]:
    """Yield the inventory of resources and property paths; each may occur several times."""
    resources: dict[str, ResourceRef] = {}
    paths: dict[str, set[str]] = {}
    for resource, more in found:
        resources.setdefault(resource.id, resource)
        paths.setdefault(resource.id, set()).update(more)
    yield _HEAD + ("\n" if resources else " []\n")
    for _, resource in sorted(resources.items()):
        yield f"- id: {_quoted(resource.id)}\n"
        yield f"  type: {_quoted(resource.type)}\n"
        yield f"  name: {_quoted(resource.name)}\n"
        if resource.location:
            yield f"  location: {_quoted(resource.location)}\n"
        if paths[resource.id]:
            yield "  properties:\n"
            yield from (f"    - {_quoted(each)}\n" for each in sorted(paths[resource.id]))


def blocks_of(text: str) -> Mapping[str, Block]:
    """Return the lines, from 1, of each resource of an inventory, by its id."""
    found: dict[str, dict[str, int]] = {}
    block: dict[str, int] = {}
    for number, line in enumerate(text.splitlines(), 1):
        if match := _ID_LINE.match(line):
            block = found[json.loads(match[1])] = {"": number}
        elif match := _PATH_LINE.match(line):
            block.setdefault(json.loads(match[1]), number)
    return found


def _quoted(text: str) -> str:
    """Return a double-quoted string that is valid in both YAML and JSON."""
    return encodable(json.dumps(clean(text), ensure_ascii=False))
