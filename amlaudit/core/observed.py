"""What was observed, as plain JSON values, and the hash that shows whether it has changed.

Thousands of resources share a verdict: its looks are serialised once (`grouped`), and only the
resource that they were made at is written around them for each finding (`framed`).
"""

import json
import math
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from hashlib import sha256
from operator import itemgetter
from typing import Final, NamedTuple, TypeAlias

from amlaudit.core.caching import IdentityCache
from amlaudit.core.verdict import Evidence, Look, Other

_encode: Final = json.JSONEncoder(separators=(",", ":")).encode
_quoted: Final = json.encoder.encode_basestring_ascii

_DEEPEST: Final = 64
"""Levels of an observed value that are kept; no ARM document is nearly as deep, but a crafted file
can be."""


_MAX_KEPT: Final = 256
"""Number of cached row lists: the verdicts of a rule come together."""


Row: TypeAlias = tuple[int | Other, list[str]]
"""The texts of looks at one resource, in order; the resource by its number, see `Look`."""


def plain(value: object, depth: int = 0) -> object:
    """Return an observed value in a form that JSON can represent, keys sorted.

    Numbers that JSON lacks (`1e999` in a document reads as infinity) and a rule's default that is
    not a JSON value become text, and so does anything deeper than `_DEEPEST`.
    """
    if depth == _DEEPEST and isinstance(value, Mapping | list | tuple):
        return "…"
    match value:
        case None | str() | int():  # most of them
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
    """Return the hash of what was observed: it changes if and only if a value does.

    What was expected, where a document came from and when it was read are not included.
    """
    return _hash_of(_rows_of(evidence), ())


class Frame(NamedTuple):
    """The text around successive looks at one resource.

    Attributes:
        before: What comes before the first.
        between: What separates each from the next.
        after: What comes after the last.
    """

    before: str
    between: str
    after: str


class EvidenceHashes:
    """Evidence hashes of many findings, see `evidence_sha256`; shared parts are serialised once."""

    def __init__(self) -> None:
        """Start with an empty cache."""
        self._rows: IdentityCache[Sequence[Look | Evidence], list[Row]] = IdentityCache(
            _rows_of, _MAX_KEPT
        )

    def of(
        self, looks: Sequence[Look | Evidence], resource_id: str, others: Sequence[Other] = ()
    ) -> str:
        """Return the hash of what a verdict on a resource rests on; see `Finding` for `others`."""
        ids = [resource_id]
        if others:
            ids += [each.resource_id for each in others]
        return _hash_of(self._rows(looks), ids)


def _hash_of(rows: Iterable[Row], ids: Sequence[str]) -> str:
    """Return the hash of rows as JSON, a list for each look, given the numbered ids."""
    rows_text = framed(rows, list(map(_frame_of, ids)), lambda other: _frame_of(other.resource_id))
    return sha256(f"[{','.join(rows_text)}]".encode()).hexdigest()


def _frame_of(resource_id: str) -> Frame:
    """Return the text around looks at a resource: each look begins with its id."""
    own = _quoted(resource_id)
    return Frame(f"[{own},", f"],[{own},", "]")


def _rows_of(looks: Iterable[Look | Evidence]) -> list[Row]:
    """Return what was observed as rows, with a text for each look."""
    return grouped(looks, _members_of)


def _members_of(look: Look | Evidence) -> str:
    """Return what was observed as members of a JSON list."""
    observed = json_text(look.observed, _quoted, _encode)
    return f"{_quoted(look.path)},{observed},{_quoted(look.seen)}"


def grouped(looks: Iterable[Look | Evidence], write: Callable[[Look | Evidence], str]) -> list[Row]:
    """Return the texts of looks, grouped where successive looks are at one resource."""
    rows: list[Row] = []
    for each in looks:
        at = each.at if isinstance(each, Look) else Other(each.resource_id, each.origin)
        if rows and rows[-1][0] == at:
            rows[-1][1].append(write(each))
        else:
            rows.append((at, [write(each)]))
    return rows


def framed(
    rows: Iterable[Row], frames: Sequence[Frame], frame_of: Callable[[Other], Frame]
) -> Iterator[str]:
    """Yield the text of each row.

    Args:
        rows: The rows.
        frames: The text around looks, for the resources that rows refer to by number.
        frame_of: Returns that text for a resource that a row refers to directly.
    """
    for at, texts in rows:
        before, between, after = frames[at] if isinstance(at, int) else frame_of(at)
        yield f"{before}{between.join(texts)}{after}"


def json_text(value: object, quote: Callable[[str], str], encode: Callable[[object], str]) -> str:
    """Return an observed value as JSON text; most are texts, booleans and counts.

    Args:
        value: The value.
        quote: Serialises a text.
        encode: Serialises any other JSON value, several times more slowly.
    """
    if isinstance(value, str):
        return quote(value)
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int):
        return str(value)
    return "null" if value is None else encode(plain(value))
