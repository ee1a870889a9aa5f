"""Where a JSON text declares resources, and on which lines it says what of them."""

import re
from functools import lru_cache
from typing import Final, NamedTuple

from amlaudit.core.place import Lines
from amlaudit.scanners.files.json_text import DEEPEST

_LISTS: Final = frozenset({"resources", "predictedResources"})
"""Lists whose members are resources, or objects that hold them by name."""
_TEMPLATE: Final = "template"
"""What holds such a list inside of a resource: the template of a nested deployment."""

_COMMENT: Final = r"//[^\n]*|/\*.*?\*/"
_APART: Final = re.compile(rf"(?:[\s\ufeff,]+|{_COMMENT})*", re.DOTALL)
_KEY: Final = re.compile(rf'"((?:[^"\\]|\\.)*)"(?:\s+|{_COMMENT})*:(?:\s+|{_COMMENT})*', re.DOTALL)
_SCALAR: Final = re.compile(r'"(?:[^"\\]|\\.)*"|[^\s,\]}/]+', re.DOTALL)
_NAME: Final = re.compile(r"[a-z0-9_$@-]+")


class Span(NamedTuple):
    """Where an object is written.

    Attributes:
        line: Its first line, from 1.
        end_line: Its last line.
        lines: Where it says what.
    """

    line: int
    end_line: int
    lines: Lines


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
        # Resources of a kind mostly look alike, and share what is the same of them.
        self._shared: dict[tuple[tuple[str, int], ...], Lines] = {}

    def whole(self) -> None:
        """Walk through all of it."""
        at = self._skip(0)
        if self._text.startswith("{", at):
            self._object(at, "", "", 0, may_declare=True)

    def _value(self, at: int, pointer: str, path: str, depth: int, *, may_declare: bool) -> int:
        """Walk through a value and return where it ends.

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
            key, end = self._key(at)
            if may_declare and key in _LISTS:
                at = self._resources(end, f"{pointer}/{key}", depth + 1)
            else:
                inner = path + _step(key)
                self._lines[inner] = self._line_at(at) - self._first
                is_template = key == _TEMPLATE
                at = self._value(end, f"{pointer}/{key}", inner, depth + 1, may_declare=is_template)
            at = self._skip(at)
        return at + 1

    def _list(self, at: int, pointer: str, path: str, depth: int) -> int:
        """Walk through a list; see `_value`."""
        self._refuse_deep(depth)
        at, index = self._skip(at + 1), 0
        while self._text[at] != "]":
            inner = f"{path}[{index}]"
            self._lines[inner] = self._line_at(at) - self._first
            end = self._value(at, f"{pointer}/{index}", inner, depth + 1, may_declare=False)
            at, index = self._skip(end), index + 1
        return at + 1

    def _resources(self, at: int, pointer: str, depth: int) -> int:
        """Walk through resources, in a list or by their names, and note each."""
        self._refuse_deep(depth)
        text, end, index = self._text, "]" if self._text[at] == "[" else "}", 0
        at = self._skip(at + 1)
        while text[at] != end:
            name = str(index)
            if end == "}":
                name, at = self._key(at)
            at, index = self._skip(self._resource(at, f"{pointer}/{name}", depth + 1)), index + 1
        return at + 1

    def _resource(self, at: int, pointer: str, depth: int) -> int:
        """Walk through one resource and note it."""
        around = self._first, self._lines
        self._first, self._lines = self._line_at(at), {}
        end = self._value(at, pointer, "", depth, may_declare=True)
        lines = self._shared.setdefault(tuple(self._lines.items()), self._lines)
        self.found[pointer] = Span(self._first, self._line_at(end), lines)
        self._first, self._lines = around
        return end

    def _key(self, at: int) -> tuple[str, int]:
        """Return a key, and where its value begins."""
        match = _KEY.match(self._text, at)
        if match is None:
            raise ValueError("a key is expected")
        return match[1], match.end()

    def _scalar(self, at: int) -> int:
        """Return where a text, a number, a truth value or null ends."""
        match = _SCALAR.match(self._text, at)
        return match.end() if match else at + 1

    def _skip(self, at: int) -> int:
        """Return where the next thing stands that says something; a comma says nothing here."""
        match = _APART.match(self._text, at)
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
def _step(key: str) -> str:
    """Return a key as a step of a property path, lower case."""
    folded = key.lower()
    return f".{folded}" if _NAME.fullmatch(folded) else f"['{folded}']"
