"""Where a plan's resources are written: in the source files next to it, else in the plan."""

import json
import re
from bisect import bisect_right
from collections.abc import Iterator, Mapping, Sequence
from functools import cached_property
from pathlib import Path
from types import MappingProxyType
from typing import Final, NamedTuple

from amlaudit.core.patterns import late_pattern
from amlaudit.core.place import Lines, Place, Written
from amlaudit.scanners.deployments.attribute_lines import AttributeLines
from amlaudit.scanners.deployments.terraform.addresses import parent_module
from amlaudit.scanners.deployments.terraform.azapi import AZAPI
from amlaudit.scanners.deployments.terraform.lines import of_document, of_mapped
from amlaudit.scanners.deployments.terraform.mapping import COMMON, resource_map
from amlaudit.scanners.deployments.terraform.plan import Declaration
from amlaudit.scanners.deployments.terraform.references import References
from amlaudit.scanners.files.input import Input, shown_path
from amlaudit.sizes import LARGEST_JSON, LARGEST_SOURCE, bytes_of

_BLOCK: Final = late_pattern(r'(\s*)(resource|data|module)\s+"([^"]+)"\s*(?:"([^"]+)"\s*)?\{(.*)')
_HEREDOC: Final = late_pattern(r"<<[-~]?\s*(\w+)\s*$")
_ADDRESS: Final = late_pattern(r'"address"\s*:\s*("(?:[^"\\]|\\.)*")')
_CHANGES: Final = '"resource_changes"'
_NAME: Final = late_pattern(r"\.([\w-]+)")
_NOTHING: Final[Lines] = MappingProxyType({})
"""For a block without attributes of a resource itself."""


class Block(NamedTuple):
    """A block in a `.tf` file.

    Attributes:
        path: The file, as reports show it.
        line: Its first line, from 1.
        end_line: Its last line.
        column: Its first column, from 1.
        attributes: The lines of its attributes.
    """

    path: str
    line: int
    end_line: int
    column: int
    attributes: Lines = _NOTHING


class Places:
    """Finds where a plan's declarations are written."""

    def __init__(self, file: Input) -> None:
        """Defer reading the plan's folder until it is needed."""
        self._file = file
        self._folder = file.path.parent
        self._folders: dict[Path, Mapping[str, Block]] = {}
        # Blocks of a kind mostly look alike, and share one object, by which its properties are
        # found again.
        self._distinct: dict[tuple[tuple[str, int], ...], Lines] = {}
        self._property_lines: dict[tuple[str, int], Lines] = {}

    def of(self, declaration: Declaration, references: References, plan: str = "") -> Written:
        """Return where a declaration is written.

        Args:
            declaration: The declaration.
            references: The references of its plan.
            plan: Name of that plan, if the file holds several.
        """
        block = self._block(declaration, references)
        if block:
            line, column, address = block.line, block.column, declaration.address
            place = Place(block.path, line, column, block.end_line, address)
            return Written(place, self._properties(declaration.type, block.attributes))
        line, column = self._in_plan(declaration.address, plan)
        return Written(Place(self._shown, line, column, address=declaration.address))

    def names(self, declaration: Declaration, references: References) -> frozenset[str]:
        """Return all names in a declaration's block, none if the block is not here."""
        block = self._block(declaration, references)
        return frozenset(_NAME.findall(" ".join(block.attributes))) if block else frozenset()

    def _properties(self, kind: str, attributes: Lines) -> Lines | None:
        """Return the lines of the properties that a block's attributes map to."""
        key = kind, id(attributes)
        if key not in self._property_lines:
            mapped = resource_map(kind)
            rows = (*COMMON, *mapped.rows) if mapped and not mapped.into else ()
            body = of_document(attributes) if kind == AZAPI else {}
            self._property_lines[key] = {**of_mapped(rows, attributes), **body}
        return self._property_lines[key]

    def _block(self, declaration: Declaration, references: References) -> Block | None:
        """Return a declaration's block, else that of the nearest enclosing module call."""
        folder, found = self._root, None
        names = [*_calls(declaration.module), declaration.block]
        sources = [*references.sources(declaration.module), ""]
        for name, source in zip(names, sources, strict=True):
            block = self._blocks(folder).get(name) if folder else None
            if not block:
                return found and found._replace(attributes=_NOTHING)
            found = block
            folder = folder / source if folder and source.startswith(".") else None
        return found

    @cached_property
    def _root(self) -> Path | None:
        """The root module's folder: the plan's, else the only one below it with files."""
        if _sources_in(self._folder):
            return self._folder
        below = {each.parent for each in _sources_in(self._folder, "*/")}
        return below.pop() if len(below) == 1 else None

    def _blocks(self, folder: Path) -> Mapping[str, Block]:
        """Return a module's blocks by their addresses in it."""
        if folder not in self._folders:
            self._folders[folder] = {
                name: block._replace(attributes=self._shared(block.attributes))
                for each in _sources_in(folder)
                for name, block in blocks_in(each)
            }
        return self._folders[folder]

    def _shared(self, attributes: Lines) -> Lines:
        """Return the attributes of the first block that has the same ones on the same lines."""
        return self._distinct.setdefault(tuple(attributes.items()), attributes)

    def _in_plan(self, address: str, plan: str) -> tuple[int, int]:
        """Return (line, column) of an address in the plan, the file's beginning if it is absent."""
        at = self._offsets.get((plan, address), self._offsets.get(("", address)))
        if at is None:
            return 1, 1
        line = bisect_right(self._breaks, at)
        return line, at - self._breaks[line - 1] + 1

    @cached_property
    def _shown(self) -> str:
        """The plan's path, as reports show it."""
        return shown_path(self._file.path)

    @cached_property
    def _text(self) -> str:
        """The plan's text."""
        written = bytes_of(self._file.path, LARGEST_JSON)
        return written.decode(json.detect_encoding(written), "replace")

    @cached_property
    def _breaks(self) -> list[int]:
        """The offset at which each line of the plan begins."""
        return [0, *(match.end() for match in re.finditer("\n", self._text))]

    @cached_property
    def _offsets(self) -> Mapping[tuple[str, str], int]:
        """The first offset of each address in the plan, among the changes if there are any."""
        found: dict[tuple[str, str], int] = {}
        starts = [("", max(self._text.find(_CHANGES), 0))]
        if isinstance(self._file.value, Mapping) and "mock" in self._file.value:
            names = self._file.value["mock"]
            starts = [(name, self._text.find(f'"{name}"')) for name in names]
        starts.sort(key=lambda start: start[1])
        ends = [start for _, start in starts[1:]] + [len(self._text)]
        for (name, start), end in zip(starts, ends, strict=True):
            for match in _ADDRESS.finditer(self._text, start, end):
                found.setdefault((name, str(json.loads(match[1]))), match.start())
        return found


