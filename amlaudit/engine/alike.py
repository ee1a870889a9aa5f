"""Verdicts that many resources share: alike ones are held once, whatever gave them."""

from types import NoneType
from typing import Any, Final, TypeVar

from msgspec import Struct, field
from msgspec.structs import replace

from amlaudit.core.keeping import keep
from amlaudit.core.verdict import Evidence, Look, Verdict
from amlaudit.engine.outcome import Tally

_MOST_KNOWN: Final = 8192
"""Verdicts, and looks, that others may be like, oldest out first."""

_CLEAR: Final = frozenset({str, Tally, int, bool, NoneType})
"""Kinds of values of which those that are equal, and of one kind, are spelled alike."""

_Found = TypeVar("_Found", Look, Verdict)


class Alike(Struct, frozen=True):
    """What was found so far; most of what is found later is like it."""

    _known: dict[object, Any] = field(default_factory=dict)

    def one_of(self, verdict: Verdict) -> Verdict:
        """Return the first verdict that is like one.

        One that rests on other resources too is like no other, but its looks may be.
        """
        if Evidence in map(type, verdict.looks):
            looks = tuple([self._one_look(each) for each in verdict.looks])
            return replace(verdict, looks=looks)
        return self._first(verdict, *[each.observed.__class__ for each in verdict.looks])

    def _one_look(self, look: Look | Evidence) -> Look | Evidence:
        """Return the first look that is like one at the resource that is judged."""
        return look if isinstance(look, Evidence) else self._first(look, look.observed.__class__)

    def _first(self, found: _Found, *kinds: type) -> _Found:
        """Return the first that is like what was found, observed values being of some kinds."""
        if not _CLEAR.issuperset(kinds):
            return found
        key = found, kinds  # 1 equals True
        known: _Found | None = self._known.get(key)
        return known or keep(self._known, key, found, _MOST_KNOWN)
