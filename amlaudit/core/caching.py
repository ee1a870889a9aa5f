"""Bounded caches: recently requested answers are likely to be requested again soon."""

from collections.abc import Callable
from itertools import islice
from typing import Final, Generic, TypeVar

Argument = TypeVar("Argument")
Key = TypeVar("Key")
Answer = TypeVar("Answer")

_EVICTED_DIVISOR: Final = 8
"""One in this many entries of a full cache is evicted at once: finding the first key of a dict gets
slower the more keys before it were deleted."""


def keep(kept: dict[Key, Answer], key: Key, answer: Answer, limit: int) -> Answer:
    """Return an answer and cache it under its key; if there are `limit`, evict the oldest."""
    if len(kept) >= limit:
        for oldest in tuple(islice(kept, limit // _EVICTED_DIVISOR + 1)):
            del kept[oldest]
    kept[key] = answer
    return answer


class IdentityCache(Generic[Argument, Answer]):
    """A cache of the answer about each of the objects that many share.

    Objects are compared by identity, which is quick: they need not be hashable, and 1 is not
    confused with True.
    """

    def __init__(self, answer: Callable[[Argument], Answer], limit: int) -> None:
        """Take the function that answers for an object, and how many answers to keep."""
        self._answer = answer
        self._limit = limit
        self._kept: dict[int, tuple[Argument, Answer]] = {}  # holds objects, so ids stay unique

    def __call__(self, argument: Argument) -> Answer:
        """Return the answer about an object."""
        known = self._kept.get(id(argument))
        if known is None:
            known = keep(self._kept, id(argument), (argument, self._answer(argument)), self._limit)
        return known[1]
