"""Resources as PowerShell prints them: `Get-AzResource -ExpandProperties | ConvertTo-Json`.

It capitalises the keys around the properties. Exports made for other auditors nest further
resources under the key `resources`.
https://learn.microsoft.com/powershell/module/az.resources/get-azresource
"""

from collections.abc import Iterator, Mapping
from typing import Any, Final

from amlaudit.core.resource import Document

_KEYS: Final = ("Identity", "Kind", "Location", "ManagedBy", "Name", "Properties", "Sku", "Tags")
"""Keys with the meaning that they have in Azure Resource Manager in lower case."""
_TYPE: Final = "type"


def as_azure_shows(row: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    """Yield a row as Azure Resource Manager shows it, and those nested in one of PowerShell."""
    resource_id = row.get("ResourceId", row.get("Id"))
    properties = row.get("Properties", row.get("properties"))
    if "id" in row or not isinstance(resource_id, str) or not isinstance(properties, Mapping):
        yield row
        return
    yield {"id": resource_id, **_shown(row)}
    nested = row.get("resources")
    for each in nested if isinstance(nested, list) else ():
        yield from as_azure_shows(each) if isinstance(each, Mapping) else ()


def _shown(row: Mapping[str, Any]) -> Document:
    """Return what a row shows, in the words of Azure Resource Manager.

    The type that it names may be that of what an extension is attached to, and the kind of an
    identity is the number of a constant unless it was asked for as text.
    """
    found = {key: value for key, value in row.items() if key[:1].islower()}
    found |= {key.lower(): row[key] for key in _KEYS if row.get(key) is not None}
    found.pop(_TYPE, None)
    found.pop("resources", None)
    for part in ("identity", "sku"):
        if isinstance(inner := found.get(part), Mapping):
            found[part] = {f"{key[:1].lower()}{key[1:]}": value for key, value in inner.items()}
    return found
