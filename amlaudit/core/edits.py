"""Edits: the companions of one resource in one estate, to be applied or tried out."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Final

from msgspec import Struct, field
from msgspec.structs import replace

from amlaudit.core.arm_id import name_of, normalise, type_of
from amlaudit.core.companions import Body, Companion, Deed
from amlaudit.core.path import parse_path, read, spelling_of
from amlaudit.core.resource import AS_DECLARED, Origin, Resource

SOURCE: Final = "the fix plan"
"""The source of documents that do not exist yet."""

CHOSEN: Final = "chosen-"
"""Placeholder, in ids and texts, for a name that people choose."""


class Edit(Struct, frozen=True, kw_only=True):
    """One document that is modified, created or removed.

    Attributes:
        deed: What is done.
        id: ARM id of the resource, as Azure spells it.
        type_name: Its ARM type; as Azure spells it when something is created or set.
        api_version: API version to use, empty if none is known.
        body: For a created resource, its document; for a modified one, values by property path.
        joined: Members added to lists, by property path.
        dropped: The member removed from a list, or the key removed from a map, by property path.
        first: What must exist before: what people choose.
        then: What is done with it, after it.
        of: The companion that it applies; None: a setting of the resource itself.
        asked: The same with the blanks that people fill in; None: there are none.
        is_there: Whether a created resource existed already, so that it is overwritten.
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
        """What people are to do: the edit with the blanks that they fill in."""
        return self.asked or self

    def all(self) -> Iterator["Edit"]:
        """Yield the edits that must come before, the edit itself, and those that come after it."""
        yield from flat(self.first)
        yield self
        yield from flat(self.then)

    def on(self, resource: Resource | None, origin: Origin) -> Resource | None:
        """Return the result of applying the edit to a resource, None if it is removed.

        Args:
            resource: The resource as it is, None if there is none.
            origin: The origin of a document that the edit creates.
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
        """Return a resource with changed properties."""
        body: dict[str, object] = dict(resource.body)
        for path, value in self.body.items():
            _put(body, parse_path(path), value)
        for path, member in self.joined.items():
            _put(body, parse_path(path), [*_list_at(body, path), member])
        for path, member in self.dropped.items():
            _put(body, parse_path(path), _without(read(body, parse_path(path)), member))
        return replace(resource, body=body)


def declared_origin(like: Origin) -> Origin:
    """Return the origin of a document that does not exist yet, with the age of another."""
    return Origin(SOURCE, AS_DECLARED, like.collected_at)


def with_settings(resource: Resource, settings: Mapping[str, object]) -> Resource:
    """Return a resource with some settings applied to its document."""
    edit = Edit(deed=Deed.SET, id=resource.id, type_name=resource.type, body=settings)
    return edit.on(resource, resource.origin) or resource


def _merged(known: Body, declared: Body) -> dict[str, object]:
    """Return an object with what is declared merged into it."""
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
    """Put a value at a path; objects on the way are copied, or created if missing."""
    step = spelling_of(steps[0], tuple(body)) or steps[0]
    if len(steps) == 1:
        body[step] = list(value) if isinstance(value, tuple) else value
        return
    held = body.get(step)
    inner: dict[str, object] = dict(held) if isinstance(held, Mapping) else {}
    body[step] = inner
    _put(inner, steps[1:], value)


def flat(edits: Iterable[Edit]) -> Iterator[Edit]:
    """Yield edits with the edits before and after them, in order."""
    return (part for edit in edits for part in edit.all())
