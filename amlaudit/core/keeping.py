"""Answers that are kept while there is room: what is asked for together is asked for again soon."""

from itertools import islice
from typing import Final, TypeVar

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
