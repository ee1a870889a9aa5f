"""Suggestions for unknown words."""

from collections.abc import Iterable
from operator import ne


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """Return " Did you mean …?" for the known word nearest to an unknown one, else nothing.

    Transposed letters are the likeliest slip, especially in ids, which are much alike.
    """
    words = list(known)
    swapped = [each for each in words if sorted(each) == sorted(word)]
    near = sorted(swapped, key=lambda each: _misplaced(word, each))[:1] or _close(word, words)
    return f' Did you mean "{near[0]}"?' if near else ""


def hinted(problem: str, word: str, known: Iterable[str]) -> str:
    """Return a problem with an unknown word, followed by the known word that is nearest to it."""
    hint = did_you_mean(word, known)
    return f"{problem}.{hint}" if hint else problem


def _misplaced(word: str, other: str) -> int:
    """Return in how many positions two words of equal length differ."""
    return sum(map(ne, word, other))


def _close(word: str, words: list[str]) -> list[str]:
    """Return the most similar word, if any is similar enough."""
    from difflib import get_close_matches  # noqa: PLC0415 - only mistakes need it

    return get_close_matches(word, words, n=1, cutoff=0.6)
