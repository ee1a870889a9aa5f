"""Interns equal verdicts: held once, whichever rule gave them on whichever resource."""

from collections.abc import Hashable
from operator import attrgetter
from types import NoneType
from typing import Final, TypeAlias, TypeVar

from msgspec import Struct, field
from msgspec.structs import replace

from amlaudit.core.caching import keep
from amlaudit.core.verdict import Evidence, Look, Other, Verdict
from amlaudit.engine.outcome import Tally

_MAX_KNOWN: Final = 8192
"""Verdicts, and as many of what they rest on, that are kept for reuse; the oldest are evicted."""

_UNAMBIGUOUS: Final = frozenset({str, Tally, int, bool, NoneType})
"""Types whose equal values, if of the same type, are always spelled the same."""

_observed: Final = attrgetter("observed")

_Key = TypeVar("_Key", bound=Hashable)
_Value = TypeVar("_Value")
_Looks: TypeAlias = tuple[Look | Evidence, ...]
_Others: TypeAlias = tuple[Other, ...]
_Types: TypeAlias = tuple[type, ...]


class VerdictPool(Struct, frozen=True):
    """The verdicts so far; most later ones equal one of them."""

    _verdicts: dict[Hashable, Verdict] = field(default_factory=dict)
    _looks: dict[tuple[_Looks, _Types], _Looks] = field(default_factory=dict)
    _others: dict[_Others, _Others] = field(default_factory=dict)
    _unchanged: dict[int, Verdict] = field(default_factory=dict)

    def intern(self, verdict: Verdict, judged: Other) -> tuple[Verdict, _Others]:
        """Return the first verdict equal to this one, and the other resources it is based on.

        Its looks refer to these by number, so that it can be shared whichever they are.

        Args:
            verdict: The verdict.
            judged: The resource it is about.
        """
        if id(verdict) in self._unchanged:  # a rule may cache its verdicts itself
            return verdict, ()
        looks: _Looks = verdict.looks
        others: _Others = ()
        if Evidence in map(type, looks):
            looks, others = self._numbered(looks, judged)
        types = tuple(map(type, map(_observed, looks)))  # 1 equals True
        if not _UNAMBIGUOUS.issuperset(types):
            return replace(verdict, looks=looks), others
        key = verdict.status, verdict.message, verdict.reason, verdict.permission, looks, types
        known = self._verdicts.get(key)
        if known is None:
            shared = verdict
            if looks is not verdict.looks:
                shared = replace(verdict, looks=_first(self._looks, (looks, types), looks))
            known = keep(self._verdicts, key, shared, _MAX_KNOWN)
        if known is verdict:
            keep(self._unchanged, id(verdict), verdict, _MAX_KNOWN)
        return known, others

    def _numbered(self, looks: _Looks, judged: Other) -> tuple[_Looks, _Others]:
        """Return looks with resources as numbers, and the other resources numbered; see `Look`."""
        numbers = {judged: 0}
        found = [_look(each, numbers) if isinstance(each, Evidence) else each for each in looks]
        others = tuple(each for each in numbers if each != judged)
        return tuple(found), _first(self._others, others, others)


def _first(known: dict[_Key, _Value], key: _Key, value: _Value) -> _Value:
    """Return the first value with a key: a known one, or this one, which is known from now on."""
    first = known.get(key)
    return keep(known, key, value, _MAX_KNOWN) if first is None else first


def _look(found: Evidence, numbers: dict[Other, int]) -> Look:
    """Return evidence as a look at a resource by its number; a new resource gets the next one."""
    at = numbers.setdefault(Other(found.resource_id, found.origin), len(numbers))
    return Look(found.path, found.expected, found.observed, found.seen, at)
