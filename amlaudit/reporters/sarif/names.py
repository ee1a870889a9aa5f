"""Finds declarations by the name they give: literal, and unique in the repository."""

import os
import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from itertools import islice
from pathlib import Path
from typing import Final

from amlaudit.core.patterns import late_pattern
from amlaudit.core.place import Place
from amlaudit.core.report import ResourceRef
from amlaudit.reporters.sarif.repository import Lines, Repository, indent_of

_SUFFIXES: Final = {".bicep", ".bicepparam", ".tf", ".tfvars"}
_MAX_FILES: Final = 20_000
"""Maximum number of files and folders searched; in a larger tree nothing is found by name."""
_PASSED_BY: Final = {"node_modules", "vendor", "site-packages"}
_NAMED: Final = late_pattern(
    r"""
    \s* (?:(?:param|var)\s+)? \w*name \s* (?:string\s*)? [:=] \s*
    (?P<quote>['"]) (?P<name>[^'"$]{2,260}) (?P=quote)
    """,
    re.VERBOSE | re.IGNORECASE,
)
"""A line of Bicep or Terraform that gives a name: `name: 'mlw-fraud'`."""


def by_name(repository: Repository, resources: Iterable[ResourceRef]) -> Mapping[str, Place]:
    """Return, by id, where resources are declared whose names are unique and given only once.

    Args:
        repository: The repository.
        resources: All existing resources, each of which may occur several times.
    """
    places = {name: found[0] for name, found in _given(repository).items() if len(found) == 1}
    if not places:
        return {}
    owners: defaultdict[str, set[str]] = defaultdict(set)
    for each in resources:
        if each.name.lower() in places:
            owners[each.name.lower()].add(each.id)
    return {min(ids): places[name] for name, ids in owners.items() if len(ids) == 1}


def _given(repository: Repository) -> Mapping[str, list[Place]]:
    """Return where each name is given, by lower-case name."""
    found: defaultdict[str, list[Place]] = defaultdict(list)
    for path in _sources(repository.root):
        lines = repository.lines(path) or ()
        for number, line in enumerate(lines):
            if match := _NAMED.match(line):
                found[match["name"].lower()].append(Place(path, _head(lines, number) + 1))
    return found


def _head(lines: Lines, number: int) -> int:
    """Return the line, from 0, that begins the declaration enclosing an indented line."""
    depth = indent_of(lines[number])
    for before in range(number - 1, -1, -1):
        if lines[before].strip() and indent_of(lines[before]) < depth:
            return before
    return number


def _sources(root: Path | None) -> list[str]:
    """Return the paths of all Bicep and Terraform files; none if there are too many."""
    if root is None:
        return []
    walked = list(islice(_walk(root), _MAX_FILES + 1))
    if len(walked) > _MAX_FILES:
        return []
    return sorted(each.relative_to(root).as_posix() for each in walked if each.suffix in _SUFFIXES)


def _walk(root: Path) -> Iterator[Path]:
    """Yield everything in a folder, including folders; hidden entries are skipped."""
    for folder, folders, files in os.walk(root):
        folders[:] = [each for each in folders if each[0] != "." and each not in _PASSED_BY]
        yield from (Path(folder, each) for each in (*folders, *files))
