"""Ids for formats that require unique ones."""

from collections import Counter
from collections.abc import Iterable, Iterator
from hashlib import sha256


def numbered(keys: Iterable[str]) -> Iterator[str]:
    """Yield ids, each that occurs again with a number."""
    counts: Counter[str] = Counter()
    for key in keys:
        counts[key] += 1
        yield key if counts[key] == 1 else f"{key}-{counts[key]}"


def hash_of(*parts: str) -> str:
    """Return an id for something that is not a finding, derived from what identifies it."""
    return sha256("\x1f".join(parts).encode("utf-8", "surrogatepass")).hexdigest()[:32]