def _sources_in(folder: Path, below: str = "") -> list[Path]:
    """Return the source files in a folder; those that only OpenTofu reads come last, and count.

    https://opentofu.org/docs/language/files/
    """
    found = (sorted(folder.glob(f"{below}{pattern}")) for pattern in ("*.tf", "*.tofu"))
    return [each for files in found for each in files if each.is_file()]


def _calls(module: str) -> list[str]:
    """Return the addresses of the calls that lead to a module, outermost first."""
    if not module:
        return []
    parent, call = parent_module(module)
    return [*_calls(parent), f"module.{call}"]


class _OpenBlock(NamedTuple):
    """A block whose end has not been read yet.

    Attributes:
        address: Its address in the module.
        line: Its first line, from 1.
        indent: Number of spaces before it.
        attributes: Its attributes so far.
    """

    address: str
    line: int
    indent: int
    attributes: AttributeLines

    def ends_with(self, line: str) -> bool:
        """Tell whether a line is its last: `terraform fmt` puts the brace below its first word."""
        return line.startswith(" " * self.indent + "}")


def blocks_in(file: Path) -> Iterator[tuple[str, Block]]:
    """Yield (address in the module, block) of the resources and module calls in a `.tf` file."""
    shown = shown_path(file)
    lines = bytes_of(file, LARGEST_SOURCE).decode("utf-8", "replace").splitlines()
    block: _OpenBlock | None = None
    for number, line in _outside_of_texts(lines):
        if block and block.ends_with(line):
            column = block.indent + 1
            yield block.address, Block(shown, block.line, number, column, block.attributes.lines)
            block = None
        elif block:
            block.attributes.take(line, number - block.line)
        elif match := _BLOCK.match(line):
            address, indent = _address(match), len(match[1])
            if match[5].rstrip().endswith("}"):
                yield address, Block(shown, number, number, indent + 1)
            else:
                block = _OpenBlock(address, number, indent, AttributeLines())


def _outside_of_texts(lines: Sequence[str]) -> Iterator[tuple[int, str]]:
    """Yield (number, line) of the lines that are not inside a multi-line string."""
    text_end = ""
    for number, line in enumerate(lines, 1):
        if text_end:
            text_end = "" if line.strip() == text_end else text_end
            continue
        if "<<" in line and (heredoc := _HEREDOC.search(line)):
            text_end = heredoc[1]
        yield number, line


def _address(match: re.Match[str]) -> str:
    """Return a block's address in its module."""
    kind, first, second = match[2], match[3], match[4]
    if kind == "module":
        return f"module.{first}"
    return f"{'data.' if kind == 'data' else ''}{first}.{second}"
