"""What a check sees: one resource, its neighbours, and a trail of everything it read."""

from collections.abc import Iterator, Mapping, Sequence
from types import MappingProxyType
from typing import Final

from amlaudit.core.estate import Estate
from amlaudit.core.gap import Gap, NoDataError, Reason
from amlaudit.core.path import ABSENT, Misfit, Steps, describe, parse_path, read, spell_path
from amlaudit.core.resource import Resource
from amlaudit.core.verdict import Evidence, Seen

_NO_DEFAULT: Final = object()


class Subject:
    """A resource, or a part of one, in the estate that a rule judges it in.

    Reading what is not known raises `NoDataError`, which becomes the verdict `unknown`: a rule
    needs no error handling and may not have any. Everything read is kept on the trail, and the
    trail is the verdict's evidence.
    """

    __slots__ = ("estate", "node", "prefix", "resource", "trail")

    def __init__(
        self,
        resource: Resource,
        estate: Estate,
        node: object = None,
        prefix: Steps = (),
        trail: list[Evidence] | None = None,
    ) -> None:
        """Look at a resource, or at the part `node` of it that stands at `prefix`."""
        self.resource = resource
        self.estate = estate
        self.node = resource.body if node is None else node
        self.prefix = prefix
        self.trail: list[Evidence] = [] if trail is None else trail

    @property
    def id(self) -> str:
        """The normalised ARM id."""
        return self.resource.id

    @property
    def type(self) -> str:
        """The ARM type, lower case."""
        return self.resource.type

    @property
    def name(self) -> str:
        """The resource's name, as Azure spells it."""
        return self.resource.name

    def __getitem__(self, path: str) -> object:
        """Return the value at a path.

        Raises:
            NoDataError: There is none, or it is not known.
        """
        return self.get(path, default=_NO_DEFAULT)

    def get(self, path: str, *, default: object) -> object:
        """Return the value at a path, or what Azure documents for an absent one.

        Args:
            path: Property path, relative to this subject.
            default: What an absent value means. It never stands in for a gap.

        Raises:
            NoDataError: It is not known what stands there.
        """
        steps = parse_path(path)
        value = self.read(steps)
        if isinstance(value, Gap):
            self._note(steps, None, Seen.GAP)
            raise NoDataError(value)
        if value is not ABSENT:
            self._note(steps, value, Seen.PRESENT)
            return frozen(value)
        if default is _NO_DEFAULT:
            self._note(steps, None, Seen.ABSENT)
            spelled = spell_path((*self.prefix, *steps))
            raise NoDataError(
                Gap(self.id, spelled, Reason.ABSENT, f"{spelled} is absent and has no default")
            )
        self._note(steps, default, Seen.DEFAULT)
        return default

    def text(self, path: str, *, default: object = _NO_DEFAULT) -> str:
        """Return the string at a path, lower case: Azure compares without case.

        Raises:
            NoDataError: There is none, it is not known, or it is no string.
        """
        value = self.get(path, default=default)
        if not isinstance(value, str):
            raise self._misfit(path, "a string", value)
        return value.lower()

    def each(self, path: str, *, default: Sequence[object] | None = None) -> "Iterator[Subject]":
        """Yield the members of a list, or the values of a map, as subjects of their own.

        Args:
            path: Property path of the list or map, relative to this subject.
            default: `()` where Azure documents that an absent list is an empty one.

        Raises:
            NoDataError: There is no list, or it is not known.
        """
        steps = parse_path(path)
        members = self.get(path, default=_NO_DEFAULT if default is None else default)
        for key, member in members_of(members, self, path):
            yield Subject(
                self.resource, self.estate, member, (*self.prefix, *steps, key), self.trail
            )

    def follow(self, relation: str) -> "Iterator[Subject]":
        """Yield the resources that a relation leads to.

        A rule that has its proof may stop early; one that goes to the end learns there, by
        `NoDataError`, if not all of them are known.

        Raises:
            NoDataError: After the last one that is known, if there may be more.
            ValueError: There is no such relation from this resource.
        """
        count = 0
        try:
            for neighbour in self.estate.neighbours(self.resource, relation):
                count += 1
                yield Subject(neighbour, self.estate, trail=self.trail)
        except NoDataError:
            self._note_relation(relation, count, Seen.GAP)
            raise
        self._note_relation(relation, count, Seen.PRESENT)

    def read(self, steps: Steps) -> object:
        """Return the value at a path, `ABSENT`, or the gap that stands there; leave no trail."""
        if self.resource.gaps and (gap := self._gap_at((*self.prefix, *steps))):
            return gap
        value = read(self.node, steps)
        if isinstance(value, Misfit):
            return self.misfit((*self.prefix, *steps), "an object", value.found)
        return value

    def misfit(self, steps: Steps, wanted: str, found: str) -> Gap:
        """Return the gap that a value of the wrong kind leaves."""
        path = spell_path(steps)
        detail = f"{path} holds {found} where {wanted} was expected"
        return Gap(self.id, path, Reason.UNSUPPORTED, detail)

    def evidence(self, steps: Steps, expected: str, observed: object, seen: Seen) -> Evidence:
        """Return evidence for what stands at a path relative to this subject."""
        path = spell_path((*self.prefix, *steps))
        return Evidence(self.id, path, expected, observed, seen, self.resource.origin)

    def _gap_at(self, steps: Steps) -> Gap | None:
        """Return the gap in the document that covers a path from its root."""
        folded = tuple(step.lower() for step in steps)
        for path, gap in self.resource.gaps:
            if folded[: len(path)] == path:
                return gap
        return None

    def _misfit(self, path: str, wanted: str, found: object) -> NoDataError:
        """Return the error for a value of the wrong kind."""
        return NoDataError(self.misfit((*self.prefix, *parse_path(path)), wanted, describe(found)))

    def _note(self, steps: Steps, observed: object, seen: Seen) -> None:
        """Put on the trail what stood at a path."""
        self.trail.append(self.evidence(steps, "", observed, seen))

    def _note_relation(self, relation: str, count: int, seen: Seen) -> None:
        """Put on the trail how many neighbours a relation led to."""
        origin = self.resource.origin
        self.trail.append(Evidence(self.id, f"-> {relation}", "", count, seen, origin))


def members_of(value: object, subject: Subject, path: str) -> Iterator[tuple[str, object]]:
    """Yield (key, member) of a JSON list or map.

    Raises:
        NoDataError: The value is neither.
    """
    if isinstance(value, Mapping):
        yield from value.items()
    elif isinstance(value, Sequence) and not isinstance(value, str):
        yield from ((str(index), member) for index, member in enumerate(value))
    else:
        steps = (*subject.prefix, *parse_path(path))
        raise NoDataError(subject.misfit(steps, "a list", describe(value)))


def frozen(value: object) -> object:
    """Return a JSON value that rule code cannot change: documents are shared by all rules."""
    if isinstance(value, Mapping):
        return MappingProxyType({key: frozen(member) for key, member in value.items()})
    if isinstance(value, list):
        return tuple(frozen(member) for member in value)
    return value
