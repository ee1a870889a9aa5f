"""What was observed, as plain JSON values, and the hash that tells whether it has changed."""

import json
import math
from collections.abc import Callable, Iterable, Mapping
from hashlib import sha256
from operator import itemgetter
from typing import Final

from amlaudit.core.verdict import Evidence

_encode: Final = json.JSONEncoder(separators=(",", ":")).encode
_quoted: Final = json.encoder.encode_basestring_ascii

_DEEPEST: Final = 64
"""Levels of an observed value that are kept; no ARM document comes near, a crafted file can."""


def plain(value: object, depth: int = 0) -> object:
    """Return an observed value as JSON can hold it, keys sorted.

    Numbers that JSON has not (`1e999` in a document reads as infinity) and what a rule took for a
    default that is no JSON value become text, and so does what lies deeper than `_DEEPEST`.
    """
    if depth == _DEEPEST and isinstance(value, Mapping | list | tuple):
        return "…"
    match value:
        case Mapping():
            members = ((str(key), plain(member, depth + 1)) for key, member in value.items())
            return dict(sorted(members, key=itemgetter(0)))
        case list() | tuple():
            return [plain(member, depth + 1) for member in value]
        case float() if not math.isfinite(value):
            return str(value)
        case None | str() | int() | float():
            return value
        case _:
            return str(value)


def evidence_sha256(evidence: Iterable[Evidence]) -> str:
    """Return the hash of what was observed: it changes when a value does, and with nothing else.

    What was expected, where a document came from and when it was read stay outside.
    """
    looks = ",".join(
        f"[{_quoted(resource_id)},{_quoted(path)},"
        f"{spelled(observed, _quoted, _encode)},{_quoted(seen)}]"
        for resource_id, path, _, observed, seen, _ in evidence
    )
    return sha256(f"[{looks}]".encode()).hexdigest()


def spelled(value: object, quote: Callable[[str], str], encode: Callable[[object], str]) -> str:
    """Return an observed value as JSON text; most of them are texts, flags and counts.

    Args:
        value: The value.
        quote: Spells a text.
        encode: Spells whatever else JSON can hold, in several times the time.
    """
    match value:
        case str():
            return quote(value)
        case bool():
            return "true" if value else "false"
        case int():
            return str(value)
        case None:
            return "null"
        case _:
            return encode(plain(value))
