"""The input boundary: JSON documents from any source become the resources of an estate."""

from collections.abc import Callable, Iterator, Mapping
from typing import Final, cast

from msgspec.structs import replace

from amlaudit.core import arm_id
from amlaudit.core.gap import Gap, Reason
from amlaudit.core.path import ABSENT, Steps, read, spell_path
from amlaudit.core.patterns import late_pattern
from amlaudit.core.place import NOWHERE, Written
from amlaudit.core.references import unreadable_of
from amlaudit.core.relations import (
    ACTION_GROUP,
    COMPUTE,
    CONNECTION,
    DELEGATION,
    KEY,
    VIRTUAL_NETWORK,
    WORKSPACE,
)
from amlaudit.core.resource import Document, Gaps, Origin, Resource
from amlaudit.core.secrets import scrub

_NESTED: Final = {
    VIRTUAL_NETWORK: (("properties", "subnets"), "subnets"),
    **dict.fromkeys(
        (WORKSPACE, f"{WORKSPACE}/managednetworks"),
        (("properties", "managedNetwork", "outboundRules"), "outboundRules"),
    ),
}
"""Where documents embed resources that the graph shows nowhere else, and their kind.

Azure gives each an id; declarations only name them.
"""

_OFFER: Final = ("properties", "registrationDefinition")
"""Where a delegation embeds its offer, if that was asked for."""

_WHOLE_WITH: Final = {COMPUTE: ("properties", "properties")}
"""Objects that a document of a type needs, besides its properties, to be more than a listing."""

_READ_WITH: Final = {KEY: (("properties", "kty"), ("properties", "rotationPolicy"))}
"""By type: the property that proves a document was read individually, and what a list omits.

https://learn.microsoft.com/rest/api/keyvault/keyvault/keys/list
"""

_EXPORT: Final = late_pattern(
    r"^(/subscriptions/[^/]+/providers/microsoft\.insights)/diagnosticsettings/"
)
"""A subscription's diagnostic setting exports its activity log, which has a type of its own."""

_MANAGED_NETWORK: Final = "/managednetworks/"
_OUTBOUND_RULE: Final = late_pattern(rf"{_MANAGED_NETWORK}[^/]+(?=/outboundrules/)")
"""Newer API versions also give an outbound rule an id under the managed network of its workspace.

https://learn.microsoft.com/azure/templates/microsoft.machinelearningservices/workspaces/managednetworks/outboundrules
"""

WITHOUT_PROPERTIES: Final = frozenset({arm_id.RESOURCE_GROUP_TYPE, arm_id.SUBSCRIPTION_TYPE})
"""Types without properties of interest, whose documents are complete without any."""


def resources_of(
    document: Document,
    origin: Origin,
    *,
    gaps: Gaps = (),
    written: Written = NOWHERE,
    declared: bool = False,
) -> Iterator[Resource]:
    """Yield the resource of an ARM document, and those embedded in it; secrets are dropped.

    A document without properties was listed, not read: unless it was declared, its properties are a
    gap, since their absence proves nothing. A document without an ARM id yields nothing.

    Args:
        document: The document.
        origin: Where it came from.
        gaps: Unknown parts of it.
        written: Where it is declared.
        declared: It was written by people, not returned by Azure.
    """
    named = document.get("id")
    if not isinstance(named, str):
        return
    resource_id = _EXPORT.sub(r"\1/activitylogexports/", arm_id.normalise(named))
    if _MANAGED_NETWORK in resource_id:
        resource_id = _OUTBOUND_RULE.sub("", resource_id)
    arm_type = arm_id.type_of(resource_id)
    if not arm_type:
        return
    try:
        spare = _SPARING.get(arm_type)
        spared = spare(document) if spare else document
        body = cast("Document", scrub(spared))  # a mapping stays a mapping
    except RecursionError:
        yield _too_deep(resource_id, arm_type, origin)
        return
    name = body.get("name")
    shown = name.rpartition("/")[2] if isinstance(name, str) else arm_id.name_of(resource_id)
    shown = arm_id.encodable(shown)
    known = () if declared or gaps else tuple(_listed_only(resource_id, arm_type, body))
    all_gaps = (*gaps, *known)
    resource = Resource(resource_id, arm_type, shown, body, origin, all_gaps, *written)
    unreadable = {} if known else dict(unreadable_of(resource))
    if unreadable:
        resource = replace(resource, gaps=(*all_gaps, *unreadable.items()))
    yield resource
    yield from _nested(resource, declared=declared)


def _without_value(connection: Document) -> Document:
    """Return a connection without its secret, which old API versions have as `value`.

    https://learn.microsoft.com/azure/templates/microsoft.machinelearningservices/2021-07-01/workspaces/connections
    """
    properties = connection.get("properties")
    if not isinstance(properties, Mapping):
        return connection
    kept = {
        name: scrub(value, secret=True) if name.lower() == "value" else value
        for name, value in properties.items()
    }
    return {**connection, "properties": kept}


