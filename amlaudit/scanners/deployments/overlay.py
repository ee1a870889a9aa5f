"""A deployment applied to what already exists: the estate after it.

A deployment in incremental mode leaves everything it does not name unchanged. For a resource that
it names, declared values replace existing ones, and values not declared stay.
https://learn.microsoft.com/azure/azure-resource-manager/templates/deployment-modes
"""

from collections.abc import Mapping
from typing import Final

from msgspec.structs import replace

from amlaudit.core.gap import Reason
from amlaudit.core.path import ABSENT, Misfit, Steps, read
from amlaudit.core.resource import Gaps, Resource
from amlaudit.scanners.deployments.document_paths import (
    folded,
    key_in,
    lies_in,
    overlap,
    with_value,
)
from amlaudit.scanners.deployments.links import ATTACHED
from amlaudit.scanners.deployments.private_endpoints import (
    CONNECTIONS,
    merged_connections,
    moved_gaps,
)

_PROPERTIES: Final = "properties"
_IDENTITY: Final = ("identity",)
_OWN: Final = ("id", "name", "type")


def laid_over(live: Resource, declared: Resource, *, whole: bool) -> Resource:
    """Return a resource as it will be after a deployment.

    Args:
        live: The resource as it exists.
        declared: The resource as declared.
        whole: The declaration is the whole resource, not only what changes.
    """
    if whole:
        kept = {key: live.body[key] for key in live.body if key not in declared.body}
        return replace(declared, body={**kept, **declared.body})
    body, gaps = dict(live.body), live.gaps
    for key, value in declared.body.items():
        if key == _PROPERTIES and isinstance(value, Mapping):
            existing = body.get(key)
            properties = dict(existing) if isinstance(existing, Mapping) else {}
            body[key] = properties
            for name, member in value.items():
                gaps = _declare(properties, (key, name), member, gaps)
        elif key not in _OWN:
            gaps = _declare(body, (key,), value, gaps)
    after = replace(declared, name=live.name, body=body, gaps=(*gaps, *_own_gaps(live, declared)))
    return _with_what_is_left_alone(after, live, declared)


def _declare(holder: dict[str, object], path: Steps, value: object, gaps: Gaps) -> Gaps:
    """Put a declared value into its object, and return the gaps that remain in the resource.

    Args:
        holder: The object, which is changed.
        path: The path of the value in the resource.
        value: The value.
        gaps: The gaps of the resource so far.
    """
    key = key_in(holder, path[-1])
    holder[key] = _after_deployment(path, holder.get(key), value)
    if path in CONNECTIONS or path == ATTACHED:
        return gaps
    return tuple(each for each in gaps if not lies_in(each[0], folded(path)))


def _after_deployment(path: Steps, live: object, declared: object) -> object:
    """Return a property's value after a deployment; some keep what Azure has added."""
    if path in CONNECTIONS and isinstance(live, list) and isinstance(declared, list):
        return merged_connections(live, declared)
    if path == ATTACHED and live is not None:
        return live
    if path == _IDENTITY and isinstance(live, Mapping) and isinstance(declared, Mapping):
        return {**live, **{name: each for name, each in declared.items() if name != "principalId"}}
    return declared


def _own_gaps(live: Resource, declared: Resource) -> Gaps:
    """Return the gaps of a declaration, except that of a name that is now known."""
    gaps = tuple((path, gap) for path, gap in declared.gaps if path != ("name",))
    return moved_gaps(gaps, live, declared)


def _with_what_is_left_alone(after: Resource, live: Resource, declared: Resource) -> Resource:
    """Return a resource after a deployment, keeping what the declaration cannot express.

    A language without a word for a property leaves it unchanged: its existing value stays, and so
    does an existing gap.
    """
    silent = {path for path, gap in declared.gaps if gap.reason is Reason.NOT_COLLECTED}
    body = after.body
    for path in silent:
        found = read(live.body, path)
        if found is not ABSENT and not isinstance(found, Misfit):
            body = with_value(body, path, found)
    kept = (each for each in live.gaps if any(overlap(each[0], path) for path in silent))
    gaps = tuple(each for each in after.gaps if each[0] not in silent)
    return replace(after, body=body, gaps=(*gaps, *(each for each in kept if each not in gaps)))
