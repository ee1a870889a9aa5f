"""What `scan` and `demo` share: judge a source by the shipped rules, write reports, gate."""

from collections.abc import Sequence
from datetime import datetime

from amlaudit.cli.messages import mark, note
from amlaudit.cli.outputs import Output, write_all
from amlaudit.core.errors import Exit
from amlaudit.core.relations import WORKSPACE
from amlaudit.core.report import Outcome, Report
from amlaudit.core.rule import Severity
from amlaudit.core.scope import Scope
from amlaudit.pipeline import Policy, Source, audit
from amlaudit.resources import shipped
from amlaudit.rulebook.packs import load_pack

_EXIT = {
    Outcome.PASS: Exit.PASS,
    Outcome.FAIL: Exit.FAIL,
    Outcome.INCOMPLETE: Exit.INCOMPLETE,
}


def run_audit(
    source: Source, scope: Scope, at: datetime, fail_on: Severity | None, min_coverage: float
) -> Report:
    """Return the report of a source by the rules that come with amlaudit."""
    pack, rules = load_pack(shipped("rules"), "azure-ml")
    return audit(scope, source, Policy((pack,), rules, fail_on, min_coverage), at)


def write_reports(report: Report, outputs: Sequence[Output]) -> None:
    """Write the reports that were asked for, the table to the terminal unless another one is."""
    to_terminal = [] if any(each.path is None for each in outputs) else [Output("table")]
    write_all(report, [*to_terminal, *outputs])


def exit_code(report: Report) -> Exit:
    """Return the exit code for a report, and say so if there was nothing to audit."""
    if WORKSPACE not in report.seen:
        reached = len(report.collection.reached)
        note(
            f"{mark('cross')} E110 No Azure Machine Learning workspace in scope "
            f"({reached} subscriptions read)\n  {mark('arrow')} check the scope"
        )
    return _EXIT[report.gate.outcome]
