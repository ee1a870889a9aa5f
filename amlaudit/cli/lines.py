"""Lines that Rich prints: harmless ones of texts of others, and none with spaces at its end."""

from rich.console import Console, RenderableType
from rich.text import Text

from amlaudit.cli.harmless import harmless


def in_line(text: str, style: str = "") -> Text:
    """Return a harmless text as one line; of what looks like markup of Rich nothing is obeyed."""
    return Text(harmless(" ".join(text.split())), style=style)


def print_trimmed(console: Console, shown: RenderableType) -> None:
    """Print a table or a text without the spaces by which Rich fills its lines."""
    for line in console.render_lines(shown, pad=False):
        text = Text.assemble(*((each.text, each.style or "") for each in line))
        text.rstrip()
        console.print(text, soft_wrap=True)
