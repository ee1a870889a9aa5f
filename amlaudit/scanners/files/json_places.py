"""Where a JSON text declares resources, and the lines of their properties."""

import json
import re
from functools import lru_cache
from typing import Final, NamedTuple

from amlaudit.core.patterns import late_pattern
from amlaudit.core.place import Lines
from amlaudit.strict_json import DEEPEST

_LISTS: Final = frozenset({"resources", "predictedResources"})
"""Lists whose members are resources, or objects that hold them by name."""
_TEMPLATE: Final = "template"
"""The key that holds such a list inside a resource: the template of a nested deployment."""
_POINTER_KEYS: Final = {
    key.lower(): key for key in (*_LISTS, _TEMPLATE, "mainTemplate", "properties")
}
"""Keys on the path to resources, as in pointers: Azure reads them in any case."""

_COMMENT: Final = r"//[^\n]*|/\*.*?\*/"
_SPACE: Final = rf"(?:[\s\ufeff,]+|{_COMMENT})*"
"""Insignificant text; commas count as such, because the text is known to be valid JSON."""
_TEXT: Final = r'"(?:[^"\\]|\\.)*"'
_SCALAR: Final = late_pattern(rf"(?:{_TEXT}|[^\s,\]}}/]+){_SPACE}", re.DOTALL)
_MEMBER: Final = late_pattern(
    rf'"((?:[^"\\]|\\.)*)"{_SPACE}:{_SPACE}(?:({_TEXT}|[^\s,\]}}/{{["]+){_SPACE})?',
    re.DOTALL,
)
"""A key, and its value if that is a scalar, with the insignificant text that follows."""
_LEADING_SPACE: Final = late_pattern(_SPACE, re.DOTALL)
_QUOTED: Final = r'"[^"\\]*+(?:\\.[^"\\]*+)*+"'
_TOKENS: Final = late_pattern(
    rf'({_QUOTED}\s*+:|[\n{{}}\[\]])|{_QUOTED}|[^\s,:{{}}\[\]"]++', re.DOTALL
)
"""The structure of an object: its keys, line breaks and brackets as written."""
_JSON: Final = json.JSONDecoder()
_NAME: Final = late_pattern(r"[a-z0-9_$@-]+")


class Span(NamedTuple):
    """Where an object is written.

    Attributes:
        line: Its first line, from 1.
        end_line: Its last line.
        lines: The lines of its properties.
        name: Its name in a source from which the text was compiled.
    """

    line: int
    end_line: int
    lines: Lines
    name: str = ""


def resources_in(text: str) -> dict[str, Span]:
    """Return where resources are written, by the JSON pointer of each.

    Args:
        text: JSON that has already been parsed, possibly with comments.

    Raises:
        ValueError: It nests deeper than a deployment may.
    """
    walk = _Walk(text)
    walk.whole()
    return walk.found


