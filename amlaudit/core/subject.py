"""What a check sees: one resource, its neighbours, and a trail of everything it read."""

from collections.abc import Iterator, Mapping
from datetime import datetime
from types import MappingProxyType
from typing import Final

from amlaudit.core.caching import keep
from amlaudit.core.conditions import ParameterValue
from amlaudit.core.context import LABELS, Label
from amlaudit.core.document_gaps import is_null, misfit, stale, unshown, without_default
from amlaudit.core.estate import Estate
from amlaudit.core.gap import Gap, NoDataError, Reason
from amlaudit.core.hidden import gap_at
from amlaudit.core.members import hidden_among, members_of
from amlaudit.core.parts import is_part, places_above
from amlaudit.core.path import ABSENT, Misfit, Steps, describe, parse_path, read, spell_path
from amlaudit.core.resource import AS_DECLARED, Resource, frozen
from amlaudit.core.times import time_of
from amlaudit.core.trail import Trail
from amlaudit.core.verdict import Evidence, Seen, seen_of

_NO_DEFAULT: Final = object()
_PRESENT: Final = Seen.PRESENT
"""Every read uses it, and enum member lookup is slow before Python 3.12."""

_OLDEST_UNSTATED: Final = "2021-06-01"
"""A source that states no API version is assumed to use none older than this: tools of the last
years use later ones unless told otherwise."""

_MAX_TAGS: Final = 1024
"""Number of labels given by tags that are cached, oldest evicted first; many rules use them."""


