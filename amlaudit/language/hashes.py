"""The two hashes of the template language: `guid` and `uniqueString`.

https://learn.microsoft.com/azure/azure-resource-manager/templates/template-functions-string
"""

from typing import Final
from uuid import UUID, uuid5

_NAMESPACE: Final = UUID("11fb06fb-712d-4ddd-98c7-e71bbd588830")
"""The namespace of `guid`: a name-based UUID of version 5, the same in every tenant."""

_WORD: Final = 0xFFFFFFFF
_MIX: Final = (0x239B961B, 0xAB0E9789)
_ADD: Final = (0x561CCD1B, 0x0BCAA747)
_FINAL: Final = (0x85EBCA6B, 0xC2B2AE35)
_ALPHABET: Final = "abcdefghijklmnopqrstuvwxyz234567"


def guid(*texts: str) -> str:
    """Return the UUID derived from texts."""
    return str(uuid5(_NAMESPACE, "-".join(texts)))


def unique_string(*texts: str) -> str:
    """Return 13 letters and digits derived from texts: a 64-bit Murmur hash in base 32."""
    data = "-".join(texts).encode()
    one = two = 0
    whole = len(data) - len(data) % 8
    for start in range(0, whole, 8):
        one = _step(one ^ _left(data[start : start + 4]), 19, two, _ADD[0])
        two = _step(two ^ _right(data[start + 4 : start + 8]), 13, one, _ADD[1])
    one ^= _left(data[whole : whole + 4]) ^ len(data)
    two ^= _right(data[whole + 4 :]) ^ len(data)
    one = one + two & _WORD
    two = one + two & _WORD
    one, two = _finish(one), _finish(two)
    one = one + two & _WORD
    value = (one + two & _WORD) << 32 | one
    return "".join(_ALPHABET[(value << 1) >> (60 - 5 * place) & 31] for place in range(13))


def _rotate(word: int, by: int) -> int:
    """Rotate a 32-bit word to the left."""
    return (word << by | word >> (32 - by)) & _WORD


def _left(block: bytes) -> int:
    """Return the first half of a block, mixed."""
    word = int.from_bytes(block, "little") * _MIX[0] & _WORD
    return _rotate(word, 15) * _MIX[1] & _WORD


def _right(block: bytes) -> int:
    """Return the second half of a block, mixed."""
    word = int.from_bytes(block, "little") * _MIX[1] & _WORD
    return _rotate(word, 17) * _MIX[0] & _WORD


def _step(word: int, by: int, other: int, addend: int) -> int:
    """Return one half of the state after a block."""
    return ((_rotate(word, by) + other) * 5 + addend) & _WORD


def _finish(word: int) -> int:
    """Return a word in which every bit depends on every other."""
    word = (word ^ word >> 16) * _FINAL[0] & _WORD
    word = (word ^ word >> 13) * _FINAL[1] & _WORD
    return word ^ word >> 16
