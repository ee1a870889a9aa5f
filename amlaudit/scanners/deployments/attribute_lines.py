"""The lines of properties in a Terraform block or Bicep object, parsed line by line."""

from collections import Counter
from functools import lru_cache
from typing import Final, NamedTuple

from amlaudit.core.patterns import late_pattern

_ATTRIBUTE: Final = late_pattern(r'\s*"?([\w.-]+)"?\s*[=:](?!=)')
_BLOCK: Final = late_pattern(r'\s*(?:dynamic\s+"([^"]+)"|([\w-]+))\s*\{')
_CONTENT: Final = "content"
"""The body of a generated block, which has no meaning of its own."""
_OPEN: Final = "{[("
_CLOSED: Final = "}])"
_TEXT_OR_COMMENT: Final = late_pattern(r""""(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*'|#.*|//.*""")
"""Strings and comments, whose brackets do not count."""


class _LineContent(NamedTuple):
    """The content of one line, regardless of context.

    Attributes:
        block: Name of the block that it opens, empty if none.
        attribute: Name of the attribute that it sets, lower case, empty if none.
        change: Number of brackets that it opens, minus those that it closes.
    """

    block: str
    attribute: str
    change: int


class AttributeLines:
    """The attributes of one block, parsed line by line."""

    def __init__(self) -> None:
        """Begin on the first line of the block."""
        self.lines: dict[str, int] = {}
        self._open: list[str] = []
        self._blocks: Counter[str] = Counter()

    def take(self, line: str, number: int) -> None:
        """Record the content of a line.

        Args:
            line: The line.
            number: Its offset from the first line of the block.
        """
        above = self._open[-1] if self._open else ""
        opened = above
        block, attribute, change = _content_of(line)
        if block:
            opened = self._block(above, block)
            self.lines.setdefault(opened, number)
        elif attribute:
            opened = f"{above}.{attribute}"
            self.lines.setdefault(opened, number)
        if change > 0:
            self._open += [opened] * change
        elif change < 0:
            del self._open[change:]

    def _block(self, above: str, name: str) -> str:
        """Return the path of a block, which may occur several times."""
        if name == _CONTENT:
            return above
        path = f"{above}.{name.lower()}"
        self._blocks[path] += 1
        return f"{path}[{self._blocks[path] - 1}]"


@lru_cache(maxsize=4096)  # blocks of a kind have most lines in common
def _content_of(line: str) -> _LineContent:
    """Return the content of a line."""
    block = _BLOCK.match(line)
    attribute = None if block else _ATTRIBUTE.match(line)
    bare = _TEXT_OR_COMMENT.sub("", line)
    change = sum(map(bare.count, _OPEN)) - sum(map(bare.count, _CLOSED))
    name = (block[1] or block[2]) if block else ""
    return _LineContent(name, attribute[1].lower() if attribute else "", change)
