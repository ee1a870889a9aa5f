"""The major versions of the azurerm provider that a resource may have been declared with."""

import re
from collections.abc import Iterator, Mapping
from typing import Any, Final

from amlaudit.core.patterns import late_pattern
from amlaudit.scanners.deployments.terraform.convert import Versions
from amlaudit.scanners.deployments.terraform.mapping import NEWEST, OLDEST, ResourceMap
from amlaudit.scanners.deployments.terraform.plan import Plan

_PROVIDER: Final = "azurerm"
_CONSTRAINT: Final = late_pattern(r"(~>|>=|<=|!=|=|>|<)?\s*v?(\d+)(\.\d+)?(\.\d+)?")


def constrained(plan: Plan) -> Versions:
    """Return the versions allowed by a plan's provider constraints.

    All modules use one version, whatever each of them requires.
    """
    oldest, newest = OLDEST, NEWEST
    for match in filter(None, map(_CONSTRAINT.fullmatch, _constraints(plan))):
        low, high = _bounds(match)
        oldest, newest = max(oldest, low), min(newest, high)
    return Versions(oldest, newest) if oldest <= newest else Versions()


def _constraints(plan: Plan) -> Iterator[str]:
    """Yield the provider constraints, one condition each."""
    for key, written in plan.providers.items():
        if str(written.get("name") or key.rpartition(":")[2].partition(".")[0]) == _PROVIDER:
            for constraint in str(written.get("version_constraint") or "").split(","):
                yield constraint.strip()


def _bounds(match: re.Match[str]) -> tuple[int, int]:
    """Return the oldest and newest major version that a constraint allows."""
    operator, major, minor, patch = match.groups()
    number = int(major)
    match operator:
        case ">=" | ">":
            return number, NEWEST
        case "<=":
            return OLDEST, number
        case "<":
            is_first = (minor or ".0") == ".0" and (patch or ".0") == ".0"
            return OLDEST, number - 1 if is_first else number
        case "!=":
            return OLDEST, NEWEST
        case "~>":
            return number, number if minor else NEWEST
        case _:
            return number, number


def narrowed(versions: Versions, found: ResourceMap, values: Mapping[str, Any]) -> Versions:
    """Return the versions, except those that no longer had an attribute that is present."""
    last = [
        former.last
        for row in found.rows
        for former in row.former
        if former.source[0] in values and former.source[0] != row.source[0]
    ]
    newest = min([versions.newest, *last])
    return Versions(min(versions.oldest, newest), newest)
