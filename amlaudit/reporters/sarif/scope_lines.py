"""The configuration line that puts a resource in scope."""

import re
from collections.abc import Iterator, Sequence
from functools import lru_cache
from typing import Final

from amlaudit.core import arm_id
from amlaudit.core.patterns import late_pattern
from amlaudit.core.place import Place
from amlaudit.core.relations import WORKSPACE
from amlaudit.reporters.sarif.repository import Lines, block

_SCOPE: Final = late_pattern(r"\s*(?:scope\s*[:=]|\[.*\bscope\])")
"""A YAML key, a TOML key, or a TOML table."""


def scope_line(lines: Lines, resource_id: str, asked: Sequence[str]) -> int:
    """Return the line, from 1, that names a container of a resource; else the start of the scope.

    Args:
        lines: The lines of `amlaudit.yaml`, or of `pyproject.toml`.
        resource_id: Id of the resource, empty for several.
        asked: The requested scope; if it is a single item, that contains everything.
    """
    start = next((count for count, line in enumerate(lines) if _SCOPE.match(line)), None)
    if start is None:
        return 1
    names = [*_holders(resource_id), *(asked if len(asked) == 1 else ())]
    within = [start, *_within(lines, start)]
    named = (each for name in names for each in within if _word(name).search(lines[each]))
    return next(named, start) + 1


def _within(lines: Lines, start: int) -> range:
    """Return the lines, from 0, of the scope: a YAML block, or a TOML table."""
    if not lines[start].startswith("["):
        return block(lines, Place("", start + 1))
    tables = (each for each in range(start + 1, len(lines)) if lines[each].startswith("["))
    return range(start + 1, next(tables, len(lines)))


def _holders(resource_id: str) -> Iterator[str]:
    """Yield the names of a resource's containers, nearest first."""
    holders = (
        arm_id.nearest_of_type(resource_id, WORKSPACE),
        arm_id.resource_group_of(resource_id),
        arm_id.subscription_of(resource_id),
    )
    yield from filter(None, map(arm_id.name_of, holders))


@lru_cache(maxsize=4096)
def _word(name: str) -> re.Pattern[str]:
    """Return a pattern for a name that is not a part of another one."""
    return re.compile(rf"(?<![\w.-]){re.escape(name)}(?![\w.-])", re.IGNORECASE)
