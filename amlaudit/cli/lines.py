"""Texts of others as lines that Rich prints."""

from rich.text import Text

from amlaudit.cli.harmless import harmless


def in_line(text: str, style: str = "") -> Text:
    """Return a harmless text as one line; of what looks like markup of Rich nothing is obeyed."""
    return Text(harmless(" ".join(text.split())), style=style)
