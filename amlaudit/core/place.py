"""Places in files: where something is declared, so that people can open it there."""

import re
from typing import Final, NamedTuple

_WRITTEN: Final = re.compile(r"([^:\s][^:\r\n]{0,400}):([1-9][0-9]{0,6})")


class Place(NamedTuple):
    """Where a resource, a waiver or a rule is written down; a tuple, because findings carry it.

    Attributes:
        path: Of the file, with forward slashes, relative to where the audit runs if it lies there.
        line: First line, from 1.
        column: First column, from 1.
        end_line: Last line, 0 where only the first is known.
        address: Name of the declaration in its language, such as `azurerm_storage_account.data` or
            a JSON pointer, empty where it has none.
    """

    path: str
    line: int
    column: int = 1
    end_line: int = 0
    address: str = ""

    def __str__(self) -> str:
        """Return `path:line`, as compilers write it."""
        return f"{self.path}:{self.line}"


def place_in(text: object) -> Place | None:
    """Return the place that a text like `infra/main.bicep:12` names, None if it is no such text."""
    found = _WRITTEN.fullmatch(text) if isinstance(text, str) else None
    return Place(found[1], int(found[2])) if found else None
