"""What was observed, as plain JSON values, and the hash that tells whether it has changed."""

import json
import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from hashlib import sha256
from operator import itemgetter
from typing import Final, TypeAlias

from amlaudit.core.keeping import Once
from amlaudit.core.verdict import Evidence, Look, Other

_encode: Final = json.JSONEncoder(separators=(",", ":")).encode
_quoted: Final = json.encoder.encode_basestring_ascii

_DEEPEST: Final = 64
"""Levels of an observed value that are kept; no ARM document comes near, a crafted file can."""


_MOST_KEPT: Final = 256
"""Rows that are kept: the verdicts of a rule come together."""


def plain(value: object, depth: int = 0) -> object:
    """Return an observed value as JSON can hold it, keys sorted.

    Numbers that JSON has not (`1e999` in a document reads as infinity) and what a rule took for a
    default that is no JSON value become text, and so does what lies deeper than `_DEEPEST`.
    """
    if depth == _DEEPEST and isinstance(value, Mapping | list | tuple):
        return "…"
    match value:
        case None | str() | int():  # as most of them are
            return value
        case float() if math.isfinite(value):
            return value
        case Mapping():
            members = ((str(key), plain(member, depth + 1)) for key, member in value.items())
            return dict(sorted(members, key=itemgetter(0)))
        case list() | tuple():
            return [plain(member, depth + 1) for member in value]
        case _:
            return str(value)


def evidence_sha256(evidence: Iterable[Evidence]) -> str:
    """Return the hash of what was observed: it changes when a value does, and with nothing else.

    What was expected, where a document came from and when it was read stay outside.
    """
    return _hash_of(_rows_of(evidence), ())


class EvidenceHashes:
    """What `evidence_sha256` returns, for many findings: what they share is spelled once."""

    def __init__(self) -> None:
        """Begin without any."""
        self._rows: Once[Sequence[Look | Evidence], Sequence[_Row]] = Once(_rows_of, _MOST_KEPT)

    def of(
        self, looks: Sequence[Look | Evidence], resource_id: str, others: Iterable[Other] = ()
    ) -> str:
        """Return the hash of what a verdict on a resource rests on; see `Finding` for others."""
        ids = [_quoted(resource_id)]
        if others:
            ids += [_quoted(each.resource_id) for each in others]
        return _hash_of(self._rows(looks), ids)


_Row: TypeAlias = tuple[int | str, str]
"""What a look was at, by its number or as JSON text, and what was observed there."""


def _hash_of(rows: Iterable[_Row], ids: Sequence[str]) -> str:
    """Return the hash of rows as JSON lists, given the ids that they number as JSON strings."""
    told = ",".join([f"[{ids[at] if isinstance(at, int) else at},{seen}]" for at, seen in rows])
    return sha256(f"[{told}]".encode()).hexdigest()


def _rows_of(looks: Iterable[Look | Evidence]) -> Sequence[_Row]:
    """Return what was observed, a row for each look."""
    return [
        (
            each.at if isinstance(each, Look) else _quoted(each.resource_id),
            f"{_quoted(each.path)},{spelled(each.observed, _quoted, _encode)},{_quoted(each.seen)}",
        )
        for each in looks
    ]


def spelled(value: object, quote: Callable[[str], str], encode: Callable[[object], str]) -> str:
    """Return an observed value as JSON text; most of them are texts, flags and counts.

    Args:
        value: The value.
        quote: Spells a text.
        encode: Spells whatever else JSON can hold, in several times the time.
    """
    if isinstance(value, str):
        return quote(value)
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int):
        return str(value)
    return "null" if value is None else encode(plain(value))
