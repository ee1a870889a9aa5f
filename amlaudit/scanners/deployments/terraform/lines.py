"""Lines of a block in a `.tf` file: of its attributes, and of the properties they map to."""

from collections.abc import Iterable, Iterator
from typing import Final

from amlaudit.core.path import Steps, spell_path
from amlaudit.core.place import Lines
from amlaudit.scanners.deployments.terraform.mapping import Row

_BODIES: Final = (".body", ".sensitive_body")
"""Attributes that hold an Azure document as it is."""


def of_document(attributes: Lines) -> Lines:
    """Return the property lines of the document that an azapi resource declares."""
    return {
        path.removeprefix(body): line
        for body in _BODIES
        for path, line in attributes.items()
        if path.startswith(f"{body}.")
    }


def of_mapped(rows: Iterable[Row], attributes: Lines) -> Lines:
    """Return the lines of the properties that attributes map to.

    Args:
        rows: Their mapping.
        attributes: The lines of the attributes.
    """
    found: dict[str, int] = {}
    for path, line in _mapped(rows, attributes, "", ""):
        found.setdefault(path, line)
    return found


def _mapped(
    rows: Iterable[Row], attributes: Lines, within: str, above: str
) -> Iterator[tuple[str, int]]:
    """Yield the (property, line) pairs of rows.

    Args:
        rows: The rows.
        attributes: The lines of attributes.
        within: The block that contains the rows' attributes.
        above: The property that they write into.
    """
    for row in rows:
        if row.child:
            continue
        for source in (row.source, *(each.source for each in row.former)):
            path = within + _spelled(source)
            if row.many and row.rows:
                yield from _of_blocks(row, attributes, path, above)
            elif row.rows:
                yield from _mapped(row.rows, attributes, f"{path}[0]", above)
            yield from _of_attribute(row, attributes, path, above)


def _of_blocks(row: Row, attributes: Lines, path: str, above: str) -> Iterator[tuple[str, int]]:
    """Yield the pairs of each block of a list."""
    index = 0
    while (block := f"{path}[{index}]") in attributes:
        for target in row.to:
            member = f"{above}{_lower(target)}[{index}]"
            yield member, attributes[block]
            yield from _mapped(row.rows, attributes, block, member)
        index += 1


def _of_attribute(row: Row, attributes: Lines, path: str, above: str) -> Iterator[tuple[str, int]]:
    """Yield the pairs of one attribute, and of a map's members."""
    line = attributes.get(path, attributes.get(f"{path}[0]"))
    if line is None:
        return
    for target in (*row.to, *row.present):
        spelled = above + _lower(target)
        yield spelled, line
        for member, at in attributes.items():
            if member.startswith(f"{path}.") and not row.transform:
                yield spelled + member.removeprefix(path), at


def _spelled(source: Steps) -> str:
    """Return an attribute's path, with each enclosing block the first of its name."""
    return "".join(f".{block}[0]" for block in source[:-1]) + f".{source[-1]}"


def _lower(target: Steps) -> str:
    """Return a property's path in the form used in `Lines`."""
    return f".{spell_path(target).lower()}" if target else ""
