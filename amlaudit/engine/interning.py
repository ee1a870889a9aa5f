"""Interns equal verdicts: held once, whichever rule gave them on whichever resource."""

from operator import attrgetter
from types import NoneType
from typing import Any, Final, TypeAlias, TypeVar

from msgspec import Struct, field
from msgspec.structs import replace

from amlaudit.core.caching import keep
from amlaudit.core.verdict import Evidence, Look, Other, Verdict
from amlaudit.engine.outcome import Tally

_MOST_KNOWN: Final = 8192
"""Verdicts, and what they are based on, that are kept for reuse; the oldest are evicted first."""

_CLEAR: Final = frozenset({str, Tally, int, bool, NoneType})
"""Types whose equal values, if of the same type, are always spelled the same."""

_observed: Final = attrgetter("observed")

_Found = TypeVar("_Found")
_Looks: TypeAlias = tuple[Look | Evidence, ...]
_Others: TypeAlias = tuple[Other, ...]


class VerdictPool(Struct, frozen=True):
    """The verdicts so far; most later ones equal one of them."""

    _known: dict[object, Any] = field(default_factory=dict)
    _given: dict[int, Verdict] = field(default_factory=dict)

    def intern(self, verdict: Verdict, judged: Other) -> tuple[Verdict, _Others]:
        """Return the first verdict equal to this one, and the other resources it is based on.

        Its looks refer to these by number, so that it can be shared whichever they are.

        Args:
            verdict: The verdict.
            judged: The resource it is about.
        """
        if id(verdict) in self._given:  # a rule may cache its verdicts itself
            return verdict, ()
        looks: _Looks = verdict.looks
        others: _Others = ()
        if Evidence in map(type, looks):
            looks, others = self._numbered(looks, judged)
        kinds = tuple(map(type, map(_observed, looks)))  # 1 equals True
        if not _CLEAR.issuperset(kinds):
            return replace(verdict, looks=looks), others
        key = verdict.status, verdict.message, verdict.reason, verdict.permission, looks, kinds
        known: Verdict | None = self._known.get(key)
        if known is None:
            shared = verdict
            if looks is not verdict.looks:
                shared = replace(verdict, looks=self._first((looks, kinds), looks))
            known = keep(self._known, key, shared, _MOST_KNOWN)
        if known is verdict:
            keep(self._given, id(verdict), verdict, _MOST_KNOWN)
        return known, others

    def _numbered(self, looks: _Looks, judged: Other) -> tuple[_Looks, _Others]:
        """Return looks with resources as numbers, and the other resources numbered; see `Look`."""
        numbers = {judged: 0}
        found = [_look(each, numbers) if isinstance(each, Evidence) else each for each in looks]
        others = tuple(each for each in numbers if each != judged)
        return tuple(found), self._first(others, others)

    def _first(self, key: object, found: _Found) -> _Found:
        """Return the first value found with a key."""
        known: _Found | None = self._known.get(key)
        return keep(self._known, key, found, _MOST_KNOWN) if known is None else known


def _look(found: Evidence, numbers: dict[Other, int]) -> Look:
    """Return evidence as a look at a resource by its number; a new resource gets the next one."""
    at = numbers.setdefault(Other(found.resource_id, found.origin), len(numbers))
    return Look(found.path, found.expected, found.observed, found.seen, at)
