"""The resources of an estate as a file to commit, so that SARIF results have lines to point at.

Deterministic and without a secret: ids, types, names and regions alone. It says what was judged,
not that there is nothing else.
"""

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Final

from amlaudit.core.report import Report, ResourceRef
from amlaudit.reporters.encoding import encodable
from amlaudit.reporters.texts import clean

EXTENSION: Final = "inventory.yaml"

_HEAD: Final = """\
# What amlaudit judged. SARIF results point at the lines of this file; renew it with
# `amlaudit report INPUT --report inventory=amlaudit.inventory.yaml`.
version: 1
resources:"""
_ID_LINE: Final = re.compile(r'^- id: (".*")$')


def stream(report: Report) -> Iterator[str]:
    """Yield the inventory as YAML, a block for each resource, by id."""
    return listed(each.resource for each in report.findings)


def listed(resources: Iterable[ResourceRef]) -> Iterator[str]:
    """Yield the inventory of resources, each of which may come several times."""
    found: dict[str, ResourceRef] = {}
    for each in resources:
        found.setdefault(each.id, each)
    yield _HEAD + ("\n" if found else " []\n")
    for _, resource in sorted(found.items()):
        yield f"- id: {_quoted(resource.id)}\n"
        yield f"  type: {_quoted(resource.type)}\n"
        yield f"  name: {_quoted(resource.name)}\n"
        if resource.location:
            yield f"  location: {_quoted(resource.location)}\n"


def lines_of(text: str) -> Mapping[str, int]:
    """Return the line, from 1, at which each resource of an inventory begins, by its id."""
    found: dict[str, int] = {}
    for number, line in enumerate(text.splitlines(), 1):
        if match := _ID_LINE.match(line):
            found[json.loads(match[1])] = number
    return found


def _quoted(text: str) -> str:
    """Return a text in double quotes, in which YAML and JSON agree."""
    return encodable(json.dumps(clean(text), ensure_ascii=False))
