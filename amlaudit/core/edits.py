"""Edits: companions of one resource in one estate, to be made or to be tried out."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Final

from msgspec import Struct, field
from msgspec.structs import replace

from amlaudit.core.arm_id import name_of, normalise, type_of
from amlaudit.core.companions import Body, Companion, Deed
from amlaudit.core.path import parse_path, read, spelling_of
from amlaudit.core.resource import AS_DECLARED, Origin, Resource

SOURCE: Final = "the fix plan"
"""Where documents come from that nobody has made yet."""

CHOSEN: Final = "chosen-"
"""What stands in an id, and in texts, for a name that people choose."""


class Edit(Struct, frozen=True, kw_only=True):
    """One document that becomes another, comes into being, or goes.

    Attributes:
        deed: What is done.
        id: ARM id of the resource, as Azure spells it.
        type_name: Its ARM type; as Azure spells it where something is made or set.
        api_version: Version of the API to do it with, empty if none is known.
        body: The document of what is made; of what is set, values by property path.
        joined: Members that lists get, by property path.
        dropped: The member that a list loses, or the key that a map loses, by property path.
        first: What must be there before: what people choose.
        then: What is done with it, after it.
        of: The companion that it does; None: a setting of the resource itself.
        asked: The same with the blanks that people fill in; None: there are none.
        is_there: Whether what is made was there already, so that it is made over.
    """

    deed: Deed
    id: str
    type_name: str
    api_version: str = ""
    body: Body = field(default_factory=dict)
    joined: Body = field(default_factory=dict)
    dropped: Body = field(default_factory=dict)
    first: tuple["Edit", ...] = ()
    then: tuple["Edit", ...] = ()
    of: Companion | None = None
    asked: "Edit | None" = None
    is_there: bool = False

    @property
    def to_do(self) -> "Edit":
        """What people do: the edit with the blanks that they fill in."""
        return self.asked or self

    def all(self) -> Iterator["Edit"]:
        """Yield what must be there before, the edit itself, and what is done after it."""
        yield from flat(self.first)
        yield self
        yield from flat(self.then)

    def on(self, resource: Resource | None, origin: Origin) -> Resource | None:
        """Return what becomes of a resource, None for what is gone.

        Args:
            resource: The resource as it is, None if there is none.
            origin: Where a document comes from that the edit makes.
        """
        match self.deed:
            case Deed.ADD:
                return self._made(resource, origin)
            case Deed.REMOVE if not self.dropped:
                return None
            case _:
                return resource and self._altered(resource)

    def _made(self, resource: Resource | None, origin: Origin) -> Resource:
        """Return the resource with the document that is declared."""
        key, known = normalise(self.id), resource.body if resource else {}
        head = {"id": self.id, "name": name_of(self.id), "type": self.type_name}
        body = _merged({**head, **known}, self.body)
        return Resource(key, type_of(key), str(body["name"]), body, origin)

    def _altered(self, resource: Resource) -> Resource:
        """Return a resource whose properties have other values."""
        body: dict[str, object] = dict(resource.body)
        for path, value in self.body.items():
            _put(body, parse_path(path), value)
        for path, member in self.joined.items():
            _put(body, parse_path(path), [*_list_at(body, path), member])
        for path, member in self.dropped.items():
            _put(body, parse_path(path), _without(read(body, parse_path(path)), member))
        return replace(resource, body=body)


def declared_origin(like: Origin) -> Origin:
    """Return the origin of a document that is not made yet, as old as another."""
    return Origin(SOURCE, AS_DECLARED, like.collected_at)


def with_settings(resource: Resource, settings: Mapping[str, object]) -> Resource:
    """Return a resource in whose document some settings stand, the rest of it as it was."""
    edit = Edit(deed=Deed.SET, id=resource.id, type_name=resource.type, body=settings)
    return edit.on(resource, resource.origin) or resource


def _merged(known: Body, declared: Body) -> dict[str, object]:
    """Return an object with what is declared of it, and the rest of it as it was."""
    body = dict(known)
    for name, value in declared.items():
        step = spelling_of(name, tuple(body)) or name
        held = body.get(step)
        if isinstance(held, Mapping) and isinstance(value, Mapping):
            body[step] = _merged(held, value)
        else:
            body[step] = value
    return body


def _without(held: object, member: object) -> object:
    """Return a list without one of its members, or a map without one of its keys."""
    if isinstance(held, Mapping):
        return {key: value for key, value in held.items() if key != member}
    return [each for each in held if each != member] if isinstance(held, list) else held


def _list_at(body: Body, path: str) -> Sequence[object]:
    """Return the list at a path, empty if there is none."""
    held = read(body, parse_path(path))
    return held if isinstance(held, list) else ()


def _put(body: dict[str, object], steps: Sequence[str], value: object) -> None:
    """Put a value at a path; the objects on the way are copied, or made where there are none."""
    step = spelling_of(steps[0], tuple(body)) or steps[0]
    if len(steps) == 1:
        body[step] = list(value) if isinstance(value, tuple) else value
        return
    held = body.get(step)
    inner: dict[str, object] = dict(held) if isinstance(held, Mapping) else {}
    body[step] = inner
    _put(inner, steps[1:], value)


def flat(edits: Iterable[Edit]) -> Iterator[Edit]:
    """Yield edits with everything that comes with them, each in its order."""
    return (part for edit in edits for part in edit.all())
