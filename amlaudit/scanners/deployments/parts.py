"""Children that Azure also shows in their parent's document: as members of a list, or as values.

Declaring a security group's rule separately changes the group: rules that check the group must find
it there, whether the group is declared in the same file or already exists. The same applies to the
managed network of a workspace, and to the tags of any resource.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Final

from msgspec.structs import replace

from amlaudit.core import arm_id
from amlaudit.core.path import ABSENT, Steps, read
from amlaudit.core.relations import KEY_VAULT, SECURITY_GROUP
from amlaudit.core.resource import Gaps, Resource
from amlaudit.scanners.deployments.document_paths import (
    folded,
    is_unknown,
    key_in,
    lies_in,
    overlap,
    with_value,
)
from amlaudit.scanners.deployments.links import MANAGED_NETWORK, TAGS

_ACCESS: Final = f"{KEY_VAULT}/accesspolicies"
_REPLACE: Final = "replace"
_RULES: Final = "outboundrules"
_NOT_SHOWN: Final = frozenset({"apiVersion", "type", "location"})

_LISTS: Final[Mapping[str, str]] = {
    f"{SECURITY_GROUP}/securityrules": "securityRules",
    "microsoft.network/routetables/routes": "routes",
    "microsoft.network/virtualnetworks/virtualnetworkpeerings": "virtualNetworkPeerings",
    _ACCESS: "accessPolicies",
}
"""By type of the child: the list in the properties of its parent.

https://learn.microsoft.com/azure/templates/microsoft.network/networksecuritygroups/securityrules
https://learn.microsoft.com/azure/templates/microsoft.keyvault/vaults/accesspolicies
"""


_VALUES: Final[Mapping[str, tuple[Steps, Steps, bool]]] = {
    TAGS: (("properties", "tags"), ("tags",), True),
    MANAGED_NETWORK: (
        ("properties", "managedNetwork"),
        ("properties", "managedNetwork"),
        False,
    ),
}
"""By type of the child: its value, where its parent has that, and whether it replaces all of it."""


def is_part(resource: Resource) -> bool:
    """Tell whether the document of another resource includes a resource."""
    return resource.type in _LISTS or resource.type in _VALUES


def with_part(parent: Resource, part: Resource) -> Resource:
    """Return a resource with a child in its document, replacing one of the same name."""
    if part.type in _VALUES:
        return _with_value_of(parent, part)
    name = _LISTS[part.type]
    properties = parent.body.get("properties")
    held = dict(properties) if isinstance(properties, Mapping) else {}
    key = key_in(held, name)
    path = ("properties", name.lower())
    if is_unknown(parent, path):
        return parent  # the content of the list is unknown anyway
    listed = held.get(key)
    members: list[object] = list(listed) if isinstance(listed, list) else []
    if part.type == _ACCESS and arm_id.name_of(part.id) == _REPLACE:
        members = []
    gaps = tuple(each for each in parent.gaps if members or not lies_in(each[0], path))
    for member, beneath in _members(part):
        position = _position(member, members)
        members[position : position + 1] = [member]
        at = (*path, str(position))
        others = (each for each in gaps if not lies_in(each[0], at))
        gaps = (*others, *(((*at, *steps), gap) for steps, gap in beneath))
    return replace(parent, body={**parent.body, "properties": {**held, key: members}}, gaps=gaps)


def _with_value_of(parent: Resource, part: Resource) -> Resource:
    """Return a resource with what a child declares of it; outbound rules are other children."""
    source, place, is_all = _VALUES[part.type]
    value = read(part.body, source)
    if is_unknown(part, source):
        return _set(parent, part, source, place)
    if is_all or not isinstance(value, Mapping):
        return parent if value is ABSENT else _set(parent, part, source, place)
    for name in value:
        if name.lower() != _RULES:
            parent = _set(parent, part, (*source, name), (*place, name))
    return parent


def _set(parent: Resource, part: Resource, source: Steps, place: Steps) -> Resource:
    """Return a resource with a value that a child declares, or with its gaps."""
    if is_unknown(parent, place[:-1]):
        return parent
    at, path = folded(source), folded(place)
    value = None if is_unknown(part, source) else read(part.body, source)
    others = (each for each in parent.gaps if not lies_in(each[0], path))
    beneath = (((*path, *steps[len(at) :]), gap) for steps, gap in part.gaps if overlap(steps, at))
    return replace(parent, body=with_value(parent.body, place, value), gaps=(*others, *beneath))


def _members(part: Resource) -> Iterator[tuple[object, Gaps]]:
    """Yield (member, its gaps) of the list that a child adds to; null if unknown."""
    if part.type != _ACCESS:
        hidden = any(not steps for steps, _ in part.gaps)
        shown = {key: each for key, each in part.body.items() if key not in _NOT_SHOWN}
        yield None if hidden else {**shown, "name": part.name}, part.gaps
        return
    policies = read(part.body, ("properties", "accessPolicies"))
    for number, policy in enumerate(policies if isinstance(policies, list) else (None,)):
        at = ("properties", "accesspolicies", str(number))
        covering = tuple(((), gap) for steps, gap in part.gaps if lies_in(at, steps))
        inside = (
            (steps[len(at) :], gap)
            for steps, gap in part.gaps
            if lies_in(steps, at) and steps != at
        )
        yield policy, (*covering, *inside)


def _position(member: object, members: Sequence[object]) -> int:
    """Return the index for a member of a list: that of the one with its name, else the end."""
    name = read(member, ("name",))
    for position, each in enumerate(members):
        other = read(each, ("name",))
        if isinstance(name, str) and isinstance(other, str) and name.lower() == other.lower():
            return position
    return len(members)
