"""Private endpoints whose target only the deployment decides.

Each may be connected to any resource of its kind, whichever file declares that, and to any that
exists already.
"""

from collections.abc import Callable, Iterable, Iterator
from typing import Final

from msgspec.structs import replace

from amlaudit.core.gap import Gap, Reason
from amlaudit.core.members import FURTHER
from amlaudit.core.path import Steps, read, spell_path
from amlaudit.core.relations import PRIVATE_ENDPOINT
from amlaudit.core.resource import Resource
from amlaudit.scanners.deployments.document_paths import folded, is_unknown
from amlaudit.scanners.deployments.private_endpoints import (
    CONNECTIONS,
    GROUP_IDS,
    GROUPS,
    LINKS,
    TARGET,
)

_MORE: Final[Steps] = (*folded(CONNECTIONS), FURTHER)


def opened_by(
    endpoint: Resource, current: Callable[[str], Iterable[Resource]]
) -> Iterator[Resource]:
    """Yield the resources that a declared endpoint may be connected to, with a gap that says so.

    Args:
        endpoint: The private endpoint; any other resource is connected to nothing.
        current: Returns all resources of a type.
    """
    detail = f"{spell_path(CONNECTIONS)}: the target of {endpoint.name} is decided at deployment"
    for arm_type in _possible_targets(endpoint) if endpoint.type == PRIVATE_ENDPOINT else ():
        for each in current(arm_type):
            if not any(path == _MORE for path, _ in each.gaps):
                gap = Gap(each.id, spell_path(CONNECTIONS), Reason.UNRESOLVED, detail)
                yield replace(each, gaps=(*each.gaps, (_MORE, gap)))


def _possible_targets(endpoint: Resource) -> list[str]:
    """Return the types that the unknown targets of an endpoint may have; none: all are known."""
    found: set[str] = set()
    for links, _ in LINKS:
        if is_unknown(endpoint, links) or is_unknown(endpoint, (*links, FURTHER)):
            return list(GROUPS)
        members = read(endpoint.body, links)
        for at, member in enumerate(members) if isinstance(members, list) else ():
            if is_unknown(endpoint, (*links, str(at), *TARGET)):
                found |= _types_with(read(member, GROUP_IDS))
    return sorted(found)


def _types_with(groups: object) -> set[str]:
    """Return the types of the resources that have one of some parts; any if they are unknown."""
    listed = groups if isinstance(groups, list) else []
    known = {each.lower() for each in listed if isinstance(each, str)}
    return {arm_type for arm_type, parts in GROUPS.items() if not known or known & parts}
