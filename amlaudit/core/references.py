"""The ids that documents refer to: in a property, or as what they belong to."""

from collections.abc import Iterable, Iterator, Mapping
from functools import lru_cache
from typing import Final

from amlaudit.core import arm_id
from amlaudit.core.gap import Gap, Reason
from amlaudit.core.hidden import is_among_further
from amlaudit.core.path import ABSENT, Steps, read, spell_path
from amlaudit.core.relation_kinds import Children, Named, Reference, Referrers
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
        if reference.source == resource.type:
            value = read(resource.body, reference.path)
            if resource.gaps:
                yield from _gaps_at(resource, reference.path, is_shown=value is not ABSENT)
            yield from _ids_in(resource, reference, value)


def is_in_managed_network(resource_id: str) -> bool:
    """Tell whether an id is that of a private endpoint that Azure created in a managed network.

    It lies in a subscription of Microsoft, which no customer can read:
    https://learn.microsoft.com/azure/machine-learning/how-to-managed-network#list-of-required-rules
    """
    is_endpoint = arm_id.type_of(resource_id) == PRIVATE_ENDPOINT
    return is_endpoint and arm_id.name_of(resource_id).startswith(_IN_MANAGED_NETWORKS)


def _gaps_at(resource: Resource, path: Steps, *, is_shown: bool) -> Iterator[Gap]:
    """Yield the gaps of a document at a path, beneath it, and above it unless it shows a value."""
    folded = tuple(step.lower() for step in path)
    for gap_path, gap in resource.gaps:
        is_at_or_beneath = gap_path[: len(folded)] == folded
        is_at_or_above = folded[: len(gap_path)] == gap_path
        is_above = is_at_or_above or is_among_further(resource, path, gap_path)
        if is_at_or_beneath or (is_above and not is_shown):
            yield gap


def name_at(resource: Resource, path: Steps) -> Iterator[str | Gap]:
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
            if reference.source == resource.type:
                path = tuple(step.lower() for step in reference.path)
                yield from ((path, gap) for gap in _invalid_in(resource, relation, reference))


def _invalid_in(resource: Resource, relation: Named, reference: Reference) -> Iterator[Gap]:
    """Yield the gap of each member of a reference that is not an ARM id, or a name if allowed."""
    for each in _ids_in(resource, reference, read(resource.body, reference.path)):
        if isinstance(each, Gap):
            yield each
        elif not (arm_id.type_of(each) or relation.target in _ALSO_BY_NAME):
            yield _invalid_id(resource, reference.path)


def _ids_in(resource: Resource, reference: Reference, value: object) -> Iterator[str | Gap]:
    """Yield the ids held by the value of a reference, and a gap for each member that is none."""
    members: Iterable[object]
    if value is ABSENT:
        members = ()
    elif not reference.member:
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
            yield _invalid_id(resource, reference.path)


def _invalid_id(resource: Resource, path: Steps) -> Gap:
    """Return the gap of a value that is not an ARM id where only ids are valid."""
    spelled = spell_path(path)
    detail = f"{spelled} does not contain a valid resource ID"
    return Gap(resource.id, spelled, Reason.UNSUPPORTED, detail)


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


def parents_of(arm_type: str) -> frozenset[str]:
    """Return the types whose resources a type is read beneath, one by one; empty: it is not."""
    return frozenset(
        parent
        for each in RELATIONS.values()
        if isinstance(each, Children) and each.target == arm_type
        for parent in each.parents
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
