"""Strict parsing of hand-written YAML, with the position of every node."""

from collections.abc import Callable, Iterable, Sequence
from datetime import date
from enum import StrEnum
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, Final, NoReturn, TypeVar

from msgspec import Struct

from amlaudit.core.errors import AmlauditError, Exit
from amlaudit.core.patterns import late_pattern
from amlaudit.core.suggestions import did_you_mean
from amlaudit.sizes import text_of

if TYPE_CHECKING:
    from yaml.nodes import Node as YamlNode

_Value = TypeVar("_Value")
_Default = TypeVar("_Default")

_TRUTHS = {"true": True, "false": False}
_BOOL, _INT, _FLOAT, _NULL, _STR = (
    f"tag:yaml.org,2002:{kind}" for kind in ("bool", "int", "float", "null", "str")
)
_DEEPEST: Final = 64
"""Maximum nesting depth of a file."""
_LARGEST: Final = 100_000
"""Maximum number of values in a file once its aliases are expanded."""
_LONGEST_NUMBER: Final = 30
"""Maximum number of characters."""
_MAX_NAMED: Final = 24
"""Maximum number of allowed words that an error lists."""
_UNDER_WAY: Final = -1

_DECIMAL = late_pattern(r"-?(0|[1-9][0-9]*)(\.[0-9]+)?([eE][-+]?[0-9]+)?")
_DAY = late_pattern(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_TRUE_OR_QUOTED: Final = "write true or false, or put a text in quotes"
_DECIMAL_OR_QUOTED: Final = "write a decimal number, or put a text in quotes"
_REMEDIES: Final = {
    "cannot start any token": "indent with spaces, not tabs; put a text in quotes",
    "mapping values are not allowed": "check the indentation; put a text with a colon in quotes",
    "undefined alias": "put a text that begins with an asterisk in quotes",
    "another document": "write each document to a file of its own",
    "find expected": "check the indentation, brackets and quotes",
    "unexpected end": "check whether a quotation mark is missing",
}
"""What helps, by a part of what PyYAML calls the problem."""
_MAPPING, _SEQUENCE, _SCALAR = "mapping", "sequence", "scalar"
"""What PyYAML calls its kinds of nodes."""


class Node(Struct, frozen=True):
    """A YAML value with its file, line and column.

    Plain `yes`, `no`, `on`, `off`, octal and sexagesimal numbers, which YAML 1.1 would silently
    turn into something else, are errors, and so are duplicate keys.
    """

    file: str
    node: "YamlNode"

    @property
    def position(self) -> tuple[int, int]:
        """Line and column, counted from 1."""
        mark = self.node.start_mark
        return mark.line + 1, mark.column + 1

    @property
    def last_line(self) -> int:
        """The last line of this value, counted from 1."""
        node = self.node
        while (kind := _kind_of(node)) != _SCALAR and node.value and not _is_in_brackets(node):
            # The end mark of a block is where the next node begins.
            last = node.value[-1]
            node = last[1] if kind == _MAPPING else last
        return int(node.end_mark.line + (node.end_mark.column > 0))

    @property
    def place(self) -> str:
        """The position as `file:line:column`, counted from 1."""
        line, column = self.position
        return f"{self.file}:{line}:{column}"

    def error(self, message: str, *, code: str = "E201", advice: str = "") -> NoReturn:
        """Raise an error at this position."""
        raise AmlauditError(code, f"{self.place} {message}", exit_code=Exit.INVALID, advice=advice)

    def mapping(self, known: Iterable[str], what: str, needed: Iterable[str] = ()) -> "Keys":
        """Return the values of a mapping by key.

        Args:
            known: The keys that it may have.
            what: What it is, for messages: `a waiver`.
            needed: The keys that it must have.

        Raises:
            AmlauditError: It has another key, or lacks one.
        """
        allowed = tuple(known)
        found = self.entries()
        for key, (at, _) in found.items():
            if key not in allowed:
                hint = did_you_mean(key, allowed) or _choices(allowed)
                at.error(f'unknown key "{key}" in {what}.{hint}')
        for key in needed:
            if key not in found:
                self.error(f'{what} has no "{key}"')
        return Keys((key, value) for key, (_, value) in found.items())

    def entries(self) -> dict[str, tuple["Node", "Node"]]:
        """Return (key node, value node) of a mapping by key."""
        if not self.is_mapping:
            self.error("expected a mapping of keys to values")
        found: dict[str, tuple[Node, Node]] = {}
        for key_node, value_node in self.node.value:
            at = Node(self.file, key_node)
            if _kind_of(key_node) != _SCALAR:
                at.error("a key must be a plain word")
            key = key_node.value
            if key in found:
                at.error(f'duplicate key "{key}"')
            found[key] = (at, Node(self.file, value_node))
        return found

    def members(self) -> list["Node"]:
        """Return the members of a list."""
        if not self.is_list:
            self.error("expected a list", advice="write it in brackets")
        return [Node(self.file, member) for member in self.node.value]

    def items(self) -> list["Node"]:
        """Return the members of a list that is not empty."""
        return self.members() or self.error("the list is empty")

    @property
    def is_mapping(self) -> bool:
        """Whether this is a mapping."""
        return _kind_of(self.node) == _MAPPING

    @property
    def is_list(self) -> bool:
        """Whether this is a list."""
        return _kind_of(self.node) == _SEQUENCE

    @property
    def is_in_brackets(self) -> bool:
        """Whether this is a mapping or list in flow style."""
        return _kind_of(self.node) != _SCALAR and _is_in_brackets(self.node)

    def text(self) -> str:
        """Return a string that is not empty."""
        value = self.scalar()
        if not isinstance(value, str) or not value.strip():
            self.error("expected a string", advice="put it in quotes")
        return value.strip()

    def one_of(self, words: type[StrEnum]) -> str:
        """Return a word of a closed list."""
        return self.word_of([member.value for member in words])

    def word_of(self, known: Sequence[str]) -> str:
        """Return a word that is one of the known ones."""
        word = self.text()
        if word not in known:
            self.error(f'"{word}" is not one of {", ".join(known)}.{did_you_mean(word, known)}')
        return word

    def boolean(self) -> bool:
        """Return true or false."""
        value = self.scalar()
        if not isinstance(value, bool):
            self.error("expected true or false")
        return value

    def scalar(self) -> str | bool | int | float:
        """Return a string, boolean or number that is spelled unambiguously."""
        if _kind_of(self.node) != _SCALAR:
            self.error("expected a single value")
        value: str = self.node.value
        tag = self.node.tag
        if tag == _BOOL:
            if value not in _TRUTHS:
                self.error(f"YAML reads {value} as a boolean", advice=_TRUE_OR_QUOTED)
            return _TRUTHS[value]
        if tag in (_INT, _FLOAT):
            return self._number(value)
        if tag == _STR:
            return value
        advice = "give it a value" if tag == _NULL else "put it in quotes"
        kind = tag.rpartition(":")[2]
        return self.error(f"YAML reads {value or 'nothing'} as {kind}", advice=advice)

    def as_written(self) -> str:
        """Return a scalar as it is written, whatever type YAML gives it; else an empty text."""
        return self.node.value if _kind_of(self.node) == _SCALAR else ""

    def day(self) -> date:
        """Return a day, written as YYYY-MM-DD."""
        text = self.as_written()
        if not _DAY.fullmatch(text):
            self.error("expected a date in the form YYYY-MM-DD")
        try:
            return date.fromisoformat(text)
        except ValueError:
            return self.error(f"invalid date {text}")

    def whole_number(self, least: int) -> int:
        """Return a whole number that is not less than a minimum."""
        value = self.scalar()
        if isinstance(value, bool) or not isinstance(value, int) or value < least:
            self.error(f"expected a whole number, {least} or more")
        return value

    def _number(self, text: str) -> int | float:
        """Return a decimal number."""
        if len(text) > _LONGEST_NUMBER or not _DECIMAL.fullmatch(text):
            self.error(f"YAML reads {text} as another number", advice=_DECIMAL_OR_QUOTED)
        return float(text) if set(text) & set(".eE") else int(text)

    def json(self) -> object:
        """Return the value as JSON: the ARM document in a case."""
        if self.is_mapping:
            return {key: value.json() for key, (_, value) in self.entries().items()}
        if self.is_list:
            return [member.json() for member in self.members()]
        return None if self.node.tag == _NULL else self.scalar()


class Keys(dict[str, Node]):
    """The values of a mapping by key."""

    def read(
        self, key: str, reader: Callable[[Node], _Value], default: _Default
    ) -> _Value | _Default:
        """Return what a reader makes of the value of a key, the default if the key is missing."""
        return reader(self[key]) if key in self else default


def read_yaml(path: Path, shown_as: str) -> Node:
    """Return the root node of a YAML file.

    Args:
        path: The file.
        shown_as: Its name in messages.

    Raises:
        AmlauditError: It cannot be read, or is not valid YAML.
    """
    return parse_yaml(text_of(path, shown_as), shown_as)


def parse_yaml(text: str, shown_as: str) -> Node:
    """Return the root node of YAML text; see `read_yaml`."""
    import yaml  # noqa: PLC0415 - it takes longer to load than the rest of a small command

    try:
        root = yaml.compose(text, Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark
        place = f":{mark.line + 1}:{mark.column + 1}" if mark else ""
        problem = str(error.problem)
        raise AmlauditError(
            "E201",
            f"{shown_as}{place} not valid YAML: {problem}",
            exit_code=Exit.INVALID,
            advice=next((advice for part, advice in _REMEDIES.items() if part in problem), ""),
        ) from error
    except (yaml.YAMLError, RecursionError) as error:
        raise AmlauditError(
            "E201", f"{shown_as} is not YAML", cause=str(error), exit_code=Exit.INVALID
        ) from error
    if root is None:
        raise AmlauditError("E201", f"{shown_as}:1:1 the file is empty", exit_code=Exit.INVALID)
    _measure(shown_as, root, {}, 0)
    return Node(shown_as, root)


def _choices(words: Sequence[str]) -> str:
    """Return a sentence that lists the words, unless there are too many."""
    return f" Known keys: {', '.join(words)}." if len(words) <= _MAX_NAMED else ""


def _kind_of(node: "YamlNode") -> str:
    """Return PyYAML's name for the kind of a node."""
    return str(getattr(node, "id", _SCALAR))


def _is_in_brackets(node: "YamlNode") -> bool:
    """Tell whether a mapping or list is in flow style."""
    return bool(getattr(node, "flow_style", False))


def _measure(file: str, node: "YamlNode", sizes: dict[int, int], depth: int) -> int:
    """Return the number of nodes that a node expands to, counting aliases each time.

    Raises:
        AmlauditError: It is nested too deep, contains itself, or expands to too many.
    """
    key = id(node)
    if depth > _DEEPEST or sizes.get(key) == _UNDER_WAY:
        Node(file, node).error(f"nested more than {_DEEPEST} levels deep, or contains itself")
    if key not in sizes:
        sizes[key] = _UNDER_WAY
        size = 1
        for each in _inside(node):
            size += 1 if _kind_of(each) == _SCALAR else _measure(file, each, sizes, depth + 1)
        sizes[key] = size
    if sizes[key] > _LARGEST:
        Node(file, node).error(f"expands to more than {_LARGEST} values")
    return sizes[key]


def _inside(node: "YamlNode") -> "Iterable[YamlNode]":
    """Return the nodes directly inside a node."""
    if _kind_of(node) == _MAPPING:
        return chain.from_iterable(node.value)
    return node.value if _kind_of(node) == _SEQUENCE else ()
