"""Bounded caches: recently requested answers are likely to be requested again soon."""

from collections.abc import Callable
from itertools import islice
from typing import Final, Generic, TypeVar

Thing = TypeVar("Thing")
Key = TypeVar("Key")
Answer = TypeVar("Answer")

_OLDEST: Final = 8
"""The fraction of a full cache that is evicted, as a divisor: finding the first key of a dict gets
slower the more keys before it were deleted."""


def keep(kept: dict[Key, Answer], key: Key, answer: Answer, limit: int) -> Answer:
    """Return an answer and cache it under its key; if there are `limit`, evict the oldest."""
    if len(kept) >= limit:
        for oldest in tuple(islice(kept, limit // _OLDEST + 1)):
            del kept[oldest]
    kept[key] = answer
    return answer


class Once(Generic[Thing, Answer]):
    """A cache of the answer about each of the objects that many share.

    Objects are compared by identity, which is quick: they need not be hashable, and 1 is not
    confused with True.
    """

    def __init__(self, answer: Callable[[Thing], Answer], limit: int) -> None:
        """Take the function that answers for an object, and how many answers to keep."""
        self._answer = answer
        self._limit = limit
        self._kept: dict[int, tuple[Thing, Answer]] = {}  # holds objects, so ids stay unique

    def __call__(self, thing: Thing) -> Answer:
        """Return the answer about an object."""
        known = self._kept.get(id(thing))
        if known is None:
            known = keep(self._kept, id(thing), (thing, self._answer(thing)), self._limit)
        return known[1]
