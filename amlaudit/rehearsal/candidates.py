"""Possible fixes for one resource: its companions, with names from the estate filled in."""

from collections.abc import Iterator, Mapping
from itertools import islice, product
from typing import Final

from msgspec.structs import replace

from amlaudit.core.arm_id import (
    SUBSCRIPTION_TYPE,
    name_of,
    normalise,
    resource_group_of,
    subscription_of,
)
from amlaudit.core.companions import Body, Companion, Deed, filled_in, id_under, tokens_of
from amlaudit.core.edits import Edit
from amlaudit.core.estate import Estate
from amlaudit.core.gap import NoDataError
from amlaudit.core.path import parse_path, read
from amlaudit.core.resource import Resource
from amlaudit.core.rule import Fix
from amlaudit.rehearsal.choices import choices_for

_ITS: Final = "its."
"""Prefix of references to the resource that a companion belongs to."""
_MAX: Final = 64
"""Maximum number of ways tried to fill the blanks of one companion."""


def candidates(fix: Fix, resource: Resource, estate: Estate) -> Iterator[Edit]:
    """Yield possible edits to make a resource pass, best first."""
    if fix.settings:
        yield Edit(
            deed=Deed.SET, id=_id_of(resource), type_name=resource.type, body=dict(fix.settings)
        )
    for companion in fix.companions:
        yield from _edits(companion, resource, estate)


def _edits(companion: Companion, resource: Resource, estate: Estate) -> Iterator[Edit]:
    """Yield the edits that a companion implies for a resource."""
    blanks = _blanks_of(companion)
    for anchor in _anchors(companion.via, resource, estate):
        references = (
            _references_to(resource)
            | _referenced_values(companion, anchor)
            | _references_to(anchor, _ITS)
        )
        asked = _filled(companion, anchor, references) if blanks else None
        options = [choices_for(blank, references, estate) for blank in blanks]
        for chosen in islice(product(*options), _MAX):
            values = {blank: each.value for blank, each in zip(blanks, chosen, strict=True)}
            first = tuple(edit for choice in chosen for edit in choice.edits)
            edit = _filled(companion, anchor, references | values, first)
            is_there = estate.store.get(normalise(edit.id)) is not None
            for dropped in _dropped(companion, anchor):
                yield replace(edit, dropped=dropped, asked=asked, is_there=is_there)


def _referenced_values(companion: Companion, anchor: Resource) -> dict[str, object]:
    """Return the values at the paths of a resource that a companion refers to."""
    parts = (companion, *companion.along)
    paths = (each for part in parts for each in tokens_of(part)[0] if each.startswith(_ITS))
    found = {path: read(anchor.body, parse_path(path.removeprefix(_ITS))) for path in paths}
    return {path: value for path, value in found.items() if isinstance(value, str)}


def _blanks_of(companion: Companion) -> tuple[str, ...]:
    """Return the choices that people make for a companion and for what is done with it."""
    parts = (companion, *companion.along)
    return tuple(dict.fromkeys(blank for part in parts for blank in tokens_of(part)[1]))


def _filled(
    companion: Companion,
    anchor: Resource,
    values: Mapping[str, object],
    first: tuple[Edit, ...] = (),
) -> Edit:
    """Return the edit of a companion, with values for its references and blanks.

    Args:
        companion: The companion.
        anchor: The resource that it belongs to.
        values: By reference and blank; a blank without one stays.
        first: What must exist before.
    """
    body = _as_body(filled_in(companion.body, values))
    joined = _as_body(filled_in(companion.joined, values))
    under, name = (str(filled_in(each, values)) for each in (companion.under, companion.name))
    return Edit(
        deed=companion.deed,
        id=id_under(under, companion.type_name, name) if companion.deed is Deed.ADD else under,
        type_name=companion.type_name or anchor.type,
        api_version=companion.api_version,
        body=body,
        joined=joined,
        first=first,
        then=tuple(_filled(each, anchor, values) for each in companion.along),
        of=companion,
    )


def _dropped(companion: Companion, anchor: Resource) -> Iterator[Body]:
    """Yield what a list may lose: each of its members alone, or nothing if there is no list."""
    if not companion.member:
        yield {}
        return
    members = read(anchor.body, parse_path(companion.member))
    for each in members if isinstance(members, list | dict) else ():
        yield {companion.member: each}


def _as_body(value: object) -> Body:
    """Return a JSON object; an empty one for anything else."""
    return value if isinstance(value, Mapping) else {}


def _anchors(via: tuple[str, ...], resource: Resource, estate: Estate) -> list[Resource]:
    """Return the targets of consecutive relations, as far as they are known."""
    reached = [resource]
    for relation in via:
        found = (each for place in reached for each in _neighbours(place, relation, estate))
        reached = list({each.id: each for each in found}.values())
    return reached


def _neighbours(resource: Resource, relation: str, estate: Estate) -> Iterator[Resource]:
    """Yield the targets of a relation, regardless of whether there may be more."""
    try:
        yield from estate.neighbours(resource, relation)
    except NoDataError:
        return


def _references_to(resource: Resource, prefix: str = "") -> dict[str, object]:
    """Return the values of references to a resource, by name with a prefix."""
    spelled = _id_of(resource)
    group = spelled[: len(resource_group_of(resource.id))]
    subscription = spelled[: len(subscription_of(resource.id))]
    location = resource.body.get("location")
    values: dict[str, object] = {
        "id": spelled,
        "name": resource.name,
        "location": location if isinstance(location, str) else "",
        "group": name_of(group),
        "group.id": group,
        "subscription": subscription if resource.type != SUBSCRIPTION_TYPE else spelled,
    }
    return {prefix + name: value for name, value in values.items() if not (prefix and "." in name)}


def _id_of(resource: Resource) -> str:
    """Return the id of a resource in Azure's spelling."""
    spelled = resource.body.get("id")
    return (
        spelled if isinstance(spelled, str) and normalise(spelled) == resource.id else resource.id
    )
