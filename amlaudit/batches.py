"""Storing items outside of memory, in batches in a temporary file."""

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
"""Bytes of batches that are kept in memory before a file is created: 1 MiB."""

_TOGETHER: Final = 64
"""Items in a batch, where the number does not matter."""

Item = TypeVar("Item")

Place: TypeAlias = int
"""The index of a batch: the number of batches before it."""


class Batches:
    """Batches of items outside of memory, in a temporary file once they are large enough."""

    def __init__(self, limit: int = 0) -> None:
        """Start empty.

        Args:
            limit: Maximum number of items held in memory; once there are more, none is.
        """
        self._room = limit
        self._held: list[Sequence[object]] = []
        self._ends = array("Q")
        self._file = SpooledTemporaryFile(_UNFILED)  # noqa: SIM115 - it lives as long as this
        finalize(self, self._file.close)

    def add(self, batch: Sequence[object], size: int = 1) -> Place:
        """Append a batch that counts as a number of items; return its place."""
        self._room -= size
        if self._room >= 0:
            self._held.append(batch)
            return len(self._held) - 1
        while self._held:
            self._write(self._held.pop(0))
        self._write(batch)
        return len(self._ends) - 1

    def _write(self, batch: Sequence[object]) -> None:
        """Append a batch to the file, writing objects that its items share only once."""
        self._file.seek(0, SEEK_END)
        self._file.write(_packed(batch))
        self._ends.append(self._file.tell())

    def at(self, place: Place) -> Sequence[Any]:
        """Return the batch at a place."""
        if self._held:
            return self._held[place]
        start = self._ends[place - 1] if place else 0
        self._file.seek(start)
        # Our own bytes, in an unnamed file.
        found: Sequence[Any] = pickle.loads(self._file.read(self._ends[place] - start))  # noqa: S301
        return found


class SpilledList(Collection[Item]):
    """Items in insertion order; those beyond a limit are stored in batches."""

    def __init__(self, limit: int, batches: Batches | None = None) -> None:
        """Start empty.

        Args:
            limit: Number of items in memory.
            batches: Storage for the others, if it is shared.
        """
        self._limit = limit
        self._first: list[Item] = []
        self._batches = batches or Batches()
        self._places: list[Place] = []
        self._last: list[Item] = []

    def add(self, item: Item) -> None:
        """Add an item."""
        if len(self._first) < self._limit:
            self._first.append(item)
            return
        self._last.append(item)
        if len(self._last) == _TOGETHER:
            self._places.append(self._batches.add(self._last))
            self._last.clear()

    def __len__(self) -> int:
        """Return the number of items."""
        return len(self._first) + len(self._places) * _TOGETHER + len(self._last)

    def __contains__(self, item: object) -> bool:
        """Tell whether an item is among them."""
        return any(each == item for each in self)

    def __iter__(self) -> Iterator[Item]:
        """Yield them."""
        batches = map(self._batches.at, self._places)
        return chain(self._first, chain.from_iterable(batches), self._last)


class Sorted(Generic[Item]):
    """Any number of items sorted by a key: a merge sort of runs outside of memory."""

    def __init__(self, key: Callable[[Item], Any], limit: int) -> None:
        """Take the sort key, and the maximum number of items in memory."""
        self._key = key
        self._limit = limit
        self._batches = Batches()
        self._runs: list[SpilledList[Item]] = []
        self._last: list[Item] = []

    def add(self, item: Item) -> None:
        """Add an item."""
        self._last.append(item)
        if len(self._last) == self._limit:
            self._runs.append(SpilledList(0, self._batches))
            for each in sorted(self._last, key=self._key):
                self._runs[-1].add(each)
            self._last.clear()

    def __iter__(self) -> Iterator[Item]:
        """Yield them in order; items with equal keys stay in insertion order."""
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
