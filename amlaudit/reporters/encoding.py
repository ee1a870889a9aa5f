"""How the JSON based reports spell documents and moments."""

import json
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from itertools import islice
from typing import Final, NamedTuple

compact: Final = json.JSONEncoder(ensure_ascii=False, allow_nan=False).encode
"""Returns a JSON value as text of one line; a lone surrogate in it stays one, see `encodable`."""

quoted: Final = json.encoder.encode_basestring
"""Returns a text as a JSON string, as `compact` does in several times the time."""


_AT_ONCE: Final = 8
"""Members that are yielded in one piece: most are short, that of a subscription is long."""


class JsonTexts(NamedTuple):
    """A list of which each member is JSON text already, made when it is written."""

    members: Iterator[str]


_BREAKS: Final = {code: f"\\u{code:04x}" for code in (0x85, 0x2028, 0x2029)}
"""Line ends that JSON leaves as they are, and some readers of lines do not."""


def spell(document: Mapping[str, object], depth: int) -> str:
    """Return a document as JSON text; see `pieces`."""
    return "".join(pieces(document, depth))


def pieces(document: Mapping[str, object], depth: int) -> Iterator[str]:
    """Yield the pieces of a document as JSON text that every parser and UTF-8 encoder takes.

    A lone surrogate has no UTF-8 form and becomes U+FFFD; two that make a pair become the character
    they stand for. An iterator in the document stands for a list whose members are made when they
    are written, a line each, so that a long report is never held as text; so do `JsonTexts`.

    Args:
        document: The document.
        depth: How many levels are broken into lines; what lies deeper stands on one. A finding a
            line is easy to read and to compare, and written several times faster.
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
    """Yield a list of JSON texts, one on each line."""
    opening = "[" + deeper
    while several := list(islice(members, _AT_ONCE)):
        yield opening + encodable(f",{deeper}".join(several))
        opening = "," + deeper
    yield "[]" if opening[0] == "[" else newline + "]"


def line(document: Mapping[str, object]) -> str:
    """Return a document as one line of JSON; see `line_of`."""
    return line_of(compact(document))


def line_of(text: str) -> str:
    """Return JSON text as one line, which every reader takes for one."""
    told = encodable(text)
    return (told if told.isascii() else told.translate(_BREAKS)) + "\n"


def encodable(text: str) -> str:
    """Return a text of which every part has a UTF-8 form; see `spell`."""
    if text.isascii():
        return text
    try:
        text.encode()
    except UnicodeEncodeError:
        return text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
    return text


def utc(moment: datetime) -> str:
    """Return a moment in ISO 8601, in UTC with a `Z`."""
    return moment.astimezone(UTC).isoformat().replace("+00:00", "Z")


def given(**optional: object) -> dict[str, object]:
    """Return the keys that have a value: a report leaves out what it has not, it holds no null."""
    return {key: value for key, value in optional.items() if value not in (None, "")}
