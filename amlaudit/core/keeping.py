"""Answers that are kept while there is room: what is asked for together is asked for again soon."""

from collections.abc import Callable
from itertools import islice
from typing import Final, Generic, TypeVar

Thing = TypeVar("Thing")
Key = TypeVar("Key")
Answer = TypeVar("Answer")

_OLDEST: Final = 8
"""One in how many answers goes when there is no room: a dictionary finds its first key the more
slowly, the more have gone before it."""


def keep(kept: dict[Key, Answer], key: Key, answer: Answer, most: int) -> Answer:
    """Return an answer, and keep it under its key; where there are `most`, the oldest go."""
    if len(kept) >= most:
        for oldest in tuple(islice(kept, most // _OLDEST + 1)):
            del kept[oldest]
    kept[key] = answer
    return answer


class Once(Generic[Thing, Answer]):
    """Answers once for each of the things that many share.

    It tells things apart by their identity, which is quick, and takes them as they are: they need
    no hash, and 1 is not taken for True.
    """

    def __init__(self, answer: Callable[[Thing], Answer], most: int) -> None:
        """Take what gives the answer about a thing, and how many answers are kept."""
        self._answer = answer
        self._most = most
        self._kept: dict[int, tuple[Thing, Answer]] = {}  # a thing's identity is its own for life

    def __call__(self, thing: Thing) -> Answer:
        """Return the answer about a thing."""
        known = self._kept.get(id(thing))
        if known is None:
            known = keep(self._kept, id(thing), (thing, self._answer(thing)), self._most)
        return known[1]
