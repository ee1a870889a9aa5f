"""Parses template expressions into syntax trees, with a cache.

https://learn.microsoft.com/azure/azure-resource-manager/templates/template-expressions
"""

from functools import lru_cache
from typing import Final, TypeAlias

from msgspec import Struct

from amlaudit.core.patterns import late_pattern
from amlaudit.language.values import DEEPEST, EvaluationError

LONGEST: Final = 24_576
"""Maximum length of a template expression in characters.

https://learn.microsoft.com/azure/azure-resource-manager/templates/best-practices
"""

_TOKEN: Final = late_pattern(
    r"\s*(?:(?P<text>'(?:[^']|'')*')|(?P<number>-?\d{1,30}(?:\.\d{1,30})?)|(?P<word>[A-Za-z_$][\w$-]*)"
    r"|(?P<mark>[()\[\],.]))"
)
_END: Final = ("end", "")
_CONSTANTS: Final = frozenset({"true", "false", "null"})
"""Constants that are functions as well, although they are keywords in other languages."""


class Literal(Struct, frozen=True):
    """A text or number."""

    value: str | int | float


class Call(Struct, frozen=True):
    """A function with its arguments; the name is lower case."""

    name: str
    arguments: tuple["Node", ...]


class Access(Struct, frozen=True):
    """A property or member of a value: `target.name` or `target[key]`."""

    target: "Node"
    key: "Node"


Node: TypeAlias = Literal | Call | Access


def is_expression(value: str) -> bool:
    """Tell whether a JSON string is an expression rather than a text."""
    return value.startswith("[") and value.endswith("]") and not value.startswith("[[")


def literal(value: str) -> str:
    """Return the text that a JSON string that is not an expression stands for.

    `[[` at the start of a text that ends with `]` is an escaped bracket.
    """
    return value[1:] if value.startswith("[[") and value.endswith("]") else value


@lru_cache(maxsize=1024)  # expressions in loops, and those that resources share
def parse(source: str) -> Node:
    """Parse an expression, given with its brackets, into a syntax tree.

    Raises:
        EvaluationError: It is invalid.
    """
    if len(source) > LONGEST:
        raise EvaluationError(f"an expression of more than {LONGEST} characters")
    parser = _Parser(source[1:-1])
    node = parser.expression(0)
    parser.expect("end")
    return node


class _Parser:
    """Parses one expression, with one token of lookahead."""

    def __init__(self, source: str) -> None:
        """Start before the first token."""
        self._source = source.rstrip()
        self._position = 0
        self._kind, self._value = self._next()

    def expression(self, depth: int) -> Node:
        """Read an expression with all its properties and members."""
        if depth > DEEPEST:
            raise EvaluationError(f"an expression nested more than {DEEPEST} levels deep")
        node = self._primary(depth)
        while self._value in (".", "[") and self._kind == "mark":
            depth += 1
            if self._take() == ".":
                node = Access(node, Literal(self.expect("word")))
            else:
                node = Access(node, self.expression(depth + 1))
                self.expect("mark", "]")
        return node

    def expect(self, kind: str, value: str = "") -> str:
        """Read one token with a kind and value."""
        if self._kind != kind or (value and self._value != value):
            wanted = value or {"end": "the end", "word": "a name"}[kind]
            raise EvaluationError(
                f"expression: expected {wanted} at {self._source[self._position - 1 :][:20]!r}"
            )
        return self._take()

    def _primary(self, depth: int) -> Node:
        """Read a text, a number or a function call."""
        if self._kind == "text":
            return Literal(self._take()[1:-1].replace("''", "'"))
        if self._kind == "number":
            written = self._take()
            return Literal(float(written) if "." in written else int(written))
        name = self.expect("word")
        while self._value == "." and self._kind == "mark":  # a function with its namespace
            self._take()
            name += "." + self.expect("word")
        if self._value != "(" and name.lower() in _CONSTANTS:
            raise EvaluationError(f"expression: {name} must be written as {name.lower()}()")
        self.expect("mark", "(")
        return Call(name.lower(), self._arguments(depth))

    def _arguments(self, depth: int) -> tuple[Node, ...]:
        """Read arguments up to the closing bracket."""
        found: list[Node] = []
        while self._value != ")" or self._kind != "mark":
            if found:
                self.expect("mark", ",")
            found.append(self.expression(depth + 1))
        self._take()
        return tuple(found)

    def _take(self) -> str:
        """Return the current token and advance to the next."""
        value = self._value
        self._kind, self._value = self._next()
        return value

    def _next(self) -> tuple[str, str]:
        """Return kind and text of the next token."""
        if self._position >= len(self._source):
            return _END
        match = _TOKEN.match(self._source, self._position)
        if not match or not match.lastgroup:
            rest = self._source[self._position :][:20]
            raise EvaluationError(f"expression: invalid syntax at {rest!r}")
        self._position = match.end()
        return match.lastgroup, match[match.lastgroup]
