"""Declared resources that create others, which no declaration shows."""

from collections.abc import Iterator, Mapping
from typing import Final

from amlaudit.core.gap import Gap, Reason
from amlaudit.scanners.deployments.entry import Entry

_SCRIPT: Final = "microsoft.resources/deploymentscripts"
_WHY: Final[Mapping[str, str]] = {
    "microsoft.blueprint/blueprintassignments": "it deploys a blueprint, which is not read",
    "microsoft.resources/deployments": "it deploys a template, which is not read",
    "microsoft.resources/deploymentstacks": "it deploys a template, which is not read",
    "microsoft.solutions/applications": "it deploys a managed application, which is not read",
    _SCRIPT: "it is a script with an identity, which may create or change anything",
}
"""What resources of some types create, lower case.

https://learn.microsoft.com/azure/azure-resource-manager/bicep/deployment-stacks
https://learn.microsoft.com/azure/azure-resource-manager/managed-applications/overview
https://learn.microsoft.com/azure/azure-resource-manager/templates/deployment-script-template
"""
_MADE: Final = "what it makes"


def creators_in(entries: Mapping[str, Entry]) -> Iterator[Gap]:
    """Yield a gap for each declared resource that may create others, of whatever type.

    Args:
        entries: The documents, by normalised id.
    """
    for key, entry in entries.items():
        why = _WHY.get(entry.type)
        if why and (entry.type != _SCRIPT or _acts_in_azure(entry)):
            yield Gap(key, _MADE, Reason.UNRESOLVED, f"{entry.address}: {why}")


def _acts_in_azure(script: Entry) -> bool:
    """Tell whether a script has an identity: without one it has no access to Azure."""
    identity = script.body.get("identity")
    kind = identity.get("type") if isinstance(identity, Mapping) else identity
    return kind is not None and str(kind).lower() != "none"
