"""JSON values and names as Bicep and Terraform write them.

https://learn.microsoft.com/azure/azure-resource-manager/bicep/data-types
https://developer.hashicorp.com/terraform/language/expressions/types
"""

import json
import re
from collections.abc import Callable, Iterator, Mapping

from msgspec import Struct

from amlaudit.core.patterns import late_pattern

_PLAIN_KEY = late_pattern(r"[A-Za-z_][A-Za-z0-9_]*")
_INDENT = "  "


class Raw(Struct, frozen=True):
    """An expression of the language itself, written verbatim."""

    text: str


class Key(str):
    """A key that is an expression of the language itself."""

    __slots__ = ()


class Dialect(Struct, frozen=True):
    """How a language writes values.

    Attributes:
        quote: Returns a text as a literal without expressions.
        between: What separates a key from its value.
        after: What ends a list member that is on separate lines.
        key: How an expression is written as a key, `{}` for the expression.
        identifier: Returns a text as the name of a declaration.
    """

    quote: Callable[[str], str]
    between: str
    after: str
    key: str
    identifier: Callable[[str], str]

    def write(self, value: object, depth: int = 0) -> str:
        """Return a JSON value as the language writes it, lines after the first indented."""
        match value:
            case Raw(text):
                return text
            case str():
                return self.quote(value)
            case Mapping():
                return self._block("{", self._members(value, depth + 1), "}", depth)
            case list() | tuple():
                return self._list(value, depth)
            case _:
                return json.dumps(value)

    def _members(self, members: Mapping[str, object], depth: int) -> Iterator[str]:
        """Yield the members of an object."""
        for key, value in members.items():
            name = key if _PLAIN_KEY.fullmatch(key) else self.quote(key)
            if isinstance(key, Key):
                name = self.key.format(key)
            yield f"{name}{self.between}{self.write(value, depth)}"

    def _list(self, members: list[object] | tuple[object, ...], depth: int) -> str:
        """Return a list: on one line, or each object in it on separate lines."""
        if any(isinstance(each, Mapping | list | tuple) for each in members):
            lines = (self.write(each, depth + 1) + self.after for each in members)
            return self._block("[", lines, "]", depth)
        return f"[{', '.join(self.write(each) for each in members)}]"

    def _block(self, opening: str, lines: Iterator[str], closing: str, depth: int) -> str:
        """Return lines enclosed in brackets and indented."""
        inner = [f"{_INDENT * (depth + 1)}{line}" for line in lines]
        return (
            "\n".join([opening, *inner, f"{_INDENT * depth}{closing}"])
            if inner
            else (opening + closing)
        )


def _quote_bicep(text: str) -> str:
    """Return a text as a Bicep literal; `${` would begin an expression."""
    escaped = text.replace("\\", "\\\\").replace("'", "\\'").replace("${", "\\${")
    return "'" + escaped.replace("\n", "\\n").replace("\r", "\\r").replace("\t", "\\t") + "'"


def _quote_terraform(text: str) -> str:
    """Return a text as a Terraform literal; `${` and `%{` would begin an expression."""
    return json.dumps(text).replace("${", "$${").replace("%{", "%%{")


def _words_of(text: str) -> list[str]:
    """Return the words of a text, an identifier or a relation; at least one."""
    return re.findall(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|\d+", text) or ["it"]


def camel(text: str) -> str:
    """Return a text in camel case, for Bicep."""
    first, *others = [word.lower() for word in _words_of(text)]
    return first + "".join(word.capitalize() for word in others)


def snake(text: str) -> str:
    """Return a text in snake case, for Terraform."""
    return "_".join(word.lower() for word in _words_of(text))


BICEP = Dialect(_quote_bicep, ": ", "", "'${{{}}}'", camel)
TERRAFORM = Dialect(_quote_terraform, " = ", ",", "({})", snake)
