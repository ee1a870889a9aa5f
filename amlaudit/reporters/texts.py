"""Texts from the cloud, made safe to show: without hidden characters, links or markup."""

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
"""Positions where a backslash prevents viewers from seeing a link (`[a](b)`, `https://…`, `www.…`)
or a placeholder (`{0}`). Starting the pattern with a character makes the search ten times faster.

SARIF 2.1.0, 3.11.5 and 3.11.6; GitHub Flavored Markdown, 6.9.
https://docs.oasis-open.org/sarif/sarif/v2.1.0/sarif-v2.1.0.html
https://github.github.com/gfm/#autolinks-extension-
"""

_MARKUP: Final = late_pattern(r"[\\`*_\[\]<>&#|~!]")
"""Characters that can begin inline syntax in GitHub Flavored Markdown."""


def clean(text: str) -> str:
    """Return a text on one line, with hiding and reordering characters made visible."""
    return " ".join(str(visible(text)).split())


def plain(text: str, limit: int) -> str:
    """Return a text from the cloud as shown in a plain message, cut to `limit` characters.

    Angle brackets become guillemets: no escape is right both for viewers that read a message as
    plain text and for those that read it as HTML.
    """
    return _unlinked(shorten(clean(text), limit).translate(_ANGLES))


@lru_cache(maxsize=4096)  # texts about one resource recur for others
def markdown(text: str) -> str:
    """Return a text as Markdown that shows it literally."""
    return _unlinked(_MARKUP.sub(lambda found: f"\\{found[0]}", clean(text)))


def _unlinked(text: str) -> str:
    """Return a text in which no viewer sees a link or a placeholder."""
    return _SYNTAX.sub(lambda found: f"{found[0]}\\", text)


def fenced(code: str, language: str) -> str:
    """Return code as a Markdown block that its content cannot end."""
    longest = max((len(run) for run in re.findall(r"`+", code)), default=0)
    fence = "`" * max(3, longest + 1)
    return f"{fence}{language}\n{code}\n{fence}"


def code(text: str) -> str:
    """Return a text as Markdown code on one line, which its content cannot end."""
    shown = clean(text)
    marks = "`" * (1 + max(map(len, re.findall(r"`+", shown)), default=0))
    return f"{marks} {shown} {marks}" if "`" in shown else f"{marks}{shown}{marks}"


def shorten(text: str, limit: int) -> str:
    """Return a text, cut to `limit` characters with an ellipsis if it is longer."""
    return text if len(text) <= limit else text[: limit - 1].rstrip() + "…"


def sentence(text: str) -> str:
    """Return a text ending in a full stop, unless it is empty or ends in punctuation."""
    return text if not text or text.endswith((".", "!", "?", "…")) else f"{text}."


def number(count: int, noun: str) -> str:
    """Return a count with its noun: "1 resource", "2 resources"."""
    return f"{count:,} {noun}" if count == 1 else f"{count:,} {noun}s"
