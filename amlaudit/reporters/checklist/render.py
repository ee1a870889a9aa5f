"""The checklist as a printable page, as Markdown, or as a workbook."""

from base64 import b64encode
from collections.abc import Callable, Mapping
from hashlib import sha256
from typing import Final

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from amlaudit.core.checklist import Checklist
from amlaudit.reporters.checklist import sheet, words
from amlaudit.reporters.texts import markdown
from amlaudit.reporters.words import moment_of, visible
from amlaudit.resources import shipped


def render(name: str, checklist: Checklist) -> bytes:
    """Return a checklist in one of `FORMATS`; equal checklists give equal bytes.

    Raises:
        AmlauditError: A dependency of the format is not installed.
    """
    return _FORMATS[name](checklist)


def _html(checklist: Checklist) -> bytes:
    """Return a page without script that may load nothing."""
    environment = _environment(autoescape=True)
    style = environment.get_template("checklist.css").render()
    allowed = b64encode(sha256(style.encode()).digest()).decode()
    policy = (
        f"default-src 'none'; style-src 'sha256-{allowed}'; base-uri 'none'; form-action 'none'"
    )
    page = environment.get_template("checklist.html.j2")
    return page.render(checklist=checklist, style=style, policy=policy).encode()


def _markdown(checklist: Checklist) -> bytes:
    """Return Markdown for a wiki, a comment or a job summary."""
    environment = _environment(autoescape=False)
    environment.filters["text"] = lambda value: markdown(str(value))
    return environment.get_template("checklist.md.j2").render(checklist=checklist).encode()


def _environment(*, autoescape: bool) -> Environment:
    """Return the template environment: undefined names are errors, hidden characters visible."""
    environment = Environment(
        loader=FileSystemLoader(shipped("templates") / "checklist"),
        autoescape=autoescape,  # noqa: S701 - off for Markdown alone, whose own filter escapes
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        finalize=visible,
    )
    environment.globals.update(CHECKS=words.CHECKS, ITEMS=words.ITEMS)
    environment.filters.update(
        answer=words.answer_of,
        check_text=words.check_text,
        level=words.level_of,
        moment=moment_of,
        rules=words.rules_of,
        sum=words.sum_of,
    )
    return environment


_FORMATS: Final[Mapping[str, Callable[[Checklist], bytes]]] = {
    "html": _html,
    "markdown": _markdown,
    "xlsx": sheet.workbook,
}
FORMATS: Final = tuple(_FORMATS)
"""Names of the formats in which a checklist is rendered by itself."""
