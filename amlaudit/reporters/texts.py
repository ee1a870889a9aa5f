"""Texts that stay plain in every SARIF viewer: no link, no markup, no hidden character."""

import re
from functools import lru_cache
from typing import Final

from amlaudit.core.patterns import late_pattern
from amlaudit.reporters.words import visible

_ANGLES: Final = str.maketrans(
    "<>",
    "\N{SINGLE LEFT-POINTING ANGLE QUOTATION MARK}\N{SINGLE RIGHT-POINTING ANGLE QUOTATION MARK}",
)

_SYNTAX: Final = late_pattern(
    r"[\]:Ww{](?:(?<=\])(?=\()|(?<=:)(?=//)|(?<=[Ww]{3})(?=\.)|(?<=\{)(?=\d+\}))"
)
"""What a backslash behind it keeps viewers from taking for a link (`[a](b)`, `https://…`, `www.…`),
or a placeholder (`{0}`). It begins with a character, to find which takes a tenth of the time.

SARIF 2.1.0, 3.11.5 and 3.11.6; GitHub Flavored Markdown, 6.9.
https://docs.oasis-open.org/sarif/sarif/v2.1.0/sarif-v2.1.0.html
https://github.github.com/gfm/#autolinks-extension-
"""

_MARKUP: Final = late_pattern(r"[\\`*_\[\]<>&#|~!]")
"""What can begin a construct of GitHub Flavored Markdown within a line."""


def clean(text: str) -> str:
    """Return a text on one line, with what would hide or reorder it made visible."""
    return " ".join(str(visible(text)).split())


def plain(text: str, limit: int) -> str:
    """Return a text of the cloud as a plain message shows it, at most `limit` characters of it.

    Angle brackets become guillemets: there is no way to escape them that is right both for viewers
    that take a message for plain text and for those that take it for HTML.
    """
    return _unlinked(shorten(clean(text), limit).translate(_ANGLES))


@lru_cache(maxsize=4096)  # what is said of one resource is said of others too
def markdown(text: str) -> str:
    """Return a text as Markdown that shows it as it is."""
    return _unlinked(_MARKUP.sub(lambda found: f"\\{found[0]}", clean(text)))


def _unlinked(text: str) -> str:
    """Return a text in which no viewer sees a link or a placeholder."""
    return _SYNTAX.sub(lambda found: f"{found[0]}\\", text)


def fenced(code: str, language: str) -> str:
    """Return code as a block of Markdown that nothing in it can end."""
    longest = max((len(run) for run in re.findall(r"`+", code)), default=0)
    fence = "`" * max(3, longest + 1)
    return f"{fence}{language}\n{code}\n{fence}"


def shorten(text: str, limit: int) -> str:
    """Return a text, cut to `limit` characters with an ellipsis where it is longer."""
    return text if len(text) <= limit else text[: limit - 1].rstrip() + "…"


def sentence(text: str) -> str:
    """Return a text with a full stop at its end, unless it has a mark there or is empty."""
    return text if not text or text.endswith((".", "!", "?", "…")) else f"{text}."


def number(count: int, noun: str) -> str:
    """Return a count with its noun: "1 resource", "2 resources"."""
    return f"{count:,} {noun}" if count == 1 else f"{count:,} {noun}s"
