"""Findings as rows: the columns of tables of findings, for spreadsheets and tickets."""

from collections.abc import Callable
from functools import lru_cache
from typing import Final, NamedTuple

from amlaudit.core import arm_id
from amlaudit.core.patterns import late_pattern
from amlaudit.core.relations import WORKSPACE
from amlaudit.core.report import Finding, Outcome, Report
from amlaudit.core.verdict import Status
from amlaudit.reporters.fields import controls_of
from amlaudit.reporters.fixes import fix_of
from amlaudit.reporters.texts import clean, shorten
from amlaudit.reporters.words import group_of, interval_of, percent_of, value_of

LONGEST_CELL: Final = 32_000
"""Characters; a cell of Excel holds 32,767."""

_FORMULA: Final = late_pattern(r"[\s'\"]*[=+\-@\uff1d\uff0b\uff0d\uff20]")
"""Beginnings that a spreadsheet may read as a formula, including full-width characters.

https://owasp.org/www-community/attacks/CSV_Injection
"""


class Column(NamedTuple):
    """A column of a table of findings.

    Attributes:
        name: Its heading.
        width: Its width in characters, where a table has widths.
        value: Returns its value for a finding.
        lines: Whether a cell may have several lines.
    """

    name: str
    width: int
    value: Callable[[Finding], str]
    lines: bool = False

    def cell(self, finding: Finding) -> str:
        """Return the cell for a finding, see `shown`."""
        return (in_lines if self.lines else shown)(self.value(finding))


def workspace_of(resource_id: str) -> str:
    """Return the name of the workspace in an id, empty if there is none."""
    return arm_id.name_of(arm_id.nearest_of_type(resource_id, WORKSPACE))


def subscription_of(resource_id: str) -> str:
    """Return the bare id of a resource's subscription."""
    return arm_id.subscription_of(resource_id).rpartition("/")[2]


@lru_cache(maxsize=4096)  # most texts of a table occur in many rows
def shown(text: str) -> str:
    """Return a text as shown in a cell: on one line, no longer than spreadsheets accept."""
    return shorten(clean(text), LONGEST_CELL)


def in_lines(text: str) -> str:
    """Return a text as shown in a cell that may have several lines."""
    return shorten("\n".join(map(shown, text.splitlines())), LONGEST_CELL)


def safe(text: str) -> str:
    """Return the text of a cell in a form that no spreadsheet reads as a formula.

    An apostrophe is put before anything that begins like one.
    """
    return f"'{text}" if _FORMULA.match(text) else text


def run_of(report: Report) -> str:
    """Return the result of the run on one line: a score never without its coverage."""
    gate = report.gate
    doubt = "" if gate.complete or gate.outcome is Outcome.INCOMPLETE else ", INCOMPLETE"
    return (
        f"{gate.outcome}{doubt}: posture {interval_of(report.score)}, "
        f"coverage {percent_of(report.score.coverage)} %{', masked' if report.masked else ''}"
    )


def _observed(finding: Finding) -> str:
    """Return the observed value of the first piece of evidence."""
    for each in finding.evidence:
        return "" if each.observed is None else f"{each.path} = {value_of(each.observed)}"
    return ""


def _expected(finding: Finding) -> str:
    """Return the expected value of the first piece of evidence."""
    return next((each.expected for each in finding.evidence), "")


def _fix(finding: Finding) -> str:
    """Return the commands that fix a fail, with cautions; nothing for other findings."""
    return fix_of(finding) if finding.verdict.status is Status.FAIL else ""


COLUMNS: Final = (
    Column("status", 14, lambda each: each.verdict.status),
    Column("severity", 10, lambda each: each.rule.severity),
    Column("rule_id", 10, lambda each: each.rule.id),
    Column("title", 50, lambda each: each.rule.title),
    Column("area", 12, lambda each: each.rule.area),
    Column("resource", 28, lambda each: each.resource.name),
    Column("message", 60, lambda each: each.verdict.message),
    Column("workspace", 22, lambda each: workspace_of(each.resource.id)),
    Column("resource_group", 22, lambda each: group_of(each.resource.id)),
    Column("subscription", 38, lambda each: subscription_of(each.resource.id)),
    Column("location", 14, lambda each: each.resource.location),
    Column("resource_type", 40, lambda each: each.resource.type),
    Column("resource_id", 60, lambda each: each.resource.id),
    Column("subject_key", 20, lambda each: each.subject_key),
    Column("unknown_reason", 14, lambda each: each.verdict.reason or ""),
    Column("missing_permission", 40, lambda each: each.verdict.permission),
    Column("waiver", 12, lambda each: each.waiver.id if each.waiver else ""),
    Column(
        "waiver_expires", 14, lambda each: each.waiver.expires.isoformat() if each.waiver else ""
    ),
    Column("change", 12, lambda each: each.change or ""),
    Column("first_seen", 14, lambda each: f"{each.first_seen:%Y-%m-%d}" if each.first_seen else ""),
    Column("observed", 40, _observed),
    Column("expected", 30, _expected),
    Column("fix", 60, _fix, lines=True),
    Column("frameworks", 40, lambda each: " ".join(controls_of(each.rule))),
    Column("declared_at", 30, lambda each: str(each.declared_at or "")),
    Column("finding_id", 34, lambda each: each.id),
)
"""All columns, the most important first."""
