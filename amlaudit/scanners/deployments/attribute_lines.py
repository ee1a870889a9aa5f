"""Where a block of Terraform or an object of Bicep says what, taken line by line."""

from collections import Counter
from functools import lru_cache
from typing import Final, NamedTuple

from amlaudit.core.patterns import late_pattern

_ATTRIBUTE: Final = late_pattern(r'\s*"?([\w.-]+)"?\s*[=:](?!=)')
_BLOCK: Final = late_pattern(r'\s*(?:dynamic\s+"([^"]+)"|([\w-]+))\s*\{')
_CONTENT: Final = "content"
"""What a generated block consists of; it stands for nothing of its own."""
_OPEN: Final = "{[("
_CLOSED: Final = "}])"
_UNMEANT: Final = late_pattern(r""""(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*'|#.*|//.*""")
"""Texts and comments, whose brackets count for nothing."""


class _Said(NamedTuple):
    """What one line says, wherever it stands.

    Attributes:
        block: Name of the block that it opens, empty if it opens none.
        attribute: Name of the attribute that it sets, lower case, empty if it sets none.
        change: How many brackets it opens, less those that it closes.
    """

    block: str
    attribute: str
    change: int


class AttributeLines:
    """The attributes of one block, taken line by line."""

    def __init__(self) -> None:
        """Begin in the first line of the block."""
        self.lines: dict[str, int] = {}
        self._within: list[str] = []
        self._blocks: Counter[str] = Counter()

    def take(self, line: str, number: int) -> None:
        """Note what a line says.

        Args:
            line: The line.
            number: How far below the first line of the block it stands.
        """
        above = self._within[-1] if self._within else ""
        opened = above
        block, attribute, change = _said_in(line)
        if block:
            opened = self._block(above, block)
            self.lines.setdefault(opened, number)
        elif attribute:
            opened = f"{above}.{attribute}"
            self.lines.setdefault(opened, number)
        if change > 0:
            self._within += [opened] * change
        elif change < 0:
            del self._within[change:]

    def _block(self, above: str, name: str) -> str:
        """Return the path of a block, which may stand there several times."""
        if name == _CONTENT:
            return above
        path = f"{above}.{name.lower()}"
        self._blocks[path] += 1
        return f"{path}[{self._blocks[path] - 1}]"


@lru_cache(maxsize=4096)  # blocks of a kind have most of their lines in common
def _said_in(line: str) -> _Said:
    """Return what a line says."""
    block = _BLOCK.match(line)
    attribute = None if block else _ATTRIBUTE.match(line)
    bare = _UNMEANT.sub("", line)
    change = sum(map(bare.count, _OPEN)) - sum(map(bare.count, _CLOSED))
    name = (block[1] or block[2]) if block else ""
    return _Said(name, attribute[1].lower() if attribute else "", change)
