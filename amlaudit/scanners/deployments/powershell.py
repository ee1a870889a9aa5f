"""Results of the what-if operation as PowerShell prints them, in the words of the Azure CLI.

`Get-AzResourceGroupDeploymentWhatIfResult | ConvertTo-Json -Depth 100`.
https://learn.microsoft.com/powershell/module/az.resources/get-azresourcegroupdeploymentwhatifresult
"""

import re
from collections.abc import Mapping
from typing import Any, Final

from amlaudit.core.patterns import late_pattern
from amlaudit.scanners.files.json_values import object_of, objects_of

_KINDS: Final = ("Create", "Delete", "Ignore", "Deploy", "NoChange", "Modify", "Unsupported")
"""Kinds of changes by their numbers, which PowerShell prints unless it is asked for names.

https://learn.microsoft.com/dotnet/api/microsoft.azure.management.resourcemanager.models.changetype
"""
_CUT: Final = late_pattern(r"System\.[\w.`\[\],]+|@\{.*\}|[{\[]\r?\n.*[}\]]", re.DOTALL)
"""What it prints for an object or list that lies deeper than it was asked to go: 2 by default."""

CUT: Final = "PowerShell has cut it off: ask for more with ConvertTo-Json -Depth 100"


def is_cut(value: object) -> bool:
    """Tell whether a text stands for what PowerShell has cut off."""
    return isinstance(value, str) and _CUT.fullmatch(value) is not None


def translated(value: object) -> object:
    """Return a result as the Azure CLI prints it; any other value as it is."""
    match value:
        case {"Changes": list(changes), **rest} if all(map(_is_change, changes)):
            return {
                "status": rest.get("Status"),
                "error": rest.get("Error"),
                "changes": _changes(changes),
                "diagnostics": rest.get("Diagnostics"),
                "potentialChanges": _changes(rest.get("PotentialChanges")),
            }
        case _:
            return value


def _is_change(value: object) -> bool:
    """Tell whether a value is what PowerShell knows of a change."""
    return isinstance(value, Mapping) and {"ChangeType", "FullyQualifiedResourceId"} <= set(value)


def _changes(changes: object) -> list[Mapping[str, Any]]:
    """Return changes in the words of the Azure CLI; what is none is left out."""
    return [_change(each) for each in objects_of(changes) if _is_change(each)]


def _change(change: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return a change in the words of the Azure CLI."""
    before, after, kind = change.get("Before"), change.get("After"), change["ChangeType"]
    return {
        "resourceId": change["FullyQualifiedResourceId"],
        "changeType": _kind(kind),
        "unsupportedReason": CUT if is_cut(after) else "PowerShell does not say why",
        # What stays as it is, is read from here as a whole or not at all.
        "before": {} if _holds_cut(before) else object_of(before),
        "after": {} if _kind(kind) == "Ignore" and _holds_cut(after) else after,
    }


def _kind(kind: object) -> str:
    """Return the kind of a change by its name; of a number that is not known nothing is known."""
    if not isinstance(kind, int):
        return str(kind)
    return _KINDS[kind] if 0 <= kind < len(_KINDS) else "Unsupported"


def _holds_cut(value: object) -> bool:
    """Tell whether something inside a value was cut off."""
    if isinstance(value, Mapping):
        return any(map(_holds_cut, value.values()))
    return any(map(_holds_cut, value)) if isinstance(value, list) else is_cut(value)
