"""`amlaudit waive`: manages accepted fails, in a file that people also read and edit."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any, Final, NamedTuple

import click
from msgspec.structs import replace
from rich.console import Console
from rich.table import Table

from amlaudit.cli.completion import rule_ids
from amlaudit.cli.files import keep
from amlaudit.cli.finding import finding_in
from amlaudit.cli.inputs import is_to_be_judged, judging_for, report_with_fails
from amlaudit.cli.lines import in_line, print_trimmed
from amlaudit.cli.messages import counted
from amlaudit.cli.moments import moment, timestamp_option
from amlaudit.cli.options import FILE, not_blank, packs_option, profile_option
from amlaudit.cli.printing import Printer, output_option
from amlaudit.cli.sanitise import sanitised
from amlaudit.cli.waiver_words import title_of, waiver_problem
from amlaudit.core.errors import AmlauditError, Exit
from amlaudit.core.observed import evidence_sha256
from amlaudit.core.scope import matches
from amlaudit.core.suggestions import did_you_mean
from amlaudit.core.verdict import Status
from amlaudit.core.waiver import Waiver, WaiverKind, WaiverState, WaiverUse
from amlaudit.engine.waivers import state_on
from amlaudit.engine.waivers import waive as waive_fails
from amlaudit.pipeline import audit
from amlaudit.records.reports import read_report
from amlaudit.rulebook.library import load_library, shipped_ids
from amlaudit.rulebook.profile_reader import read_profile
from amlaudit.rulebook.waiver_file import EMPTY, next_id, with_waiver, without_waivers
from amlaudit.rulebook.waiver_reader import read_waivers
from amlaudit.scanners.files.source import Files
from amlaudit.sizes import text_of

_NAME: Final = "waivers.yaml"
_ANY_SUBJECT: Final = "*"


_file_option = click.option(
    "--waivers",
    default=_NAME,
    show_default=True,
    type=FILE,
    help="Waiver file.",
)


@click.group()
def waive() -> None:
    """Manage waivers: fails that are accepted for a limited time.

    \b
    Examples:
      amlaudit waive add --rule AML1201 --scope "*/workspaces/mlw-churn" \\
          --days 90 --owner ml@contoso.com --reason "Until the cut-over"
      amlaudit waive check

    A waived fail stays a fail in every report and in the score, but no longer fails the run.
    """  # noqa: D301 - \b is click's own


@waive.command()
@_file_option
@packs_option
@profile_option
@timestamp_option
@click.option("--rule", shell_complete=rule_ids, help="Rule, by id; * matches any text.")
@click.option("--scope", help="ARM id of the resource; * matches any text.")
@click.option(
    "--subject",
    default=_ANY_SUBJECT,
    show_default=True,
    help="Subject key of the finding; * matches any text.",
)
@click.option(
    "--finding",
    metavar="ID",
    help="Instead of these three, a finding, by id; the waiver lapses when its evidence changes.",
)
@click.option(
    "--report",
    type=FILE,
    help="JSON report that contains the finding.",
)
@click.option(
    "--kind",
    default=WaiverKind.ACCEPTED_RISK.value,
    show_default=True,
    type=click.Choice([each.value for each in WaiverKind]),
    help="Why the fail is acceptable.",
)
@click.option("--reason", required=True, callback=not_blank, help="Explanation.")
@click.option("--owner", required=True, callback=not_blank, help="Who is responsible.")
@click.option("--approved-by", default="", help="Who approved it.")
@click.option("--ticket", default="", help="Where it is discussed.")
@click.option(
    "--days", required=True, type=click.IntRange(1), help="Number of days it is valid, from today."
)
def add(
    waivers: Path,
    profile: str,
    timestamp: datetime | None,
    days: int,
    report: Path | None,
    **given: Any,  # noqa: ANN401 - one keyword for each option above
) -> None:
    """Add a waiver for one or more fails to the end of the file.

    \b
    Examples:
      amlaudit waive add --rule AML1201 --scope "*/workspaces/mlw-churn" \\
          --days 90 --owner ml@contoso.com --reason "Until the cut-over"
      amlaudit waive add --finding 5b1e4a6f0c2d4e8f9a1b2c3d4e5f6a7b \\
          --report report.json --days 30 --owner ml@contoso.com --reason "In June"
      amlaudit waive add --rule "AML19*" --scope "*/resourceGroups/rg-labs/*" \\
          --days 30 --owner labs@contoso.com --reason "Rebuilt in June"
    """  # noqa: D301 - \b is click's own
    today = moment(timestamp).date()
    waived = _waived_by(given, report)
    if given["rule"]:
        _refuse_unknown_rule(waived.rule, given["packs"])
    text = text_of(waivers) if waivers.exists() else EMPTY
    earlier = read_waivers(waivers) if waivers.exists() else ()
    waiver = Waiver(
        id=next_id(earlier),
        rule=waived.rule,
        scope=waived.scope,
        subject=waived.subject,
        kind=WaiverKind(given["kind"]),
        reason=given["reason"],
        owner=given["owner"],
        expires=_day_after(today, days),
        approved_by=given["approved_by"],
        ticket=given["ticket"],
        created=today,
        evidence_sha256=waived.evidence_sha256,
    )
    if invalid := state_on(waiver, today, read_profile(profile).limits):
        _, detail = invalid
        raise click.UsageError(f"--days {days}: {detail}.")
    keep(waivers, [with_waiver(text, waiver, waivers.as_posix())])
    click.echo(f"{title_of(waiver)} is valid until {waiver.expires}; written to {waivers}")


def _refuse_unknown_rule(rule: str, packs: Sequence[str]) -> None:
    """Raise if the id or pattern of a waiver matches no rule: it would never waive anything.

    Args:
        rule: The id or pattern.
        packs: Rule packs besides the shipped one, loaded only if no shipped rule matches.
    """
    shipped = shipped_ids()
    if any(matches(rule, each) for each in shipped):
        return
    known = {*shipped, *(each.id for each in load_library(packs)[1])} if packs else shipped
    if not any(matches(rule, each) for each in known):
        raise AmlauditError(
            "E203",
            f'Unknown rule "{rule}" in --rule.{did_you_mean(rule.upper(), known)}',
            advice="use the id of a rule or a pattern with *, and name its pack with --rules",
            exit_code=Exit.INVALID,
        )


def _day_after(day: date, days: int) -> date:
    """Return the date that many days later.

    Raises:
        UsageError: It is beyond the calendar.
    """
    try:
        return day + timedelta(days=days)
    except OverflowError as error:
        raise click.UsageError(f"--days {days}: the date is out of range.") from error


class _Waived(NamedTuple):
    """The findings that a waiver covers.

    Attributes:
        rule: Id of the rule; `*` matches any text.
        scope: ARM id of the resource; `*` matches any text.
        subject: Subject key of the finding; `*` matches any text.
        evidence_sha256: Hash of the evidence that must not change; empty: any evidence.
    """

    rule: str
    scope: str
    subject: str
    evidence_sha256: str = ""


def _waived_by(given: Mapping[str, str], report: Path | None) -> _Waived:
    """Return the findings that the options name: by patterns, or one by its id in a report.

    Raises:
        AmlauditError: The finding is not in the report, or the report cannot be read.
        UsageError: It is not a fail, or neither of the two is named.
    """
    rule, scope, finding_id = given["rule"], given["scope"], given["finding"]
    if finding_id and given["subject"] != _ANY_SUBJECT:
        raise click.UsageError("--subject requires --rule and --scope; a finding has one subject.")
    if finding_id and report and not (rule or scope):
        finding = finding_in(read_report(report), finding_id.lower())
        if finding.verdict.status is not Status.FAIL:
            raise click.UsageError(
                f"Only a fail can be waived; the finding is {finding.verdict.status}."
            )
        evidence = evidence_sha256(finding.evidence)
        return _Waived(finding.rule.id, finding.resource.id, finding.subject_key, evidence)
    if rule and scope and not (finding_id or report):
        return _Waived(rule, scope, given["subject"])
    raise click.UsageError("Specify --rule and --scope, or --finding and --report.")


@waive.command("list")
@_file_option
@profile_option
@timestamp_option
@output_option
def list_waivers(waivers: Path, profile: str, timestamp: datetime | None, printer: Printer) -> None:
    """List the waivers, with how many days each has left.

    \b
    Examples:
      amlaudit waive list
      amlaudit waive list --waivers waivers.yaml -o json
    """  # noqa: D301 - \b is click's own
    day = moment(timestamp).date()
    uses = _uses_by_dates(waivers, profile, timestamp)
    if not printer.is_own:
        printer.show([_fields(use) for use in uses])
        return
    table = Table(box=None, pad_edge=False)
    for name in ("ID", "STATE", "DAYS LEFT", "RULE", "SCOPE", "OWNER"):
        table.add_column(name, overflow="fold")
    for use in uses:
        waiver = use.waiver
        left = str((waiver.expires - day).days)
        cells = (waiver.id, use.state, left, waiver.rule, waiver.scope, waiver.owner)
        table.add_row(*map(in_line, cells))
    print_trimmed(Console(highlight=False), table)


@waive.command()
@_file_option
@profile_option
@timestamp_option
@packs_option
@click.option(
    "--from",
    "scanned",
    type=FILE,
    help="Snapshot or JSON report in which to check what the waivers match.",
)
def check(waivers: Path, scanned: Path | None, **options: Any) -> int:  # noqa: ANN401 - one keyword for each option above
    """Check the waivers offline; exit with 1 if one is invalid.

    \b
    Examples:
      amlaudit waive check
      amlaudit waive check --from report.json --profile contoso.yaml

    From the file alone it reports waivers that have expired or last too long. Given a snapshot or a
    JSON report, it also reports those that match nothing, match too much, or were given for
    evidence that has changed since.
    """  # noqa: D301 - \b is click's own
    if scanned:
        uses = _uses_by_matches(scanned, waivers, options)
    else:
        uses = _uses_by_dates(waivers, options["profile"], options["timestamp"])
    problems = list(filter(None, map(waiver_problem, uses)))
    for each in problems:
        click.echo(sanitised(each))
    click.echo(f"Invalid waivers: {len(problems)} of {len(uses)}")
    return Exit.FAIL if problems else Exit.PASS


@waive.command(short_help="Remove expired waivers from the file.")
@_file_option
@profile_option
@timestamp_option
def prune(waivers: Path, profile: str, timestamp: datetime | None) -> None:
    """Remove expired waivers from the file; the rest of it stays as it is.

    A comment directly above a waiver is removed with it.

    \b
    Examples:
      amlaudit waive prune
      amlaudit waive prune --waivers waivers.yaml --timestamp 2027-01-01
    """  # noqa: D301 - \b is click's own
    uses = _uses_by_dates(waivers, profile, timestamp)
    expired = [use.waiver for use in uses if use.state is WaiverState.EXPIRED]
    if expired:
        ids = {each.id for each in expired}
        keep(waivers, [without_waivers(text_of(waivers), ids, waivers.as_posix())])
    for waiver in expired:
        click.echo(sanitised(f"{title_of(waiver)} expired on {waiver.expires}: removed"))
    click.echo(f"Remaining in {waivers}: {counted(len(uses) - len(expired), 'waiver')}")


def _existing_waivers(path: Path) -> tuple[Waiver, ...]:
    """Return the waivers in a file.

    Raises:
        AmlauditError: It does not exist, or is invalid.
    """
    if not path.exists():
        raise AmlauditError(
            "E302",
            f"{path} not found",
            advice="create it with `amlaudit waive add`, or use another file with --waivers",
            exit_code=Exit.INPUT_OUTPUT,
        )
    return read_waivers(path)


def _uses_by_dates(path: Path, profile: str, timestamp: datetime | None) -> list[WaiverUse]:
    """Return the state of each waiver in a file by its dates alone, whatever it matches."""
    day, limits = moment(timestamp).date(), read_profile(profile).limits
    uses: list[WaiverUse] = []
    for waiver in _existing_waivers(path):
        state, detail = state_on(waiver, day, limits) or (WaiverState.ACTIVE, "")
        uses.append(WaiverUse(waiver, state, 0, detail))
    return uses


def _uses_by_matches(scanned: Path, path: Path, options: Mapping[str, Any]) -> list[WaiverUse]:
    """Return the state of each waiver in a file, matched with what was scanned.

    Raises:
        AmlauditError: One of the files cannot be read, or is invalid.
        UsageError: The report does not include the fails.
    """
    waivers, judging = _existing_waivers(path), judging_for(options)
    if is_to_be_judged(scanned):
        policy = replace(judging.policy, waivers=waivers)
        return list(audit(judging.scope, Files((scanned,)), policy, judging.at).waivers)
    report = report_with_fails(scanned)
    return list(waive_fails(report.findings, waivers, judging.at, judging.policy.limits)[1])


def _fields(use: WaiverUse) -> dict[str, object]:
    """Return a waiver as JSON."""
    waiver = use.waiver
    return {
        "id": waiver.id,
        "state": use.state,
        "rule": waiver.rule,
        "scope": waiver.scope,
        "subject": waiver.subject,
        "kind": waiver.kind,
        "reason": waiver.reason,
        "owner": waiver.owner,
        "approved_by": waiver.approved_by,
        "ticket": waiver.ticket,
        "created": waiver.created and waiver.created.isoformat(),
        "expires": waiver.expires.isoformat(),
    }
