"""The templates of the page, with their words and filters."""

from collections.abc import Iterable
from functools import lru_cache
from shlex import quote
from typing import Final
from urllib.parse import urlencode

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from amlaudit.core import arm_id
from amlaudit.core.history import Change
from amlaudit.core.patterns import late_pattern
from amlaudit.core.report import Finding
from amlaudit.core.rule import Severity
from amlaudit.reporters import words
from amlaudit.reporters.checklist import words as checklist_words
from amlaudit.reporters.html import (
    charts,
    coverage,
    exceptions,
    frameworks,
    workspaces,
)
from amlaudit.reporters.html.counts import FIRST_FAILS
from amlaudit.reporters.html.index import shown
from amlaudit.reporters.html.links import is_https
from amlaudit.reporters.topology import draw
from amlaudit.reporters.topology.drawing import PASSAGES, filter_of
from amlaudit.resources import shipped

MAX_GAPS: Final = 2_000
"""Maximum number of gaps that the page lists."""
_TECHNICAL: Final = late_pattern(r"(^|; )(?:-> |(?:properties\.)+)")
"""Message prefix of a relation or a property; the name alone is enough for people."""
_ID: Final = late_pattern(r"/subscriptions/[^\s,;]*/([^\s,;/]+)")
"""An id in a message; the name alone is enough where space is limited."""
_COUNT: Final = late_pattern(r"\d of \d+ match\b")
_SENTENCE: Final = late_pattern(r"[a-z]+ ")
_NOT_IN_ANCHOR: Final = late_pattern(r"[^A-Za-z0-9_-]")


@lru_cache(maxsize=1)
def environment() -> Environment:
    """Return the template environment: everything escaped, undefined names are errors."""
    env = Environment(
        loader=FileSystemLoader(shipped("templates") / "html"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        finalize=words.visible,
    )
    env.globals.update(_WORDS)
    env.globals.update(
        draw=draw,
        filter_of=filter_of,
        interval_bar=charts.interval,
        severity_by_area=charts.severity_by_area,
        trend_chart=charts.trend,
        days_left=exceptions.days_left,
    )
    env.filters.update(
        answer=checklist_words.answer_of,
        check_result=checklist_words.result_text,
        level=checklist_words.level_of,
        open_items=checklist_words.sum_of,
        status_word=words.STATUSES.__getitem__,
        anchor=lambda text: _NOT_IN_ANCHOR.sub("-", text),
        context=words.context_of,
        interval=words.interval_of,
        masked=words.masked_of,
        moment=words.moment_of,
        longest=lambda paths: max(paths, key=lambda each: len(each.edges)),
        name=lambda each: arm_id.name_of(each) or each,
        number=lambda count: f"{count:,}",
        percent=words.percent_of,
        problem=_problem,
        query=_query,
        quote=quote,
        untechnical=_untechnical,
        value=words.value_of,
    )
    env.tests["https"] = is_https
    return env


_WORDS: Final = {
    "STATUSES": words.STATUSES,
    "REASONS": words.REASONS,
    "COMPARISONS": words.COMPARISONS,
    "COMPARED": tuple(each for each in Change if each is not Change.UNCHANGED),
    "FRAMEWORKS": words.FRAMEWORKS,
    "CATALOGUED": frozenset(frameworks.CATALOGUES),
    "WAIVER_KINDS": words.WAIVER_KINDS,
    "WAIVER_STATES": words.WAIVER_STATES,
    "SEVERITIES": tuple(Severity),
    "CHECKS": checklist_words.CHECKS,
    "ITEMS": checklist_words.ITEMS,
    "SERVICES": coverage.SERVICES,
    "PASSAGES": PASSAGES,
    "MAX_POINTS": charts.MAX_POINTS,
    "MAX_GAPS": MAX_GAPS,
    "MAX_CARDS": workspaces.MAX_CARDS,
    "MAX_PICTURES": workspaces.MAX_PICTURES,
    "FIRST_FAILS": FIRST_FAILS,
}


def _query(keys: Iterable[str], facet: str) -> str:
    """Return the filter query for findings with one of some values of a facet."""
    return urlencode([(facet, shown(each)) for each in keys])


def _untechnical(message: str) -> str:
    """Return a message without the purely technical parts of paths: `properties.`, an arrow."""
    return _TECHNICAL.sub(r"\1", message)


def _problem(finding: Finding) -> str:
    """Return what is wrong, as a properly capitalised sentence.

    A count of matches says little to people who do not know the rule; why it matters says more.
    """
    text = finding.verdict.message
    if not text or _COUNT.search(text):
        return finding.rule.severity_reason
    message = _ID.sub(r"\1", _untechnical(text))
    is_sentence = _untechnical(text) == text and _SENTENCE.match(message)
    return message[:1].upper() + message[1:] if is_sentence else message
