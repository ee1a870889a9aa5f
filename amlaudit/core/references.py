"""The ids that documents name: by a property, or as what they belong to."""

from collections.abc import Iterable, Iterator, Mapping
from functools import lru_cache
from typing import Final

from amlaudit.core import arm_id
from amlaudit.core.gap import Gap, Reason
from amlaudit.core.path import ABSENT, Steps, read
from amlaudit.core.relation_kinds import Named, Reference
from amlaudit.core.relations import POLICY_STATE, RELATIONS, ROLE_ASSIGNMENT
from amlaudit.core.resource import Document, Resource

GROUPS_ABOVE: Final[Steps] = ("properties", "managementGroupAncestorsChain")
"""Where a subscription names the management groups above it."""


def names_of(resource: Resource, relation: Named) -> Iterator[str | Gap]:
    """Yield the normalised ids that a resource's properties name, and a gap for each unreadable."""
    for reference in relation.by:
        if reference.source != resource.type:
            continue
        if resource.gaps:
            folded = tuple(step.lower() for step in reference.path)
            for path, gap in resource.gaps:
                if path == folded[: len(path)] or folded == path[: len(folded)]:
                    yield gap
        value = read(resource.body, reference.path)
        if value is not ABSENT:
            yield from _ids_in(resource, reference, value)


def said_at(resource: Resource, path: Steps) -> Iterator[str | Gap]:
    """Yield the name at a path, or at the end of an id there, lower case; a gap if it is not known.

    What a document shows is known, whatever is not known of the rest.
    """
    shown = read(resource.body, path)
    if isinstance(shown, str):
        yield arm_id.name_of(arm_id.normalise(shown))
    else:
        reference = Named(resource.type, (Reference(resource.type, path),))
        yield from names_of(resource, reference)


def _ids_in(resource: Resource, reference: Reference, value: object) -> Iterator[str | Gap]:
    """Yield the ids held by the value of a reference."""
    members: Iterable[object]
    if not reference.member:
        members = [value]
    elif reference.member == ("*",):
        members = value if isinstance(value, Mapping) else [None]
    elif isinstance(value, list):
        members = (read(member, reference.member) for member in value)
    else:
        members = [None]
    for member in members:
        if isinstance(member, str):
            if member:  # Azure writes an empty text where there is none, or leaves it out
                yield arm_id.normalise(member)
        elif member is not ABSENT:
            path = ".".join(reference.path)
            yield Gap(resource.id, path, Reason.UNSUPPORTED, f"{path} holds no id that can be read")


def links_of(resource: Resource) -> Iterator[tuple[str, str]]:
    """Yield (relation, target id) for every resource that this one refers to."""
    for relation, found in _named_by(resource.type):
        for name in names_of(resource, found):
            if isinstance(name, str):
                yield relation, name


@lru_cache(maxsize=1024)  # as many as there are types
def _named_by(arm_type: str) -> tuple[tuple[str, Named], ...]:
    """Return the relations, with their names, in which resources of a type name others."""
    return tuple(
        (name, each)
        for name, each in RELATIONS.items()
        if isinstance(each, Named) and each.starts_at(arm_type)
    )


def groups_above(subscription: Document) -> list[str] | None:
    """Return the ids of the management groups above a subscription, None if not all are known."""
    chain = read(subscription, GROUPS_ABOVE)
    if not isinstance(chain, list):
        return None
    names = [read(group, ("name",)) for group in chain]
    if not all(isinstance(name, str) for name in names):
        return None
    return [f"/providers/{arm_id.MANAGEMENT_GROUP_TYPE}/{str(name).lower()}" for name in names]


def attached_to(resource_id: str, arm_type: str, body: Document) -> str:
    """Return the id of the resource or scope that a document belongs to.

    Mostly its parent; a role assignment and a policy state name theirs in a property, whatever
    scope their id is spelled under.
    """
    path = {
        ROLE_ASSIGNMENT: ("properties", "scope"),
        POLICY_STATE: ("properties", "resourceId"),
    }.get(arm_type)
    named = read(body, path) if path else ABSENT
    return arm_id.normalise(named) if isinstance(named, str) else arm_id.parent_of(resource_id)
