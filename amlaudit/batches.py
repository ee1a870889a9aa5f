"""Things outside of memory: batches of them lie in a temporary file."""

import copyreg
import pickle
from array import array
from collections.abc import Callable, Collection, Iterator, Sequence
from heapq import merge
from io import BytesIO
from itertools import chain
from os import SEEK_END
from tempfile import SpooledTemporaryFile
from types import MappingProxyType
from typing import Any, Final, Generic, TypeAlias, TypeVar
from weakref import finalize

_UNFILED: Final = 2**20
"""Bytes of batches that need no file yet: 1 MiB."""

_TOGETHER: Final = 64
"""Things of a batch, where it does not matter."""

Thing = TypeVar("Thing")

Place: TypeAlias = int
"""Of a batch: how many came before it."""


class Batches:
    """Batches of things outside of memory, in a temporary file as soon as they are worth one."""

    def __init__(self, most: int = 0) -> None:
        """Begin without any.

        Args:
            most: How many things may stay in memory; as soon as there are more, none does.
        """
        self._room = most
        self._held: list[Sequence[object]] = []
        self._ends = array("Q")
        self._file = SpooledTemporaryFile(_UNFILED)  # noqa: SIM115 - it lives as long as this
        finalize(self, self._file.close)

    def add(self, batch: Sequence[object], things: int = 1) -> Place:
        """Append a batch of so many things; return its place."""
        self._room -= things
        if self._room >= 0:
            self._held.append(batch)
            return len(self._held) - 1
        while self._held:
            self._write(self._held.pop(0))
        self._write(batch)
        return len(self._ends) - 1

    def _write(self, batch: Sequence[object]) -> None:
        """Append a batch to the file, in which what its things share is written once."""
        self._file.seek(0, SEEK_END)
        self._file.write(_packed(batch))
        self._ends.append(self._file.tell())

    def at(self, place: Place) -> Sequence[Any]:
        """Return the batch at a place."""
        if self._held:
            return self._held[place]
        start = self._ends[place - 1] if place else 0
        self._file.seek(start)
        # Bytes of our own, in a file that has no name.
        found: Sequence[Any] = pickle.loads(self._file.read(self._ends[place] - start))  # noqa: S301
        return found


class Kept(Collection[Thing]):
    """Things in the order in which they came; those that are too many lie in batches."""

    def __init__(self, most: int, batches: Batches | None = None) -> None:
        """Begin without any.

        Args:
            most: How many are in memory.
            batches: Where the others lie, if they lie beside something else.
        """
        self._most = most
        self._first: list[Thing] = []
        self._batches = batches or Batches()
        self._places: list[Place] = []
        self._last: list[Thing] = []

    def add(self, thing: Thing) -> None:
        """Add a thing."""
        if len(self._first) < self._most:
            self._first.append(thing)
            return
        self._last.append(thing)
        if len(self._last) == _TOGETHER:
            self._places.append(self._batches.add(self._last))
            self._last.clear()

    def __len__(self) -> int:
        """Return how many there are."""
        return len(self._first) + len(self._places) * _TOGETHER + len(self._last)

    def __contains__(self, thing: object) -> bool:
        """Tell whether a thing is among them."""
        return any(each == thing for each in self)

    def __iter__(self) -> Iterator[Thing]:
        """Yield them."""
        batches = map(self._batches.at, self._places)
        return chain(self._first, chain.from_iterable(batches), self._last)


class Sorted(Generic[Thing]):
    """Things by a key, however many: a merge sort of runs that lie outside of memory."""

    def __init__(self, key: Callable[[Thing], Any], most: int) -> None:
        """Take what things are ordered by, and how many of them may be in memory."""
        self._key = key
        self._most = most
        self._batches = Batches()
        self._runs: list[Kept[Thing]] = []
        self._last: list[Thing] = []

    def add(self, thing: Thing) -> None:
        """Add a thing."""
        self._last.append(thing)
        if len(self._last) == self._most:
            self._runs.append(Kept(0, self._batches))
            for each in sorted(self._last, key=self._key):
                self._runs[-1].add(each)
            self._last.clear()

    def __iter__(self) -> Iterator[Thing]:
        """Yield them; of those with one key the first comes first."""
        return merge(*self._runs, sorted(self._last, key=self._key), key=self._key)


def _packed(batch: object) -> bytes:
    """Return a batch as bytes; read-only mappings, which evidence holds, are written as such."""
    packed = BytesIO()
    pickler = pickle.Pickler(packed, pickle.HIGHEST_PROTOCOL)
    pickler.dispatch_table = _REDUCERS
    pickler.dump(batch)
    return packed.getvalue()


def _read_only(mapping: dict[Any, Any]) -> "MappingProxyType[Any, Any]":
    """Return a read-only mapping; its class cannot be named in a pickle."""
    return MappingProxyType(mapping)


_REDUCERS: Final = copyreg.dispatch_table | {
    MappingProxyType: lambda mapping: (_read_only, (dict(mapping),))
}
