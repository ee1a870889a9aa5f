"""Regions of files as SARIF objects, with the lines that they show."""

from collections.abc import Mapping
from typing import Final, TypeAlias
from urllib.parse import quote

from amlaudit.core.patterns import late_pattern
from amlaudit.core.place import Place
from amlaudit.core.secrets import is_secret_name, redacted, safe
from amlaudit.reporters.sarif.repository import Lines, indent_of
from amlaudit.reporters.words import visible

ROOT: Final = "%SRCROOT%"
"""The base of relative paths."""

Fields: TypeAlias = Mapping[str, object]

_CONTEXT_LINES: Final = 2
"""Number of context lines shown before and after."""
_LONGEST_LINE: Final = 500
_SETTING: Final = late_pattern(r"""(?P<name>[\w-]+)["']?\s*(?:string\s*)?[:=]\s*(?=\S)""")
"""A name that is assigned a value."""
_KEY_MATERIAL: Final = late_pattern(r"\s*[A-Za-z0-9+/]{40,}={0,2}\s*")


def physical(place: Place, lines: Lines | None, *, with_snippets: bool) -> dict[str, Fields]:
    """Return a place as a SARIF `physicalLocation`.

    Args:
        place: The place.
        lines: The lines of its file; None: unknown.
        with_snippets: Whether its line and the context are shown.
    """
    known = lines or ()
    location: dict[str, Fields] = {
        "artifactLocation": {"uri": quote(place.path, errors="replace"), "uriBaseId": ROOT},
        "region": _region(place, known, with_snippet=with_snippets),
    }
    if with_snippets and len(known) > 1:
        location["contextRegion"] = _context(place, known)
    return location


def _region(place: Place, lines: Lines, *, with_snippet: bool) -> Fields:
    """Return the region of a place: its line if known, else its start."""
    if not lines:
        return {
            "startLine": place.line,
            "startColumn": place.column,
            "endLine": max(place.end_line, place.line),
            "endColumn": place.column,
        }
    line = lines[place.line - 1]
    return {
        "startLine": place.line,
        "startColumn": indent_of(line) + 1,
        "endLine": place.line,
        "endColumn": len(line) + 1,
        **({"snippet": {"text": _shown(line)}} if with_snippet else {}),
    }


def _context(place: Place, lines: Lines) -> Fields:
    """Return the context region of a place."""
    first, last = max(1, place.line - _CONTEXT_LINES), min(len(lines), place.line + _CONTEXT_LINES)
    text = "\n".join(map(_shown, lines[first - 1 : last]))
    return {"startLine": first, "endLine": last, "snippet": {"text": text}}


def _shown(line: str) -> str:
    """Return a line without hidden characters and secrets."""
    seen = str(visible(line[:_LONGEST_LINE]))
    if _KEY_MATERIAL.fullmatch(seen):
        return redacted(seen)
    for setting in _SETTING.finditer(seen):
        if is_secret_name(setting["name"]):
            return seen[: setting.end()] + redacted(seen[setting.end() :])
    return safe(seen)
