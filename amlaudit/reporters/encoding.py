"""How the JSON-based reports format documents and times."""

import json
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from itertools import islice
from typing import Final, NamedTuple

compact: Final = json.JSONEncoder(ensure_ascii=False, allow_nan=False).encode
"""Encodes a JSON value on one line; a lone surrogate in it stays, see `encodable`."""

quoted: Final = json.encoder.encode_basestring
"""Encodes a string as JSON, like `compact` but several times faster."""


_AT_ONCE: Final = 8
"""Members yielded in one piece: most are short, that of a subscription is long."""


class JsonTexts(NamedTuple):
    """A list whose members are JSON text already, each made when it is written."""

    members: Iterator[str]


_BREAKS: Final = {code: f"\\u{code:04x}" for code in (0x85, 0x2028, 0x2029)}
"""Line breaks that JSON leaves unescaped, but some line readers split at."""


def spell(document: Mapping[str, object], depth: int) -> str:
    """Return a document as JSON text; see `pieces`."""
    return "".join(pieces(document, depth))


def pieces(document: Mapping[str, object], depth: int) -> Iterator[str]:
    """Yield a document, in pieces, as JSON text that every parser and UTF-8 encoder accepts.

    A lone surrogate has no UTF-8 form and becomes U+FFFD; two that form a pair become the character
    they encode. An iterator in the document represents a list whose members are made when they are
    written, one per line, so that a long report is never held as text; so do `JsonTexts`.

    Args:
        document: The document.
        depth: Number of levels broken into lines; anything deeper is on one line. One finding per
            line is easy to read and compare, and several times faster to write.
    """
    yield from _pieces(document, depth, "\n")
    yield "\n"


def _pieces(value: object, depth: int, newline: str) -> Iterator[str]:
    """Yield a JSON value, its outer levels broken into lines that begin with `newline`."""
    deeper = newline + "  "
    if isinstance(value, JsonTexts):
        yield from _texts(value.members, newline, deeper)
    elif depth and value and isinstance(value, Mapping):
        separator = "{" + deeper
        for key, member in value.items():
            yield f"{separator}{json.dumps(key)}: "
            yield from _pieces(member, depth - 1, deeper)
            separator = "," + deeper
        yield newline + "}"
    elif depth and value and isinstance(value, list | tuple | Iterator):
        separator = first = "[" + deeper
        inner = 0 if isinstance(value, Iterator) else depth - 1
        for member in value:
            yield separator
            yield from _pieces(member, inner, deeper)
            separator = "," + deeper
        yield "[]" if separator is first else newline + "]"
    else:
        yield encodable(compact(value))


def _texts(members: Iterator[str], newline: str, deeper: str) -> Iterator[str]:
    """Yield a list of JSON texts, one per line."""
    opening = "[" + deeper
    while several := list(islice(members, _AT_ONCE)):
        yield opening + encodable(f",{deeper}".join(several))
        opening = "," + deeper
    yield "[]" if opening[0] == "[" else newline + "]"


def line(document: Mapping[str, object]) -> str:
    """Return a document as one line of JSON; see `line_of`."""
    return line_of(compact(document))


def line_of(text: str) -> str:
    """Return JSON text as one line, without any break that a reader might split at."""
    line = encodable(text)
    return (line if line.isascii() else line.translate(_BREAKS)) + "\n"


def encodable(text: str) -> str:
    """Return a text that can be encoded as UTF-8; see `pieces`."""
    if text.isascii():
        return text
    try:
        text.encode()
    except UnicodeEncodeError:
        return text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
    return text


def utc(moment: datetime) -> str:
    """Return a time in ISO 8601, in UTC with a `Z`."""
    return moment.astimezone(UTC).isoformat().replace("+00:00", "Z")


def given(**optional: object) -> dict[str, object]:
    """Return the keys that have a value: a report omits missing values and contains no null."""
    return {key: value for key, value in optional.items() if value not in (None, "")}
