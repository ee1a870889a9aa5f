"""Where a JSON text declares resources, and on which lines it says what of them."""

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
"""What holds such a list inside of a resource: the template of a nested deployment."""
_WAYS: Final = {key.lower(): key for key in (*_LISTS, _TEMPLATE, "mainTemplate", "properties")}
"""Keys on the way to resources, as pointers have them: Azure reads them in any case."""

_COMMENT: Final = r"//[^\n]*|/\*.*?\*/"
_APART: Final = rf"(?:[\s\ufeff,]+|{_COMMENT})*"
"""What says nothing; a comma says nothing here, where the text is known to be JSON."""
_TEXT: Final = r'"(?:[^"\\]|\\.)*"'
_SCALAR: Final = late_pattern(rf"(?:{_TEXT}|[^\s,\]}}/]+){_APART}", re.DOTALL)
_MEMBER: Final = late_pattern(
    rf'"((?:[^"\\]|\\.)*)"{_APART}:{_APART}(?:({_TEXT}|[^\s,\]}}/{{["]+){_APART})?', re.DOTALL
)
"""A key, and its value if that is a scalar, with what says nothing behind it."""
_BEHIND: Final = late_pattern(_APART, re.DOTALL)
_QUOTED: Final = r'"[^"\\]*+(?:\\.[^"\\]*+)*+"'
_TOKENS: Final = late_pattern(
    rf'({_QUOTED}\s*+:|[\n{{}}\[\]])|{_QUOTED}|[^\s,:{{}}\[\]"]++', re.DOTALL
)
"""What an object is made of, its keys, line breaks and brackets as they are written."""
_JSON: Final = json.JSONDecoder()
_NAME: Final = late_pattern(r"[a-z0-9_$@-]+")


class Span(NamedTuple):
    """Where an object is written.

    Attributes:
        line: Its first line, from 1.
        end_line: Its last line.
        lines: Where it says what.
        name: What it is called in a source that the text was compiled from.
    """

    line: int
    end_line: int
    lines: Lines
    name: str = ""


def resources_in(text: str) -> dict[str, Span]:
    """Return where resources are written, by the JSON pointer of each.

    Args:
        text: JSON that was read already, perhaps with comments.

    Raises:
        ValueError: It nests deeper than a deployment may.
    """
    walk = _Walk(text)
    walk.whole()
    return walk.found


class _Walk:
    """One walk through a text, from its beginning to its end."""

    def __init__(self, text: str) -> None:
        """Stand before the first value."""
        self.found: dict[str, Span] = {}
        self._text = text
        self._line, self._counted = 1, 0
        self._first, self._lines = 1, dict[str, int]()
        self._end = 0  # of the last object
        # Resources of a kind mostly look alike, and share what is the same of them.
        self._shared: dict[tuple[tuple[str, int], ...], Lines] = {}
        self._known: dict[tuple[int, tuple[str, ...]], Lines] = {}

    def whole(self) -> None:
        """Walk through all of it."""
        at = self._skip(0)
        if self._text.startswith("{", at):
            self._object(at, "", "", 0, may_declare=True)

    def _value(self, at: int, pointer: str, path: str, depth: int, *, may_declare: bool) -> int:
        """Walk through a value and return where the next thing stands.

        Args:
            at: Where it begins.
            pointer: JSON pointer of it.
            path: Property path of it in the resource around, lower case.
            depth: How deep it lies.
            may_declare: It is a resource or a template: what may have a list of resources.
        """
        mark = self._text[at]
        if mark == "{":
            return self._object(at, pointer, path, depth, may_declare=may_declare)
        if mark == "[":
            return self._list(at, pointer, path, depth)
        return self._scalar(at)

    def _object(self, at: int, pointer: str, path: str, depth: int, *, may_declare: bool) -> int:
        """Walk through an object; see `_value`."""
        self._refuse_deep(depth)
        text, at = self._text, self._skip(at + 1)
        while text[at] != "}":
            written, scalar, end = self._member(at)
            key = _way(written)
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
        """Walk through a list; see `_value`."""
        self._refuse_deep(depth)
        at, index = self._skip(at + 1), 0
        while self._text[at] != "]":
            inner = f"{path}[{index}]"
            self._lines[inner] = self._line_at(at) - self._first
            at = self._value(at, f"{pointer}/{index}", inner, depth + 1, may_declare=False)
            index += 1
        return self._skip(at + 1)

    def _resources(self, at: int, pointer: str, depth: int) -> int:
        """Walk through resources, in a list or by their names, and note each."""
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
        """Walk through one resource and note it."""
        if self._text[at] != "{":
            return self._value(at, pointer, "", depth, may_declare=False)
        shape, end = self._shape(at)
        if known := self._known.get((depth, shape)):
            first = self._line_at(at)
            self.found[pointer] = Span(first, self._line_at(end - 1), known)
            return self._skip(end)
        around, others = (self._first, self._lines), len(self.found)
        self._first, self._lines = self._line_at(at), {}
        behind = self._object(at, pointer, "", depth, may_declare=True)
        lines = self._shared.setdefault(tuple(self._lines.items()), self._lines)
        if shape and len(self.found) == others:  # resources in it have places of their own
            self._known[depth, shape] = lines
        self.found[pointer] = Span(self._first, self._line_at(self._end), lines)
        self._first, self._lines = around
        return behind

    def _shape(self, at: int) -> tuple[tuple[str, ...], int]:
        """Return what the places in an object depend on, and where it ends.

        That is all of it but its texts, numbers, truth values and nulls, each of which is left
        empty; nothing, where it is written as people do.
        """
        try:
            _, end = _JSON.raw_decode(self._text, at)
        except ValueError:
            return (), at
        return tuple(_TOKENS.findall(self._text, at, end)), end

    def _member(self, at: int) -> tuple[str, str | None, int]:
        """Return a key, its value if that is a scalar, and where what comes next begins."""
        match = _MEMBER.match(self._text, at)
        if match is None:
            raise ValueError("a key is expected")
        return match[1], match[2], match.end()

    def _scalar(self, at: int) -> int:
        """Return where the next thing stands after a text, a number, a truth value or null."""
        match = _SCALAR.match(self._text, at)
        return match.end() if match else at + 1

    def _skip(self, at: int) -> int:
        """Return where the next thing stands that says something."""
        match = _BEHIND.match(self._text, at)
        return match.end() if match else at

    def _line_at(self, at: int) -> int:
        """Return the line of a position, which never lies before the last one."""
        self._line += self._text.count("\n", self._counted, at)
        self._counted = at
        return self._line

    def _refuse_deep(self, depth: int) -> None:
        """Raise ValueError if something nests deeper than anything that is deployed."""
        if depth > DEEPEST:
            raise ValueError(f"a value nests deeper than {DEEPEST} levels")


@lru_cache(maxsize=8192)  # documents have few keys between them
def _way(key: str) -> str:
    """Return a key as pointers have it."""
    return _WAYS.get(key.lower(), key)


@lru_cache(maxsize=8192)  # as above
def _step(key: str) -> str:
    """Return a key as a step of a property path, lower case."""
    folded = key.lower()
    return f".{folded}" if _NAME.fullmatch(folded) else f"['{folded}']"