class Subject:
    """A resource, or a part of one, in the estate in which a rule judges it.

    Reading a value that is not known raises `NoDataError`, which becomes the verdict `unknown`: a
    rule needs no error handling and must not have any. Everything read is recorded on the trail,
    and the trail is the verdict's evidence. `parameters` holds the values of the rule's parameters
    by name.
    """

    __slots__ = ("estate", "node", "parameters", "prefix", "resource", "trail")

    def __init__(
        self,
        resource: Resource,
        estate: Estate,
        parameters: Mapping[str, ParameterValue] = MappingProxyType({}),
        trail: Trail | None = None,
    ) -> None:
        """Wrap a resource; start an empty trail if none is given to continue."""
        self.resource = resource
        self.estate = estate
        self.node: object = resource.body
        self.prefix: Steps = ()
        self.trail = Trail(resource) if trail is None else trail
        self.parameters = parameters

    def neighbour(self, resource: Resource) -> "Subject":
        """Return another resource as a subject that shares this trail."""
        return Subject(resource, self.estate, self.parameters, self.trail)

    def whole(self) -> "Subject":
        """Return the whole resource that this is a part of as a subject that shares this trail."""
        return self.neighbour(self.resource)

    def part(self, node: object, steps: Steps) -> "Subject":
        """Return the part at a path as a subject that shares this trail."""
        part = self.whole()
        part.node, part.prefix = node, self.prefix + steps
        return part

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

    @property
    def is_as_declared(self) -> bool:
        """Whether absent values were left to Azure, rather than omitted by an API version."""
        return self.resource.origin.api_version == AS_DECLARED

    def __getitem__(self, path: str) -> object:
        """Return the value at a path.

        Raises:
            NoDataError: It is absent or not known.
        """
        return self.get(path, default=_NO_DEFAULT)

    def get(self, path: str, *, default: object, since: str = "") -> object:
        """Return the value at a path, or what Azure documents for an absent one.

        Args:
            path: Property path, relative to this subject.
            default: What an absent value means. It is never used for a gap.
            since: First API version that shows the property; in a document of an older version its
                absence means nothing. Empty: every version shows it.

        Raises:
            NoDataError: The value is not known.
        """
        steps = parse_path(path)
        value, seen = self.read(steps, whole=True), _PRESENT
        if value is ABSENT:
            missing = self.absent(steps) if default is _NO_DEFAULT else self.too_old(steps, since)
            value, seen = missing or default, Seen.DEFAULT
        self._note(steps, value, seen)
        if isinstance(value, Gap):
            raise NoDataError(value)
        return frozen(value)

    def text(self, path: str, *, default: object = _NO_DEFAULT, since: str = "") -> str:
        """Return the string at a path, lower case: Azure compares without case.

        Raises:
            NoDataError: It is absent, not known, or not a string.
        """
        value = self.get(path, default=default, since=since)
        if isinstance(value, str):
            return value.lower()
        raise self._wrong_kind(path, "a string", value)

    def flag(self, path: str, *, default: object = _NO_DEFAULT, since: str = "") -> bool:
        """Return the boolean at a path.

        Raises:
            NoDataError: It is absent, not known, or not a boolean.
        """
        value = self.get(path, default=default, since=since)
        if isinstance(value, bool):
            return value
        raise self._wrong_kind(path, "a boolean", value)

    def number(self, path: str, *, default: object = _NO_DEFAULT, since: str = "") -> float:
        """Return the number at a path.

        Raises:
            NoDataError: It is absent, not known, or not a number.
        """
        value = self.get(path, default=default, since=since)
        if isinstance(value, int | float) and not isinstance(value, bool):
            return value
        raise self._wrong_kind(path, "a number", value)

    def time(self, path: str) -> datetime:
        """Return the moment at a path; see `time_of`.

        Raises:
            NoDataError: It is absent, not known, or not a time.
        """
        written = self[path]
        moment = time_of(written)
        if moment is None:
            raise self._wrong_kind(path, "a time", written)
        return moment

    @property
    def read_at(self) -> datetime:
        """When Azure was read, UTC: the reference time for ages.

        Raises:
            NoDataError: That is too long ago to tell the age of anything.
        """
        if self.staleness:
            raise NoDataError(self.staleness)
        return self.resource.origin.collected_at

    @property
    def staleness(self) -> Gap | None:
        """The gap that takes the place of ages if Azure was read too long ago to tell them."""
        return stale(self.resource, self.estate.fresh_since)

    def unfamiliar(self, path: str, found: object) -> NoDataError:
        """Return the error to raise for a value whose meaning the rule does not know.

        Azure's enumerations are open: a new value is neither good nor bad, its meaning is unknown.
        """
        shown = found if found != "" else "an empty string"
        return self._error(path, Reason.UNSUPPORTED, f"is {shown}, whose meaning is not known")

    def outdated(self, path: str, found: object) -> NoDataError:
        """Return the error to raise for a value that is too old to answer."""
        return self._error(path, Reason.STALE, f"is too old: {found}")

    def undetermined(self, path: str, what: str) -> NoDataError:
        """Return the error to raise for what neither a value nor anything else read can tell."""
        return self._error(path, Reason.NOT_COLLECTED, f"cannot tell {what}")

    def _error(self, path: str, reason: Reason, detail: str) -> NoDataError:
        """Return the error for a value that gives no answer."""
        spelled = self.spell(parse_path(path))
        return NoDataError(Gap(self.id, spelled, reason, f"{spelled} {detail}"))

    def each(
        self, path: str, *, default: tuple[()] | None = None, since: str = "", keyed: bool = False
    ) -> "Iterator[Subject]":
        """Yield the members of a list, or the values of a map, as subjects of their own.

        Args:
            path: Property path of the list or map, relative to this subject.
            default: `()` where Azure documents that an absent list is empty.
            since: First API version that shows the list; see `get`.
            keyed: Whether it is a map.

        Raises:
            NoDataError: There is no list, or it is not known.
        """
        steps = parse_path(path)
        value, seen = self.read(steps), _PRESENT
        if value is ABSENT:
            missing = self.absent(steps) if default is None else self.too_old(steps, since)
            value, seen = missing or default, Seen.DEFAULT
        self._note(steps, value, seen)
        if isinstance(value, Gap):
            raise NoDataError(value)
        keys: set[str] = set()
        for key, member in members_of(value, self.resource, self.prefix + steps, keyed=keyed):
            keys.add(key)
            yield self.part(member, (*steps, key))
        if gap := self.hidden_member(steps, keys):
            raise NoDataError(gap)

    @property
    def value(self) -> object:
        """The value of the part itself, if it is not an object.

        Raises:
            NoDataError: It is not known.
        """
        value = self.read((), whole=True)
        if isinstance(value, Gap):
            self._note((), value, Seen.GAP)
            raise NoDataError(value)
        return frozen(value)

    def hidden_member(self, steps: Steps, keys: set[str]) -> Gap | None:
        """Return the gap of a member of a list or map that is not among those seen."""
        return hidden_among(keys, self.resource, self.prefix + steps)

    def follow(self, relation: str) -> "Iterator[Subject]":
        """Yield the resources that a relation leads to.

        A rule that has its proof may stop early; one that iterates to the end gets a
        `NoDataError` there if not all of them are known.

        Raises:
            NoDataError: After the last one that is known, if there may be more.
            ValueError: There is no such relation from this resource.
        """
        count, seen = 0, _PRESENT
        try:
            for neighbour in self.estate.neighbours(self.resource, relation):
                count += 1
                yield self.neighbour(neighbour)
        except NoDataError:
            seen = Seen.GAP
            raise
        finally:  # even if the rule stops early
            self.trail.note(self.resource, f"-> {relation}", count, seen)

    def context(self, name: str) -> str:
        """Return what tags say about the subject's workspace; see `amlaudit.core.context`.

        Raises:
            NoDataError: It is not known.
            ValueError: There is no such label.
        """
        try:
            found = self.find_context(name)
        except NoDataError as error:
            self.trail.append(self.whole().evidence(("tags",), "", None, seen_of(error.gap)))
            raise
        self.trail.append(found)
        return str(found.observed)

    def find_context(self, name: str) -> Evidence:
        """Return what is assigned to the resource's part of the estate, else what tags say.

        Raises:
            NoDataError: It is not known.
            ValueError: There is no such label.
        """
        label = self.estate.labels.get(name)
        for each in label.assigned if label else ():
            if is_part(self.estate, self.resource, each):
                path = (name, f"by {each.where} {each.name}")
                return self.whole().evidence(path, "", each.meaning, Seen.PRESENT)
        return self.find_tag(name)

    def find_tag(self, name: str) -> Evidence:
        """Return the nearest tag that gives a label, or the assumed value without one.

        The tag is on the workspace, else on its resource group, else on its subscription; for a
        resource that is not part of a workspace, the resource itself takes the workspace's place.

        Raises:
            NoDataError: A place that may hold the tag was not read.
            ValueError: There is no such label.
        """
        if name not in LABELS:
            raise ValueError(f"unknown context {name!r}; expected one of {', '.join(LABELS)}")
        tags, key = self.estate.tags, (self.id, name)
        found = tags.get(key)
        if found is None:
            try:
                found = self._nearest_tag(self.estate.labels[name])
            except NoDataError as error:
                found = error.gap
            keep(tags, key, found, _MAX_TAGS)
        if isinstance(found, Gap):
            raise NoDataError(found)
        return found

    def _nearest_tag(self, label: Label) -> Evidence:
        """Return the nearest tag that gives a label; see `find_tag`."""
        for place in map(self.neighbour, places_above(self.estate, self.resource)):
            for tag in label.tags:
                steps = ("tags", tag)
                value = place.read(steps)
                if isinstance(value, Gap):
                    raise NoDataError(value)
                if value is not ABSENT and not isinstance(value, str):
                    raise NoDataError(place.misfit(steps, "a string", describe(value)))
                if isinstance(value, str) and value.strip():
                    return place.evidence(steps, "", label.meaning(value), Seen.PRESENT)
        return self.whole().evidence(("tags", label.tags[0]), "", label.assumed, Seen.DEFAULT)

    def read(self, steps: Steps, *, whole: bool = False) -> object:
        """Return the value at a path, `ABSENT`, or the gap there, without recording it.

        Args:
            steps: The path, relative to this subject.
            whole: Whether all of the value is needed, so that a gap inside it is a gap in it.
        """
        if self.resource.gaps and (gap := gap_at(self.resource, self.prefix + steps, whole=whole)):
            return gap
        value = read(self.node, steps)
        if isinstance(value, Misfit):
            return self.misfit(steps, "an object", value.found)
        if value is ABSENT and self.resource.gaps:
            # A part beneath this path is not known, so neither is this value.
            return gap_at(self.resource, self.prefix + steps, whole=True) or ABSENT
        return value

    def absent(self, steps: Steps) -> Gap:
        """Return the gap left by an absent value for which Azure documents no default."""
        return without_default(self.resource, self.spell(steps))

    def too_old(self, steps: Steps, since: str) -> Gap | None:
        """Return the gap of an absent property that the document's API version may not show.

        A property that is present as null is shown, whatever the version.

        Args:
            steps: The path of the property, relative to this subject.
            since: First API version that shows it; empty: every version does.
        """
        version = self.resource.origin.api_version or _OLDEST_UNSTATED
        if not since or version >= since or self.is_as_declared or is_null(self.node, steps):
            return None
        return unshown(self.resource, self.spell(steps), since)

    def misfit(self, steps: Steps, expected: str, found: str) -> Gap:
        """Return the gap left by a value of the wrong kind."""
        return misfit(self.resource, self.spell(steps), expected, found)

    def spell(self, steps: Steps) -> str:
        """Return a path relative to this subject as one from the root of the document, in words."""
        return spell_path(self.prefix + steps)

    def evidence(self, steps: Steps, expected: str, observed: object, seen: Seen) -> Evidence:
        """Return evidence for the value at a path relative to this subject."""
        found = self.resource
        return Evidence(found.id, self.spell(steps), expected, observed, seen, found.origin)

    def _wrong_kind(self, path: str, expected: str, found: object) -> NoDataError:
        """Return the error for a value of the wrong kind."""
        return NoDataError(self.misfit(parse_path(path), expected, describe(found)))

    def _note(self, steps: Steps, observed: object, seen: Seen) -> None:
        """Record on the trail what was at a path."""
        if isinstance(observed, Gap):
            seen, observed = seen_of(observed), None
        self.trail.note(self.resource, self.spell(steps), observed, seen)
