"""Where a block in a `.tf` file says what: its attributes, and the properties they stand for."""

from collections.abc import Iterable, Iterator
from typing import Final

from amlaudit.core.path import Steps, spell_path
from amlaudit.core.place import Lines
from amlaudit.scanners.deployments.terraform.mapping import Row

_BODIES: Final = (".body", ".sensitive_body")
"""What holds a document of Azure as it is."""


def of_document(attributes: Lines) -> Lines:
    """Return where the document says what that a resource of azapi declares."""
    return {
        path.removeprefix(body): line
        for body in _BODIES
        for path, line in attributes.items()
        if path.startswith(f"{body}.")
    }


def of_mapped(rows: Iterable[Row], attributes: Lines) -> Lines:
    """Return where the properties are written that attributes stand for.

    Args:
        rows: What they stand for.
        attributes: Where those are written.
    """
    found: dict[str, int] = {}
    for path, line in _mapped(rows, attributes, "", ""):
        found.setdefault(path, line)
    return found


def _mapped(
    rows: Iterable[Row], attributes: Lines, within: str, above: str
) -> Iterator[tuple[str, int]]:
    """Yield (property, line) of what rows say.

    Args:
        rows: The rows.
        attributes: Where attributes are written.
        within: The block that the rows stand in.
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
    """Yield what each block of a list says."""
    index = 0
    while (block := f"{path}[{index}]") in attributes:
        for target in row.to:
            member = f"{above}{_lower(target)}[{index}]"
            yield member, attributes[block]
            yield from _mapped(row.rows, attributes, block, member)
        index += 1


def _of_attribute(row: Row, attributes: Lines, path: str, above: str) -> Iterator[tuple[str, int]]:
    """Yield what one attribute says, and the members of a map."""
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
    """Return the path of an attribute, each block around it being the first of its name."""
    return "".join(f".{block}[0]" for block in source[:-1]) + f".{source[-1]}"


def _lower(target: Steps) -> str:
    """Return the path of a property as `Lines` have it."""
    return f".{spell_path(target).lower()}" if target else ""
