"""Where a Bicep source declares the resources of its template.

https://learn.microsoft.com/azure/azure-resource-manager/bicep/file
"""

import re
from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Any, Final

from msgspec import Struct, field

from amlaudit.core.patterns import late_pattern
from amlaudit.scanners.deployments.attribute_lines import AttributeLines
from amlaudit.scanners.files.json_places import Span
from amlaudit.scanners.files.json_values import object_of

_DECLARATION: Final = late_pattern(
    r"(\s*)(resource|module)\s+([A-Za-z_]\w*)\s+'([^'@]*)[^']*'\s*(existing\b)?"
)
_DEPLOYMENT: Final = "microsoft.resources/deployments"
"""The type that a module compiles to."""


class _Declared(Struct):
    """A resource or module in a source.

    Attributes:
        symbol: Its symbolic name.
        type: The ARM type that it compiles to, lower case.
        is_existing: It is only referred to.
        indent: White space before it.
        line: Its first line.
        end_line: Its last line, 0 while unknown.
        attributes: The lines of its attributes.
    """

    symbol: str
    type: str
    is_existing: bool
    indent: str
    line: int
    end_line: int = 0
    attributes: AttributeLines = field(default_factory=AttributeLines)

    def span(self) -> Span:
        """Return where it is written; the content of a module is not properties."""
        lines = {} if self.type == _DEPLOYMENT else self.attributes.lines
        return Span(self.line, self.end_line or self.line, lines, self.symbol)


def spans_in(source: str, template: object) -> dict[str, Span]:
    """Return where a template's resources are declared, by the JSON pointer of each.

    Resources without a symbolic name are matched by type, in source order, if the source has
    equally many of that type.

    Args:
        source: The text of the source.
        template: The template compiled from it.
    """
    declared = [each for each in _declared(source) if not each.is_existing]
    resources = object_of(template).get("resources")
    if isinstance(resources, Mapping):
        return _by_name(resources, declared)
    return _by_type(resources if isinstance(resources, list) else [], declared)


def _by_name(resources: Mapping[str, Any], declared: Sequence[_Declared]) -> dict[str, Span]:
    """Return where resources with symbolic names are declared."""
    by_symbol = {each.symbol: each.span() for each in declared}
    symbols = {name: name.rpartition("::")[2] for name in resources}
    return {
        f"/resources/{name}": by_symbol[symbol]
        for name, symbol in symbols.items()
        if symbol in by_symbol
    }


def _by_type(resources: Sequence[object], declared: Sequence[_Declared]) -> dict[str, Span]:
    """Return where resources without symbolic names are declared, as far as types determine it."""
    by_type: defaultdict[str, list[_Declared]] = defaultdict(list)
    for each in declared:
        by_type[each.type].append(each)
    members: defaultdict[str, list[int]] = defaultdict(list)
    for index, raw in enumerate(resources):
        members[_type_of(object_of(raw))].append(index)
    return {
        f"/resources/{index}": each.span()
        for kind, indices in members.items()
        if len(indices) == len(by_type[kind])
        for index, each in zip(indices, by_type[kind], strict=True)
    }


def _type_of(raw: Mapping[str, Any]) -> str:
    """Return the type of a resource in a template, lower case."""
    return str(raw.get("type") or "").lower()


def _declared(source: str) -> list[_Declared]:
    """Return a source's declarations, in order; each ends where `bicep format` ends it."""
    found: list[_Declared] = []
    enclosing: list[_Declared] = []
    for number, line in enumerate(source.splitlines(), 1):
        while enclosing and line.startswith(
            (f"{enclosing[-1].indent}}}", f"{enclosing[-1].indent}]")
        ):
            enclosing.pop().end_line = number
        for each in enclosing:
            each.attributes.take(line, number - each.line)
        if match := _DECLARATION.match(line):
            each = _declaration_at(match, number, enclosing)
            found.append(each)
            if not line.rstrip().endswith(("}", "]")):
                enclosing.append(each)
    return found


def _declaration_at(match: re.Match[str], number: int, enclosing: list[_Declared]) -> _Declared:
    """Return a declaration of which the first line has been read."""
    indent, kind, symbol, written, existing = match.groups()
    arm_type = written.lower()
    if enclosing and "." not in arm_type.partition("/")[0]:
        arm_type = f"{enclosing[-1].type}/{arm_type}"
    if kind == "module":
        arm_type = _DEPLOYMENT
    return _Declared(symbol, arm_type, existing is not None, indent, number)
