"""Results of the what-if operation in PowerShell's form, converted to that of the Azure CLI.

`Get-AzResourceGroupDeploymentWhatIfResult | ConvertTo-Json -Depth 100`.
https://learn.microsoft.com/powershell/module/az.resources/get-azresourcegroupdeploymentwhatifresult
"""

import re
from collections.abc import Mapping
from typing import Any, Final

from amlaudit.core.patterns import late_pattern
from amlaudit.scanners.files.json_values import object_of, objects_of

_KINDS: Final = ("Create", "Delete", "Ignore", "Deploy", "NoChange", "Modify", "Unsupported")
"""Change types by number, which PowerShell prints unless it is asked for names.

https://learn.microsoft.com/dotnet/api/microsoft.azure.management.resourcemanager.models.changetype
"""
_CUT: Final = late_pattern(r"System\.[\w.`\[\],]+|@\{.*\}|[{\[]\r?\n.*[}\]]", re.DOTALL)
"""Printed for an object or list nested deeper than the requested depth: 2 by default."""

CUT: Final = "PowerShell truncated it; increase the depth with ConvertTo-Json -Depth 100"


def is_cut(value: object) -> bool:
    """Tell whether a string replaces something that PowerShell truncated."""
    return isinstance(value, str) and _CUT.fullmatch(value) is not None


def translated(value: object) -> object:
    """Return a result in the Azure CLI's form; any other value unchanged."""
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
    """Tell whether a value is a change in PowerShell's form."""
    return isinstance(value, Mapping) and {"ChangeType", "FullyQualifiedResourceId"} <= set(value)


def _changes(changes: object) -> list[Mapping[str, Any]]:
    """Return changes in the Azure CLI's form; anything that is not a change is dropped."""
    return [_change(each) for each in objects_of(changes) if _is_change(each)]


def _change(change: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return a change in the Azure CLI's form."""
    before, after, kind = change.get("Before"), change.get("After"), change["ChangeType"]
    return {
        "resourceId": change["FullyQualifiedResourceId"],
        "changeType": _kind(kind),
        "unsupportedReason": CUT if is_cut(after) else "PowerShell gives no reason",
        # The state of what stays unchanged is read from here as a whole or not at all.
        "before": {} if _holds_cut(before) else object_of(before),
        "after": {} if _kind(kind) == "Ignore" and _holds_cut(after) else after,
    }


def _kind(kind: object) -> str:
    """Return a change type by name; for an unknown number, nothing is known."""
    if not isinstance(kind, int):
        return str(kind)
    return _KINDS[kind] if 0 <= kind < len(_KINDS) else "Unsupported"


def _holds_cut(value: object) -> bool:
    """Tell whether anything inside a value was truncated."""
    if isinstance(value, Mapping):
        return any(map(_holds_cut, value.values()))
    return any(map(_holds_cut, value)) if isinstance(value, list) else is_cut(value)
