"""Looks up findings of a report by id."""

from amlaudit.core.errors import AmlauditError, Exit
from amlaudit.core.report import Finding, Report
from amlaudit.core.suggestions import did_you_mean


def finding_in(report: Report, finding_id: str) -> Finding:
    """Return the finding of a report with the given id.

    Raises:
        AmlauditError: There is none; the message suggests the closest id.
    """
    ids: list[str] = []
    for each in report.findings:
        ids.append(each.id)
        if each.id == finding_id:
            return each
    raise AmlauditError(
        "E203",
        f'Finding "{finding_id}" not found in the report.{did_you_mean(finding_id, ids)}',
        advice="find ids in the JSON report, or with `amlaudit explain RULE --report FILE`",
        exit_code=Exit.INVALID,
    )
