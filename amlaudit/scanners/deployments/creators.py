"""Declared resources that create others, which no declaration shows."""

from collections.abc import Iterator, Mapping
from typing import Final

from amlaudit.core.gap import Gap, Reason
from amlaudit.core.relations import ROLE_ASSIGNMENT, ROLE_ELIGIBILITY, ROLE_SCHEDULE
from amlaudit.scanners.deployments.entry import Entry
from amlaudit.scanners.files.found import Found

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
_REQUESTED: Final[Mapping[str, tuple[str, ...]]] = {
    "microsoft.authorization/roleassignmentschedulerequests": (ROLE_ASSIGNMENT, ROLE_SCHEDULE),
    "microsoft.authorization/roleeligibilityschedulerequests": (ROLE_ELIGIBILITY,),
}
"""Types that requests to Privileged Identity Management create, by that of the request.

https://learn.microsoft.com/rest/api/authorization/privileged-role-assignment-rest-sample
"""


def creators_in(entries: Mapping[str, Entry]) -> Iterator[Gap]:
    """Yield a gap for each declared resource that may create others, of whatever type.

    Args:
        entries: The documents, by normalised id.
    """
    for key, entry in entries.items():
        why = _WHY.get(entry.type)
        if why and (entry.type != _SCRIPT or _acts_in_azure(entry)):
            yield Gap(key, _MADE, Reason.UNRESOLVED, f"{entry.address}: {why}")


def requested_in(entries: Mapping[str, Entry]) -> Iterator[Found]:
    """Yield what new requests add to a scope; policies decide whether and for how long.

    Args:
        entries: The documents, by normalised id.
    """
    for key, entry in entries.items():
        for part in _REQUESTED.get(entry.type, ()) if entry.is_new else ():
            detail = f"{entry.address} requests one, which is not evaluated"
            yield Found(unseen=Gap(key, part, Reason.UNSUPPORTED, detail))


def _acts_in_azure(script: Entry) -> bool:
    """Tell whether a script has an identity: without one it has no access to Azure."""
    identity = script.body.get("identity")
    kind = identity.get("type") if isinstance(identity, Mapping) else identity
    return kind is not None and str(kind).lower() != "none"
