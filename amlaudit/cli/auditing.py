"""Shared by the commands that audit: the policy to judge by, and the reports to write."""

import json
from collections.abc import Sequence
from functools import partial
from typing import TYPE_CHECKING

from msgspec.structs import replace

from amlaudit.cli.messages import note
from amlaudit.cli.outputs import Output, Written, printer_for, write_all
from amlaudit.cli.printing import Printer
from amlaudit.core.report import Mask, Report
from amlaudit.core.selection import limited
from amlaudit.core.verdict import Status
from amlaudit.pipeline import Policy
from amlaudit.reporters import render
from amlaudit.resources import DEFAULT_PROFILE
from amlaudit.rulebook.profile_reader import read_profile
from amlaudit.rulebook.profiles import load_rules
from amlaudit.spool import held_if_few

if TYPE_CHECKING:
    from amlaudit.evidence.bundle import BundleInputs


def policy_of(packs: Sequence[str] = (), profile: str = DEFAULT_PROFILE) -> Policy:
    """Return what to judge by: the profile's rules and those of further packs, the default gate."""
    chosen = read_profile(profile)
    taking_part, rules, record = load_rules(packs, chosen)
    return Policy(taking_part, rules, profile=record, labels=chosen.labels, limits=chosen.limits)


def with_mask(report: Report, mask: str | None) -> Report:
    """Return a report masked for sharing, and print how much of it is masked."""
    if not mask:
        return report
    from amlaudit.engine.masking import masked  # noqa: PLC0415 - few reports are masked

    made = masked(report, Mask(mask))
    note(f"Masked: {made.count} ids and names. Free text in tags and reasons is not masked.")
    return replace(made.report, findings=held_if_few(made.report.findings))


def write_reports(
    report: Report,
    outputs: Sequence[Output],
    only: Sequence[Status] | None = None,
    printer: Printer | None = None,
    evidence: "BundleInputs | None" = None,
) -> Written:
    """Write the requested reports, print what goes to stdout, and return what became of them.

    Args:
        report: The report.
        outputs: The requested reports.
        only: The statuses of the findings to include; None: all. A bundle always includes all.
        printer: What goes to stdout; None: the table, unless a report does.
        evidence: The other contents of a bundle; None: there is no snapshot.
    """
    bundled = None
    if evidence:
        from amlaudit.evidence.bundle import bundle  # noqa: PLC0415 - few runs make one

        bundled = partial(bundle, report, evidence)
    wanted = limited(report, only) if only else report
    printed = printer or printer_for(outputs)
    # Only the report itself is streamed; anything else that is made of it needs all of it.
    is_whole = printed.is_own or (printed.form == "json" and printed.query is None)
    shown = [Output(printed.form)] if is_whole else []
    written = write_all(wanted, [*shown, *outputs], bundled)
    if not is_whole and printed.form != "none":
        printed.show(json.loads(b"".join(render("json", wanted))))
    return written
