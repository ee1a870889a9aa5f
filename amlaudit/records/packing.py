"""Packs columns of numbers and JSON values into the bytes that a history stores."""

import json
import sys
import zlib
from array import array
from collections.abc import Iterable
from itertools import accumulate, pairwise
from typing import Any, Final

_MAX: Final = 2**28
"""Maximum unpacked size in bytes: 33 million findings of one run."""
_WORD: Final = "I"


def packed_pairs(pairs: Iterable[tuple[int, int]]) -> bytes:
    """Return pairs of numbers as bytes; equal pairs give equal bytes, in any order.

    All first numbers precede the second ones, each stored as the difference from its predecessor:
    most runs have the same findings as the one before, and a column of ones takes almost no space.
    """
    ordered = sorted(pairs)
    firsts = [first for first, _ in ordered]
    steps = [after - before for before, after in pairwise([0, *firsts])]
    words = array(_WORD, [*steps, *(second for _, second in ordered)])
    if sys.byteorder == "big":
        words.byteswap()
    return zlib.compress(words.tobytes())


def pairs_of(content: bytes) -> dict[int, int]:
    """Return the pairs of numbers that `packed_pairs` packed, the second by the first.

    Raises:
        ValueError: They are damaged.
    """
    words = array(_WORD)
    words.frombytes(_unpacked(content))
    if sys.byteorder == "big":
        words.byteswap()
    half, odd = divmod(len(words), 2)
    if odd:
        raise ValueError("a column is incomplete")
    return dict(zip(accumulate(words[:half]), words[half:], strict=True))


def packed_json(value: object) -> bytes:
    """Return a JSON value as bytes."""
    return zlib.compress(json.dumps(value, separators=(",", ":")).encode())


def json_of(content: bytes) -> Any:  # noqa: ANN401 - a JSON value
    """Return the JSON value that `packed_json` packed.

    Raises:
        ValueError: It is damaged.
    """
    return json.loads(_unpacked(content))


def _unpacked(content: bytes) -> bytes:
    """Return the unpacked bytes, if they do not exceed the maximum."""
    unpacker = zlib.decompressobj()
    try:
        found = unpacker.decompress(content, _MAX)
    except zlib.error as error:
        raise ValueError(str(error)) from error
    if not unpacker.eof:
        raise ValueError("it is truncated, or too large when unpacked")
    return found
