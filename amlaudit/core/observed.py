"""What was observed, as plain JSON values, and the hash that tells whether it has changed."""

import json
import math
from collections.abc import Iterable, Mapping
from hashlib import sha256
from operator import itemgetter
from typing import Final

from amlaudit.core.verdict import Evidence

_encode: Final = json.JSONEncoder(separators=(",", ":")).encode

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
    looks = [(each.resource_id, each.path, plain(each.observed), each.seen) for each in evidence]
    return sha256(_encode(looks).encode()).hexdigest()
