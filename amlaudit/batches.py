"""Things outside of memory: batches of them lie in a temporary file."""

import copyreg
import pickle
from collections.abc import Sequence
from io import BytesIO
from os import SEEK_END
from tempfile import SpooledTemporaryFile
from types import MappingProxyType
from typing import Any, Final, TypeAlias
from weakref import finalize

_UNFILED: Final = 2**23
"""Bytes of batches that need no file yet: 8 MiB."""

Place: TypeAlias = tuple[int, int]
"""Of a batch in the file: where it begins, and its length in bytes."""


class Batches:
    """Batches of things outside of memory, in a temporary file as soon as they are worth one."""

    def __init__(self) -> None:
        """Begin without any."""
        self._file = SpooledTemporaryFile(_UNFILED)  # noqa: SIM115 - it lives as long as this
        finalize(self, self._file.close)

    def add(self, batch: Sequence[object]) -> Place:
        """Append a batch, in which what its things share is written once; return its place."""
        packed = _packed(batch)
        place = self._file.seek(0, SEEK_END), len(packed)
        self._file.write(packed)
        return place

    def at(self, place: Place) -> Sequence[Any]:
        """Return the batch at a place."""
        start, length = place
        self._file.seek(start)
        # Bytes of our own, in a file that has no name.
        found: Sequence[Any] = pickle.loads(self._file.read(length))  # noqa: S301
        return found


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
