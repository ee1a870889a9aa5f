"""Findings as rows: the columns that tables of findings have, for spreadsheets and tickets."""

from collections.abc import Callable
from functools import lru_cache
from typing import Final, NamedTuple

from amlaudit.core import arm_id
from amlaudit.core.commands import command_of
from amlaudit.core.patterns import late_pattern
from amlaudit.core.relations import WORKSPACE
from amlaudit.core.report import Finding, Outcome, Report
from amlaudit.core.verdict import Status
from amlaudit.reporters.fields import controls_of
from amlaudit.reporters.texts import clean, shorten
from amlaudit.reporters.words import group_of, interval_of, percent_of, value_of

LONGEST_CELL: Final = 32_000
"""Characters; a cell of Excel holds 32,767."""

_FORMULA: Final = late_pattern(r"[\s'\"]*[=+\-@\uff1d\uff0b\uff0d\uff20]")
"""How a text begins that a spreadsheet may take for a formula, also in full-width letters.

https://owasp.org/www-community/attacks/CSV_Injection
"""


class Column(NamedTuple):
    """A column of a table of findings.

    Attributes:
        name: Its heading.
        width: In characters, where a table has widths.
        value: Returns what it holds of a finding.
        lines: Whether a cell may have several lines.
    """

    name: str
    width: int
    value: Callable[[Finding], str]
    lines: bool = False

    def cell(self, finding: Finding) -> str:
        """Return what the column shows of a finding, see `shown`."""
        text = self.value(finding)
        return "\n".join(map(shown, text.splitlines())) if self.lines else shown(text)


def workspace_of(resource_id: str) -> str:
    """Return the name of the workspace that an id lies in, empty where it lies in none."""
    return arm_id.name_of(arm_id.nearest_of_type(resource_id, WORKSPACE))


def subscription_of(resource_id: str) -> str:
    """Return the id of the subscription of a resource as people know it, without its path."""
    return arm_id.subscription_of(resource_id).rpartition("/")[2]


@lru_cache(maxsize=4096)  # of a table's cells most stand in many rows
def shown(text: str) -> str:
    """Return a text as a cell shows it: on one line, at a length that spreadsheets take."""
    return shorten(clean(text), LONGEST_CELL)


def safe(text: str) -> str:
    """Return the text of a cell so that no spreadsheet takes it for a formula.

    What begins like one gets an apostrophe before it.
    """
    return f"'{text}" if _FORMULA.match(text) else text


def run_of(report: Report) -> str:
    """Return how the run came out, in one line: a score never without its coverage."""
    gate = report.gate
    doubt = "" if gate.complete or gate.outcome is Outcome.INCOMPLETE else ", INCOMPLETE"
    return (
        f"{gate.outcome}{doubt}: posture {interval_of(report.score)}, "
        f"coverage {percent_of(report.score.coverage)} %{', masked' if report.masked else ''}"
    )


def _observed(finding: Finding) -> str:
    """Return what was observed of the first thing that a rule looked at."""
    for each in finding.evidence:
        return "" if each.observed is None else f"{each.path} = {value_of(each.observed)}"
    return ""


def _expected(finding: Finding) -> str:
    """Return what was wanted of the first thing that a rule looked at."""
    return next((each.expected for each in finding.evidence), "")


def _fix(finding: Finding) -> str:
    """Return the commands that mend a fail, for everything else nothing."""
    return command_of(finding) if finding.verdict.status is Status.FAIL else ""


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
"""Every column, those that people look at first in front."""
