"""`amlaudit scan`: collect, judge, report."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from functools import reduce
from pathlib import Path
from typing import Any, TypeVar

import click

from amlaudit.cli.auditing import (
    checklist_option,
    exit_code,
    policy_of,
    with_checklist,
    write_reports,
)
from amlaudit.cli.comparing import (
    comparing_options,
    keep_record,
    note_limits,
    past_named,
    with_trend,
)
from amlaudit.cli.durations import DurationType
from amlaudit.cli.messages import note
from amlaudit.cli.moments import moment, timestamp_option
from amlaudit.cli.options import packs_option, profile_option
from amlaudit.cli.report_options import outputs_of, report_options
from amlaudit.core.rule import Severity
from amlaudit.core.scope import Scope
from amlaudit.pipeline import Source, audit
from amlaudit.rulebook.waiver_reader import read_waivers
from amlaudit.scanners.cloud import SIGN_IN_WAYS, cloud_named
from amlaudit.scanners.events import Observer
from amlaudit.scanners.files.source import Files
from amlaudit.scanners.snapshot import partial_of

_NEVER = "never"


Command = TypeVar("Command", bound=Callable[..., Any])


def _with_options(*options: Callable[[Command], Command]) -> Callable[[Command], Command]:
    """Return a decorator that gives a command several options, listed in this order."""

    def decorate(command: Command) -> Command:
        return reduce(lambda decorated, option: option(decorated), reversed(options), command)

    return decorate


scope_options = _with_options(
    click.option("-s", "--subscription", multiple=True, help="Subscription, name or id."),
    click.option("-m", "--management-group", multiple=True, help="Management group, id."),
    click.option(
        "--tenant", default="", help="Tenant, id or domain: sign in to it; alone, audit all of it."
    ),
    click.option(
        "--exclude",
        multiple=True,
        help="Leave out a subscription, name or id, or what lies under an ARM id; * is any text.",
    ),
)
"""What subscriptions are meant."""

sign_in_options = _with_options(
    click.option(
        "--cloud",
        default="public",
        show_default=True,
        help="public, usgovernment, china, or the https address of a resource manager.",
    ),
    click.option(
        "--credential",
        default="auto",
        show_default=True,
        type=click.Choice(SIGN_IN_WAYS),
        help="How to sign in; auto tries them all.",
    ),
)
"""Which cloud, and who reads it."""


@click.command()
@scope_options
@click.option("-g", "--resource-group", multiple=True, help="Only this resource group, name.")
@click.option("-w", "--workspace", multiple=True, help="Only this workspace, name.")
@click.option(
    "--from",
    "inputs",
    multiple=True,
    type=click.Path(path_type=Path),
    help="Judge a file or folder instead of Azure: a snapshot, a Resource Graph export, JSON of "
    "Azure Resource Manager, or a deployment as code: an ARM template with its parameters file, a "
    "what-if result, a Terraform plan or state as JSON.",
)
@packs_option
@profile_option
@click.option(
    "--waivers",
    type=click.Path(dir_okay=False, path_type=Path),
    help="File of the fails that somebody answers for; see `amlaudit waive`.",
)
@click.option("--strict", is_flag=True, help="Waivers that match nothing are an error.")
@checklist_option
@comparing_options
@report_options
@click.option(
    "--save-snapshot",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Keep everything that was read, to judge it again offline.",
)
@click.option(
    "--fail-on",
    default=Severity.HIGH.value,
    show_default=True,
    type=click.Choice([*(s.value for s in Severity if s is not Severity.INFO), _NEVER]),
    help="Mildest severity of a fail that fails the run.",
)
@click.option(
    "--min-coverage",
    default=95.0,
    show_default=True,
    type=click.FloatRange(0, 100),
    help="Least coverage of a complete run, percent.",
)
@sign_in_options
@click.option(
    "--deadline",
    type=DurationType(),
    help="Time for reading Azure, such as 90s, 30m or 2h; what is missing then is not known.",
)
@click.option(
    "--resume",
    is_flag=True,
    help="Go on with the collection that was cut off while it wrote the snapshot.",
)
@click.option("-q", "--quiet", is_flag=True, help="Show no progress.")
@timestamp_option
def scan(**options: Any) -> int:  # noqa: ANN401 - one keyword for each option above
    """Audit workspaces and what they depend on.

    \b
    Examples:
      amlaudit scan --subscription "ML Production" --report html=report.html
      amlaudit scan --from estate.db --report sarif=amlaudit.sarif --fail-on medium

    \b
    Exit codes: 0 pass, 1 fail, 2 wrong usage, 3 incomplete, 4 no access to Azure,
    5 invalid rules or profile, 6 unreadable input or unwritable output.
    """  # noqa: D301 - \b is click's own
    scope, outputs = scope_of(options), outputs_of(options)
    fail_on = None if options["fail_on"] == _NEVER else Severity(options["fail_on"])
    waivers = read_waivers(options["waivers"]) if options["waivers"] else ()
    past = past_named(options["baseline"], new_only=options["new_only"])
    policy = replace(
        policy_of(options["packs"], fail_on, options["min_coverage"] / 100, options["profile"]),
        waivers=waivers,
        past=past,
        new_only=options["new_only"],
    )
    from amlaudit.cli.progress import shown  # noqa: PLC0415 - bars take long to load

    with shown(quiet=options["quiet"]) as observer, _resumable(options["save_snapshot"]):
        source = _source(scope, options, observer)
        report = audit(scope, source, policy, moment(options["timestamp"]))
    report = with_trend(report, options["history"])
    if outputs:
        report = with_checklist(report, options["checklist"])
    write_reports(report, outputs, options["only"])
    keep_record(report, options["history"])
    note_limits(past, report)
    return int(exit_code(report, strict=options["strict"]))


def scope_of(options: Mapping[str, Any]) -> Scope:
    """Return the scope that options name."""
    return Scope(
        options["subscription"],
        options["management_group"],
        options.get("resource_group", ()),
        options.get("workspace", ()),
        options["tenant"],
        options["exclude"],
    )


def _source(scope: Scope, options: dict[str, Any], observer: Observer) -> Source:
    """Return where to read from: the files that are named, else Azure."""
    snapshot: Path | None = options["save_snapshot"]
    if options["resume"] and (options["inputs"] or not snapshot):
        raise click.UsageError("--resume goes on with what --save-snapshot NAME left, from Azure.")
    if options["inputs"]:
        if scope.subscriptions or scope.management_groups or scope.tenant:
            raise click.UsageError(
                "--from reads what the files hold; narrow it with --resource-group, --workspace "
                "or --exclude."
            )
        return Files(options["inputs"], snapshot)
    if not (scope.subscriptions or scope.management_groups or scope.tenant):
        raise click.UsageError(
            "Say what to audit: --subscription NAME_OR_ID, --management-group ID, "
            "--tenant ID, or --from PATH."
        )
    cloud = cloud_named(options["cloud"])
    # Imported here: the Azure SDK takes longer to load than everything else together.
    from amlaudit.scanners.credentials import credential_named  # noqa: PLC0415
    from amlaudit.scanners.live import LiveAzure  # noqa: PLC0415

    return LiveAzure(
        credential_named(options["credential"], cloud, scope.tenant),
        cloud,
        snapshot,
        observer=observer,
        deadline_seconds=options["deadline"],
        resume=options["resume"],
    )


@contextmanager
def _resumable(snapshot: Path | None) -> Iterator[None]:
    """Say how to go on when the user interrupts a collection that can be resumed."""
    try:
        yield
    except KeyboardInterrupt:
        if snapshot and partial_of(snapshot).exists():
            note(f"What was read is in {partial_of(snapshot)}; go on with --resume.")
        raise