def _without_addresses(group: Document) -> Document:
    """Return an action group whose receivers are reduced to a name and a state.

    They hold people's addresses and phone numbers, and webhooks whose address is the secret.
    """
    properties = group.get("properties")
    if not isinstance(properties, Mapping):
        return group
    return {**group, "properties": {key: _unaddressed(each) for key, each in properties.items()}}


def _unaddressed(value: object) -> object:
    """Return a property of an action group, its receivers without their addresses."""
    if not isinstance(value, list):
        return value
    return [
        {key: each[key] for key in ("name", "status") if key in each}
        if isinstance(each, Mapping)
        else None
        for each in value
    ]


_SPARING: Final[Mapping[str, Callable[[Document], Document]]] = {
    ACTION_GROUP: _without_addresses,
    CONNECTION: _without_value,
}
"""What drops the secrets of a type of document that cannot be told by their looks."""


def _too_deep(resource_id: str, arm_type: str, origin: Origin) -> Resource:
    """Return a resource of which only the id can be kept."""
    detail = "the document is nested too deeply to be read"
    gap = Gap(resource_id, "properties", Reason.UNSUPPORTED, detail)
    name = arm_id.name_of(resource_id)
    return Resource(resource_id, arm_type, name, {"id": resource_id}, origin, (((), gap),))


def _listed_only(resource_id: str, arm_type: str, body: Document) -> Iterator[tuple[Steps, Gap]]:
    """Yield the gap of a document that was listed but not read."""
    if arm_type in WITHOUT_PROPERTIES:
        return
    for path in (("properties",), *filter(None, [_WHOLE_WITH.get(arm_type)])):
        if not isinstance(read(body, path), Mapping):
            spelled = spell_path(path)
            detail = f"the document was only listed, without {spelled}, and not read individually"
            yield path, Gap(resource_id, spelled, Reason.NOT_COLLECTED, detail)
            return
    proof, left_out = _READ_WITH.get(arm_type, ((), ()))
    if left_out and read(body, proof) is ABSENT and read(body, left_out) is ABSENT:
        spelled, folded = spell_path(left_out), tuple(step.lower() for step in left_out)
        detail = f"lists do not include {spelled}, and the document was not read individually"
        yield folded, Gap(resource_id, spelled, Reason.NOT_COLLECTED, detail)


def differ(one: Resource, other: Resource) -> bool:
    """Tell whether two documents of a resource say different things.

    What only names it does not count: sources spell ids and types differently, and a list may show
    a rule under both of its ids.
    """
    return _named_apart(one.body) != _named_apart(other.body)


def _named_apart(body: Document) -> Document:
    """Return a document without what says which resource it is of."""
    return {key: value for key, value in body.items() if key not in ("id", "type")}


def also_listed(resource: Resource) -> Iterator[Resource]:
    """Yield what Azure embeds in a document and lists separately, too."""
    yield from _nested(resource, declared=False, alone=True)
    offer = read(resource.body, _OFFER) if resource.type == DELEGATION else ABSENT
    if isinstance(offer, Mapping):
        yield from resources_of(offer, resource.origin)


def _nested(resource: Resource, *, declared: bool, alone: bool = False) -> Iterator[Resource]:
    """Yield the resources embedded in a document.

    Args:
        resource: The document.
        declared: It was written by people, not returned by Azure.
        alone: Perhaps nothing else shows what Azure embeds in it and lists separately, too.
    """
    path, kind = _NESTED.get(resource.type, ((), ""))
    members = read(resource.body, path) if path else ABSENT
    if isinstance(members, Mapping) and not (declared or alone):
        return  # Azure also lists them separately, each with all that is known of it
    folded = tuple(step.lower() for step in path)
    for key, member in _keyed(members):
        steps = (*folded, key.lower())
        beneath = tuple(_beneath(resource.gaps, steps))
        if isinstance(members, Mapping) and (isinstance(member, Mapping) or beneath):
            id_here = f"{resource.id}/{kind}/{key}"
            whole: Document = {"id": id_here, "name": key, "properties": member}
            beneath = tuple((("properties", *inner), gap) for inner, gap in beneath)
        elif isinstance(member, Mapping):
            named = read(member, ("name",))
            name = key if named is ABSENT else named
            id_here = f"{resource.id}/{kind}/{name}"
            whole = {"id": id_here, "name": name, **member} if declared else member
        else:
            continue
        yield from resources_of(
            whole,
            resource.origin,
            gaps=beneath,
            written=resource.written.part(spell_path(steps)),
            declared=declared,
        )


def _keyed(members: object) -> Iterator[tuple[str, object]]:
    """Yield the members of a list or map with the step that leads to each."""
    if isinstance(members, Mapping):
        yield from members.items()
    elif isinstance(members, list):
        yield from ((str(index), member) for index, member in enumerate(members))


def _beneath(gaps: Gaps, path: Steps) -> Iterator[tuple[Steps, Gap]]:
    """Yield the gaps beneath a path, relative to it."""
    for steps, gap in gaps:
        if steps[: len(path)] == path:
            yield steps[len(path) :], gap