class _Walk:
    """A single pass through a text, from beginning to end."""

    def __init__(self, text: str) -> None:
        """Start before the first value."""
        self.found: dict[str, Span] = {}
        self._text = text
        self._line, self._counted = 1, 0
        self._first, self._lines = 1, dict[str, int]()
        self._end = 0  # of the last object
        # Resources of a kind mostly look alike: of a thousand workspaces, only one needs a walk
        # through its properties, which takes a third of the time, and all share its lines.
        self._distinct_lines: dict[tuple[tuple[str, int], ...], Lines] = {}
        self._lines_by_shape: dict[tuple[int, tuple[str, ...]], Lines] = {}

    def whole(self) -> None:
        """Process all of it."""
        at = self._skip(0)
        if self._text.startswith("{", at):
            self._object(at, "", "", 0, may_declare=True)

    def _value(self, at: int, pointer: str, path: str, depth: int, *, may_declare: bool) -> int:
        """Process a value and return where the next token starts.

        Args:
            at: Where it begins.
            pointer: Its JSON pointer.
            path: Its property path in the enclosing resource, lower case.
            depth: Its nesting depth.
            may_declare: It is a resource or a template, and so may contain a list of resources.
        """
        mark = self._text[at]
        if mark == "{":
            return self._object(at, pointer, path, depth, may_declare=may_declare)
        if mark == "[":
            return self._list(at, pointer, path, depth)
        return self._scalar(at)

    def _object(self, at: int, pointer: str, path: str, depth: int, *, may_declare: bool) -> int:
        """Process an object; see `_value`."""
        self._refuse_deep(depth)
        text, at = self._text, self._skip(at + 1)
        while text[at] != "}":
            written, scalar, end = self._member(at)
            key = _in_pointers(written)
            if may_declare and key in _LISTS and text[end] in "[{":
                at = self._resources(end, f"{pointer}/{key}", depth + 1)
                continue
            inner = path + _step(key)
            self._lines[inner] = self._line_at(at) - self._first
            at = end
            if scalar is None:
                below, is_template = f"{pointer}/{key}", key == _TEMPLATE
                at = self._value(end, below, inner, depth + 1, may_declare=is_template)
        self._end = at
        return self._skip(at + 1)

    def _list(self, at: int, pointer: str, path: str, depth: int) -> int:
        """Process a list; see `_value`."""
        self._refuse_deep(depth)
        at, index = self._skip(at + 1), 0
        while self._text[at] != "]":
            inner = f"{path}[{index}]"
            self._lines[inner] = self._line_at(at) - self._first
            at = self._value(at, f"{pointer}/{index}", inner, depth + 1, may_declare=False)
            index += 1
        return self._skip(at + 1)

    def _resources(self, at: int, pointer: str, depth: int) -> int:
        """Process resources, in a list or keyed by name, and record each."""
        self._refuse_deep(depth)
        text, end, index = self._text, "]" if self._text[at] == "[" else "}", 0
        at = self._skip(at + 1)
        while text[at] != end:
            name = str(index)
            if end == "}":
                name, scalar, at = self._member(at)
                if scalar is not None:
                    continue
            at, index = self._resource(at, f"{pointer}/{name}", depth + 1), index + 1
        return self._skip(at + 1)

    def _resource(self, at: int, pointer: str, depth: int) -> int:
        """Process one resource and record it."""
        if self._text[at] != "{":
            return self._value(at, pointer, "", depth, may_declare=False)
        shape, end = self._shape(at)
        if known := self._lines_by_shape.get((depth, shape)):
            first = self._line_at(at)
            self.found[pointer] = Span(first, self._line_at(end - 1), known)
            return self._skip(end)
        outer, found_before = (self._first, self._lines), len(self.found)
        self._first, self._lines = self._line_at(at), {}
        behind = self._object(at, pointer, "", depth, may_declare=True)
        lines = self._distinct_lines.setdefault(tuple(self._lines.items()), self._lines)
        holds_no_other = len(self.found) == found_before  # those have positions of their own
        if shape and holds_no_other:
            self._lines_by_shape[depth, shape] = lines
        self.found[pointer] = Span(self._first, self._line_at(self._end), lines)
        self._first, self._lines = outer
        return behind

    def _shape(self, at: int) -> tuple[tuple[str, ...], int]:
        """Return what the positions in an object depend on, and where it ends.

        That is the object with its strings, numbers, booleans and nulls blanked; nothing if it is
        not strict JSON, as with comments.
        """
        try:
            _, end = _JSON.raw_decode(self._text, at)
        except ValueError:
            return (), at
        return tuple(_TOKENS.findall(self._text, at, end)), end

    def _member(self, at: int) -> tuple[str, str | None, int]:
        """Return a key, its value if that is a scalar, and where the next token begins."""
        match = _MEMBER.match(self._text, at)
        if match is None:
            raise ValueError("expected a key")
        return match[1], match[2], match.end()

    def _scalar(self, at: int) -> int:
        """Return where the next token begins after a string, a number, a boolean or null."""
        match = _SCALAR.match(self._text, at)
        return match.end() if match else at + 1

    def _skip(self, at: int) -> int:
        """Return where the next significant token begins."""
        match = _LEADING_SPACE.match(self._text, at)
        return match.end() if match else at

    def _line_at(self, at: int) -> int:
        """Return the line of a position, which must not precede the last one."""
        self._line += self._text.count("\n", self._counted, at)
        self._counted = at
        return self._line

    def _refuse_deep(self, depth: int) -> None:
        """Raise ValueError if the nesting is deeper than anything deployed."""
        if depth > DEEPEST:
            raise ValueError(f"a value is nested more than {DEEPEST} levels deep")


@lru_cache(maxsize=8192)  # documents have few keys between them
def _in_pointers(key: str) -> str:
    """Return a key as it appears in pointers."""
    return _POINTER_KEYS.get(key.lower(), key)


@lru_cache(maxsize=8192)  # as above
def _step(key: str) -> str:
    """Return a key as a step of a property path, lower case."""
    folded = key.lower()
    return f".{folded}" if _NAME.fullmatch(folded) else f"['{folded}']"
