"""The border: JSON documents of any source become the resources of an estate."""

from collections.abc import Iterator, Mapping
from typing import Final, cast

from amlaudit.core import arm_id
from amlaudit.core.gap import Gap, Reason
from amlaudit.core.path import ABSENT, Steps, read, spell_path
from amlaudit.core.relations import COMPUTE, VIRTUAL_NETWORK
from amlaudit.core.resource import Document, Origin, Resource
from amlaudit.scanners.secrets import scrub

_NESTED: Final = {VIRTUAL_NETWORK: ("properties", "subnets")}
"""Where documents hold resources of their own, which the graph shows nowhere else."""

_WHOLE_WITH: Final = {COMPUTE: ("properties", "properties")}
"""Objects that a document of a type needs besides its properties to be more than a listing."""

_WITHOUT_PROPERTIES: Final = frozenset({arm_id.RESOURCE_GROUP_TYPE, arm_id.SUBSCRIPTION_TYPE})
"""Types that have no properties of interest, so that a document without any is whole."""


def resources_of(document: Document, origin: Origin) -> Iterator[Resource]:
    """Yield the resource of an ARM document, and those that stand inside it; secrets are dropped.

    A document without properties was listed, not read: its properties are a gap, since their
    absence says nothing. A document without an ARM id yields nothing.
    """
    written = document.get("id")
    if not isinstance(written, str):
        return
    resource_id = arm_id.normalise(written)
    arm_type = arm_id.type_of(resource_id)
    if not arm_type:
        return
    try:
        body = cast("Document", scrub(document))  # a mapping stays one
    except RecursionError:
        yield _too_deep(resource_id, arm_type, origin)
        return
    name = body.get("name")
    shown = name.rpartition("/")[2] if isinstance(name, str) else arm_id.name_of(resource_id)
    shown = arm_id.encodable(shown)
    gaps = tuple(_listed_only(resource_id, arm_type, body))
    yield Resource(resource_id, arm_type, shown, body, origin, gaps)
    yield from _nested(arm_type, body, origin)


def _too_deep(resource_id: str, arm_type: str, origin: Origin) -> Resource:
    """Return a resource of which only the id can be kept."""
    detail = "the document is nested too deep to be read"
    gap = Gap(resource_id, "properties", Reason.UNSUPPORTED, detail)
    name = arm_id.name_of(resource_id)
    return Resource(resource_id, arm_type, name, {"id": resource_id}, origin, (((), gap),))


def _listed_only(resource_id: str, arm_type: str, body: Document) -> Iterator[tuple[Steps, Gap]]:
    """Yield the gap that a document has where it was listed and not read."""
    if arm_type in _WITHOUT_PROPERTIES:
        return
    for path in (("properties",), *filter(None, [_WHOLE_WITH.get(arm_type)])):
        if not isinstance(read(body, path), Mapping):
            spelled = spell_path(path)
            detail = f"the document was listed without {spelled}, not read"
            yield path, Gap(resource_id, spelled, Reason.NOT_COLLECTED, detail)
            return


def _nested(arm_type: str, body: Document, origin: Origin) -> Iterator[Resource]:
    """Yield the resources that stand inside a document."""
    members = read(body, _NESTED[arm_type]) if arm_type in _NESTED else ABSENT
    if isinstance(members, list):
        for member in members:
            if isinstance(member, Mapping):
                yield from resources_of(member, origin)
