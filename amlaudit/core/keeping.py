"""Answers that are kept while there is room: what is asked for together is asked for again soon."""

from typing import TypeVar

Key = TypeVar("Key")
Answer = TypeVar("Answer")


def keep(kept: dict[Key, Answer], key: Key, answer: Answer, most: int) -> Answer:
    """Return an answer, and keep it under its key, in place of the oldest of `most`."""
    if len(kept) == most:
        del kept[next(iter(kept))]
    kept[key] = answer
    return answer
