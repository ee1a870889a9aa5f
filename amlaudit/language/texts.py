"""Functions of the template language that build or split texts.

https://learn.microsoft.com/azure/azure-resource-manager/templates/template-functions-string
"""

import base64
import binascii
import json
import re
from typing import Final
from urllib.parse import quote, unquote, urljoin, urlsplit

from amlaudit.core.patterns import late_pattern
from amlaudit.language.arguments import Function, array, fit, mapping, scalar_text, text, whole
from amlaudit.language.hashes import guid, unique_string
from amlaudit.language.values import EvaluationError, is_list, is_number, lookup, spell, unsupported

_DATA_URI: Final = late_pattern(
    r"data:[^,;]*(?:;charset=[^,;]*)?(;base64)?,(.*)", re.DOTALL | re.IGNORECASE
)
_SINGLE_QUOTED: Final = late_pattern(r""""(?:[^"\\]|\\.)*"|'((?:[^'\\]|\\.)*)'""", re.DOTALL)
"""A text in single quotes; one in double quotes is skipped, whatever it contains."""
_HOLE: Final = late_pattern(r"\{\{|\}\}|\{(\d+)(?:,(-?\d{1,4}))?(?::([^{}]*))?\}|[{}]")
_NUMBER_FORMAT: Final = late_pattern(r"([DXNF])(\d{0,2})", re.IGNORECASE)
_ZEROS: Final = late_pattern(r"(0{1,30})(?:\.(0{1,30}))?")
"""https://learn.microsoft.com/dotnet/standard/base-types/custom-numeric-format-strings"""
_WHITE_SPACE: Final = " \t\r\n\f\v\u00a0\u2028\u2029"


def base64_of(value: object) -> str:
    """Encode a text in base64."""
    return base64.b64encode(text(value).encode()).decode()


def text_of_base64(value: object) -> str:
    """Decode a text from base64."""
    try:
        return base64.b64decode(text(value), validate=True).decode()
    except (binascii.Error, UnicodeDecodeError):
        raise EvaluationError("the text is not base 64") from None


def json_of(value: object) -> object:
    """Parse a JSON text; its strings may be in single quotes."""
    written = text(value)
    for spelled in (written, _SINGLE_QUOTED.sub(_double_quoted, written)):
        try:
            found: object = json.loads(spelled)
        except (ValueError, RecursionError):
            continue
        return found
    raise EvaluationError("the text is not JSON")


def _double_quoted(match: re.Match[str]) -> str:
    """Return a JSON string in double quotes."""
    inside = match[1]
    return match[0] if inside is None else json.dumps(inside.replace("\\'", "'"))


def data_uri(value: object) -> str:
    """Encode a text as a data URI: `utf-8`, though the documentation shows `utf8`.

    https://github.com/Azure/bicep/blob/main/src/Bicep.Core.UnitTests/TypeSystem/FunctionResolverTests.cs
    """
    return f"data:text/plain;charset=utf-8;base64,{base64_of(value)}"


def text_of_data_uri(value: object) -> str:
    """Decode the text in a data URI."""
    match = _DATA_URI.fullmatch(text(value))
    if not match:
        raise EvaluationError("the text is not a data URI")
    return text_of_base64(match[2]) if match[1] else unquote(match[2])


def joined(values: object, delimiter: object) -> str:
    """Join the texts of an array with a delimiter."""
    parts = [scalar_text(each) for each in array(values)]
    between = text(delimiter)
    fit(sum(map(len, parts)) + len(between) * len(parts))
    return between.join(parts)


def pad_left(value: object, width: object, filler: object = " ") -> str:
    """Return a text or number, padded on the left to a width."""
    padded, sign = scalar_text(value), text(filler)
    if len(sign) != 1 or whole(width) < 0:
        raise EvaluationError("expected one padding character and a width of 0 or more")
    fit(whole(width))
    return padded.rjust(whole(width), sign)


def replaced(value: object, old: object, new: object) -> str:
    """Return a text with every occurrence of a part replaced."""
    before, part, after = text(value), text(old), text(new)
    if not part:
        raise EvaluationError("an empty text cannot be replaced")
    fit(len(before) + before.count(part) * len(after))
    return before.replace(part, after)


def split(value: object, delimiters: object) -> list[str]:
    """Split a text at a delimiter, or at several given in an array."""
    several = delimiters if is_list(delimiters) else (delimiters,)
    marks = sorted({text(each) for each in several} - {""}, key=len, reverse=True)
    return re.split("|".join(map(re.escape, marks)), text(value)) if marks else [text(value)]


def substring(value: object, start: object, length: object = None) -> str:
    """Return a part of a text, which must be within it."""
    source, begin = text(value), whole(start)
    end = len(source) if length is None else begin + whole(length)
    if not 0 <= begin <= end <= len(source):
        raise EvaluationError(f"characters {begin} to {end} are outside a text of {len(source)}")
    return source[begin:end]


def string(value: object) -> str:
    """Return any value as text, arrays and objects as JSON."""
    return scalar_text(value) if isinstance(value, str | int | float) else spell(value)


