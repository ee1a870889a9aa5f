"""What was observed, as plain JSON values, and the hash that tells whether it has changed."""

import json
import math
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from hashlib import sha256
from operator import itemgetter
from typing import Final, NamedTuple, TypeAlias

from amlaudit.core.keeping import Once
from amlaudit.core.verdict import Evidence, Look, Other

_encode: Final = json.JSONEncoder(separators=(",", ":")).encode
_quoted: Final = json.encoder.encode_basestring_ascii

_DEEPEST: Final = 64
"""Levels of an observed value that are kept; no ARM document comes near, a crafted file can."""


_MOST_KEPT: Final = 256
"""Rows that are kept: the verdicts of a rule come together."""


Row: TypeAlias = tuple[int | Other, list[str]]
"""What is told of looks at one resource, in their order; the resource by its number, see `Look`."""


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
        case list() | tuple():
            return [plain(member, depth + 1) for member in value]
        case Mapping():
            members = ((str(key), plain(member, depth + 1)) for key, member in value.items())
            return dict(sorted(members, key=itemgetter(0)))
        case _:
            return str(value)


def evidence_sha256(evidence: Iterable[Evidence]) -> str:
    """Return the hash of what was observed: it changes when a value does, and with nothing else.

    What was expected, where a document came from and when it was read stay outside.
    """
    return _hash_of(_rows_of(evidence), ())


class Around(NamedTuple):
    """What stands around the looks at one resource, one after the other.

    Attributes:
        before: What comes before the first.
        between: What parts each from the next.
        after: What comes after the last.
    """

    before: str
    between: str
    after: str


class EvidenceHashes:
    """What `evidence_sha256` returns, for many findings: what they share is spelled once."""

    def __init__(self) -> None:
        """Begin without any."""
        self._rows: Once[Sequence[Look | Evidence], list[Row]] = Once(_rows_of, _MOST_KEPT)

    def of(
        self, looks: Sequence[Look | Evidence], resource_id: str, others: Sequence[Other] = ()
    ) -> str:
        """Return the hash of what a verdict on a resource rests on; see `Finding` for others."""
        ids = [resource_id]
        if others:
            ids += [each.resource_id for each in others]
        return _hash_of(self._rows(looks), ids)


def _hash_of(rows: Iterable[Row], ids: Sequence[str]) -> str:
    """Return the hash of rows as JSON, a list for each look, given the ids that they number."""
    told = put_together(rows, list(map(_around, ids)), lambda other: _around(other.resource_id))
    return sha256(f"[{','.join(told)}]".encode()).hexdigest()


def _around(resource_id: str) -> Around:
    """Return what stands around what was looked at on a resource: each look begins with its id."""
    own = _quoted(resource_id)
    return Around(f"[{own},", f"],[{own},", "]")


def _rows_of(looks: Iterable[Look | Evidence]) -> list[Row]:
    """Return what was observed, a text for each look."""
    return in_rows(looks, _told)


def _told(look: Look | Evidence) -> str:
    """Return what was observed as members of a JSON list."""
    observed = spelled(look.observed, _quoted, _encode)
    return f"{_quoted(look.path)},{observed},{_quoted(look.seen)}"


def in_rows(looks: Iterable[Look | Evidence], tell: Callable[[Look | Evidence], str]) -> list[Row]:
    """Return what is told of looks, together where they are at one resource one after the other."""
    rows: list[Row] = []
    for each in looks:
        at = each.at if isinstance(each, Look) else Other(each.resource_id, each.origin)
        if rows and rows[-1][0] == at:
            rows[-1][1].append(tell(each))
        else:
            rows.append((at, [tell(each)]))
    return rows


def put_together(
    rows: Iterable[Row], places: Sequence[Around], around: Callable[[Other], Around]
) -> Iterator[str]:
    """Yield the text of each row.

    Args:
        rows: What was looked at.
        places: What stands around looks at the resources that rows number.
        around: Returns it for a resource that a row names itself.
    """
    for at, seen in rows:
        before, between, after = places[at] if isinstance(at, int) else around(at)
        yield f"{before}{between.join(seen)}{after}"


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
