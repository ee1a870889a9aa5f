"""The ids that documents refer to: in a property, or as what they belong to."""

from collections.abc import Iterable, Iterator, Mapping
from functools import lru_cache
from typing import Final

from amlaudit.core import arm_id
from amlaudit.core.gap import Gap, Reason
from amlaudit.core.path import ABSENT, Steps, read, spell_path
from amlaudit.core.relation_kinds import Named, Reference, Referrers
from amlaudit.core.relations import (
    ENV_VERSION,
    POLICY_STATE,
    PRIVATE_ENDPOINT,
    RELATIONS,
    ROLE_ASSIGNMENT,
)
from amlaudit.core.resource import Document, Resource

_ALSO_BY_NAME: Final = (ENV_VERSION,)
"""Types that others also refer to as `azureml:NAME:VERSION`, or by an address in a registry."""

_IN_MANAGED_NETWORKS: Final = "__sys_pe_"
"""How the names of the private endpoints begin that Azure creates in managed networks."""

_FOLLOWED_BACK: Final = frozenset(
    each.relation for each in RELATIONS.values() if isinstance(each, Referrers)
)

GROUPS_ABOVE: Final[Steps] = ("properties", "managementGroupAncestorsChain")
"""Where a subscription names the management groups above it."""


def names_of(resource: Resource, relation: Named) -> Iterator[str | Gap]:
    """Yield the normalised ids in a resource's properties, and a gap for each unreadable one.

    A value that a document shows is known, whatever gap lies above it.
    """
    for reference in relation.by:
        if reference.source != resource.type:
            continue
        value = read(resource.body, reference.path)
        if resource.gaps:
            folded = tuple(step.lower() for step in reference.path)
            for path, gap in resource.gaps:
                is_above = path == folded[: len(path)]
                is_shown = value is not ABSENT and len(path) < len(folded)
                if (is_above and not is_shown) or folded == path[: len(folded)]:
                    yield gap
        if value is not ABSENT:
            yield from _ids_in(resource, reference, value)


def is_in_managed_network(resource_id: str) -> bool:
    """Tell whether an id is that of a private endpoint that Azure created in a managed network.

    It lies in a subscription of Microsoft, which no customer can read:
    https://learn.microsoft.com/azure/machine-learning/how-to-managed-network#list-of-required-rules
    """
    is_endpoint = arm_id.type_of(resource_id) == PRIVATE_ENDPOINT
    return is_endpoint and arm_id.name_of(resource_id).startswith(_IN_MANAGED_NETWORKS)


def said_at(resource: Resource, path: Steps) -> Iterator[str | Gap]:
    """Yield the name at a path, or at the end of an id there, lower case; a gap if it is not known.

    A value that a document shows is known, whatever gaps the rest has.
    """
    shown = read(resource.body, path)
    if isinstance(shown, str):
        yield arm_id.name_of(arm_id.normalise(shown))
    else:
        reference = Named(resource.type, (Reference(resource.type, path),))
        yield from names_of(resource, reference)


def unreadable_of(resource: Resource) -> Iterator[tuple[Steps, Gap]]:
    """Yield a gap, with its path, for each reference of a document that holds no id.

    Only for references that are also followed backwards: there, the target of an unreadable one
    would otherwise be taken as not referred to.
    """
    for name, relation in _named_by(resource.type):
        for reference in relation.by if name in _FOLLOWED_BACK else ():
            value = read(resource.body, reference.path)
            if reference.source != resource.type or value is ABSENT:
                continue
            for each in _ids_in(resource, reference, value):
                gap = each if isinstance(each, Gap) else _no_id(resource, relation, reference, each)
                if gap:
                    yield tuple(step.lower() for step in reference.path), gap


def _no_id(resource: Resource, relation: Named, reference: Reference, named: str) -> Gap | None:
    """Return the gap of a text that is not an ARM id where only ids are valid, else None."""
    if arm_id.type_of(named) or relation.target in _ALSO_BY_NAME:
        return None
    path = spell_path(reference.path)
    return Gap(
        resource.id, path, Reason.UNSUPPORTED, f"{path} does not contain a valid resource ID"
    )


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
            if member:  # Azure writes an empty text for none, or omits it
                yield arm_id.normalise(member)
        elif member is not ABSENT:
            path = ".".join(reference.path)
            yield Gap(
                resource.id,
                path,
                Reason.UNSUPPORTED,
                f"{path} does not contain a valid resource ID",
            )


def links_of(resource: Resource) -> Iterator[tuple[str, str]]:
    """Yield (relation, target id) for every resource that this one refers to."""
    for relation, found in _named_by(resource.type):
        for name in names_of(resource, found):
            if isinstance(name, str):
                yield relation, name


@lru_cache(maxsize=1024)  # enough for all types
def _named_by(arm_type: str) -> tuple[tuple[str, Named], ...]:
    """Return the relations, with their names, by which resources of a type refer to others."""
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
    if not all(isinstance(name, str) and name for name in names):
        return None
    return [f"/providers/{arm_id.MANAGEMENT_GROUP_TYPE}/{str(name).lower()}" for name in names]


def attached_to(resource_id: str, arm_type: str, body: Document) -> str:
    """Return the id of the resource or scope that a document belongs to.

    Usually its parent; a role assignment and a policy state give theirs in a property, whatever
    scope their id is under; a value there that is not the id of a scope is ignored.
    """
    path = {
        ROLE_ASSIGNMENT: ("properties", "scope"),
        POLICY_STATE: ("properties", "resourceId"),
    }.get(arm_type)
    named = read(body, path) if path else ABSENT
    found = arm_id.normalise(named) if isinstance(named, str) and named else ""
    return found if arm_id.is_scope(found) else arm_id.parent_of(resource_id)