def uri(base: object, relative: object) -> str:
    """Resolve an address relative to another; if both have a slash at the joint, one is dropped."""
    if not urlsplit(text(base)).scheme:
        raise EvaluationError("the base is not an absolute URI")
    beneath = text(relative).lstrip("/") if text(base).endswith("/") else text(relative)
    return urljoin(text(base), beneath)


def parse_uri(value: object) -> dict[str, object]:
    """Return the components that an address has: scheme, host, port, path and query.

    https://github.com/Azure/bicep/pull/15523
    """
    try:
        found = urlsplit(text(value))
        port = found.port
    except ValueError:
        raise EvaluationError("the text is not a URI") from None
    if not found.scheme or not found.hostname:
        raise EvaluationError("the text is not an absolute URI")
    return {
        "scheme": found.scheme,
        "host": found.hostname,
        **({} if port is None else {"port": port}),
        "path": found.path or "/",
        **({"query": f"?{found.query}"} if found.query else {}),
    }


def build_uri(components: object) -> str:
    """Build an address from components, the counterpart of `parse_uri`."""
    given = mapping(components)
    scheme, host = text(lookup(given, "scheme")), text(lookup(given, "host"))
    port, path, query = (lookup(given, each) for each in ("port", "path", "query"))
    at = "" if port is None else f":{whole(port)}"
    way = "/" + text(path or "").lstrip("/")
    asked = text(query or "").removeprefix("?")
    return f"{scheme}://{host}{at}{way}" + (f"?{asked}" if asked else "")


def formatted(pattern: object, *values: object) -> str:
    """Return a text with values in its placeholders: `{0}`, `{1,8}`, `{0:X4}`.

    https://learn.microsoft.com/dotnet/standard/base-types/composite-formatting
    """
    size = 0

    def fill(match: re.Match[str]) -> str:
        nonlocal size
        if match[0] in ("{{", "}}"):
            return match[0][0]
        if match[1] is None or len(match[1]) > 4 or int(match[1]) >= len(values):  # noqa: PLR2004
            raise EvaluationError(f"{match[0]!r} is not a valid placeholder")
        shown = _in_format(values[int(match[1])], match[3] or "")
        width = int(match[2] or 0)
        size += max(len(shown), abs(width))
        fit(size)
        return shown.rjust(width) if width >= 0 else shown.ljust(-width)

    return _HOLE.sub(fill, text(pattern))


def _in_format(value: object, wanted: str) -> str:
    """Return a value in a standard numeric format, or as text if none is given."""
    if not wanted or not is_number(value):
        return "" if value is None else string(value)
    sign = "-" if value < 0 else ""
    if zeros := _ZEROS.fullmatch(wanted):
        places = len(zeros[2] or "")
        width = len(zeros[1]) + places + bool(places)
        return f"{sign}{abs(float(value)):0{width}.{places}f}"
    match = _NUMBER_FORMAT.fullmatch(wanted)
    if not match or (sign and match[1] in "Xx"):  # .NET shows the bits, as many as the type has
        unsupported(f"format(): the format {wanted!r} cannot be evaluated offline")
    kind, digits = match[1], int(match[2] or 0)
    if kind in "NnFf":
        places = digits if match[2] else 2
        return f"{float(value):,.{places}f}" if kind in "Nn" else f"{float(value):.{places}f}"
    return f"{sign}{abs(whole(value)):0{digits or 1}{kind.lower() if kind != 'X' else kind}}"


TEXTS: Final = {
    "base64": Function(base64_of, 1, 1),
    "base64tojson": Function(lambda value: json_of(text_of_base64(value)), 1, 1),
    "base64tostring": Function(text_of_base64, 1, 1),
    "datauri": Function(data_uri, 1, 1),
    "datauritostring": Function(text_of_data_uri, 1, 1),
    # without case: https://learn.microsoft.com/azure/azure-resource-manager/templates/template-functions-string#endswith
    "endswith": Function(lambda a, b: text(a).lower().endswith(text(b).lower()), 2, 2),
    "startswith": Function(lambda a, b: text(a).lower().startswith(text(b).lower()), 2, 2),
    "format": Function(formatted, 1, None),
    "guid": Function(lambda *values: guid(*map(text, values)), 1, None),
    "join": Function(joined, 2, 2),
    "json": Function(json_of, 1, 1),
    "padleft": Function(pad_left, 2, 3),
    "replace": Function(replaced, 3, 3),
    "split": Function(split, 2, 2),
    "string": Function(string, 1, 1),
    "substring": Function(substring, 2, 3),
    "tolower": Function(lambda value: text(value).lower(), 1, 1),
    "toupper": Function(lambda value: text(value).upper(), 1, 1),
    "trim": Function(lambda value: text(value).strip(_WHITE_SPACE), 1, 1),
    "uniquestring": Function(lambda *values: unique_string(*map(text, values)), 1, None),
    "uri": Function(uri, 2, 2),
    "builduri": Function(build_uri, 1, 1),
    "parseuri": Function(parse_uri, 1, 1),
    "uricomponent": Function(lambda value: quote(text(value), safe=""), 1, 1),
    "uricomponenttostring": Function(lambda value: unquote(text(value)), 1, 1),
}
