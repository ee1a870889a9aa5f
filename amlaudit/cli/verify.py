"""`amlaudit verify`: checks that a bundle, a report or a snapshot is unchanged."""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Final

import click

from amlaudit import __version__
from amlaudit.cli.inputs import Kind, kind_of
from amlaudit.cli.messages import mark
from amlaudit.cli.options import FILE, packs_option
from amlaudit.cli.sanitise import sanitised
from amlaudit.cli.settings import is_on_command_line
from amlaudit.core.errors import Exit
from amlaudit.evidence.report_check import Consistency, check_report
from amlaudit.evidence.signature import Signed
from amlaudit.evidence.snapshot_check import Readable, check_snapshot
from amlaudit.evidence.verify import Proof
from amlaudit.evidence.verify import verify as check

_MAX_LISTED: Final = 20


@click.command()
@click.argument("file", type=FILE)
@packs_option
@click.option(
    "--public-key",
    type=FILE,
    help="Ed25519 public key (PEM) that the bundle must be signed with.",
)
@click.pass_context
def verify(
    context: click.Context, /, file: Path, packs: tuple[str, ...], public_key: Path | None
) -> int:
    """Verify an evidence bundle: every hash, and every finding by evaluating its snapshot again.

    \b
    Examples:
      amlaudit verify audit.zip
      amlaudit verify audit.zip --rules my-rules
      amlaudit verify report.json

    A JSON report or a snapshot by itself is checked for consistency. The exit code is 0 if
    everything is unchanged, 1 if something differs, 6 if the file is none of these. Nothing in a
    bundle is run; rule packs other than the shipped one must be specified again.
    """  # noqa: D301 - \b is click's own
    kind = kind_of(file)
    is_asked = is_on_command_line(context, "packs") or public_key is not None
    if kind is not Kind.BUNDLE and is_asked:
        raise click.UsageError(f"--rules and --public-key require a bundle; {file} is a {kind}.")
    if kind is Kind.SNAPSHOT:
        lines, holds = list(_snapshot_lines(check_snapshot(file))), True
    elif kind is Kind.REPORT:
        found = check_report(file)
        lines, holds = list(_report_lines(found)), not found.problems
    else:
        proof = check(file, packs, public_key)
        lines, holds = list(_bundle_lines(proof)), proof.holds
    for line in lines:
        click.echo(sanitised(line))
    return int(Exit.PASS if holds else Exit.FAIL)


def _snapshot_lines(found: Readable) -> Iterator[str]:
    """Yield the result of checking a snapshot."""
    yield f"{mark('check')} {found.resources:,} documents are readable, {found.gaps:,} gaps"
    if not found.is_whole:
        yield "  its collection did not finish"
    yield "  only a bundle can prove that it is unchanged: amlaudit report --report bundle=PATH"


def _report_lines(found: Consistency) -> Iterator[str]:
    """Yield the result of checking a report."""
    made = f"made by amlaudit {found.version} for {found.made_for}"
    if found.problems:
        yield f"{mark('cross')} {found.findings:,} findings are inconsistent, {made}"
        yield from _listed(found.problems)
        return
    yield f"{mark('check')} {found.findings:,} findings, counts and verdict are consistent, {made}"
    if found.version != __version__:
        yield f"  not compared byte by byte: this is amlaudit {__version__}"
    yield "  only a bundle can prove that they are correct: amlaudit report --report bundle=PATH"


def _bundle_lines(proof: Proof) -> Iterator[str]:
    """Yield the result of checking a bundle."""
    made = f"made by amlaudit {proof.version} for {proof.made_for}"
    if not proof.changed:
        yield f"{mark('check')} {proof.files} files are unchanged, {made}"
    else:
        yield f"{mark('cross')} {len(proof.changed)} files have changed, {made}"
        yield from _listed(proof.changed)
    if proof.signed is not Signed.NO:
        yield f"{mark('cross' if proof.signed is Signed.BAD else 'check')} {proof.signed}"
    if proof.missing:
        yield f"{mark('cross')} what it was evaluated with has changed, or is missing here"
        yield from _listed(proof.missing)
    if proof.differing:
        yield f"{mark('cross')} {len(proof.differing):,} findings could not be reproduced"
        yield from _listed(proof.differing)
    elif proof.findings:
        yield f"{mark('check')} {proof.findings:,} findings were reproduced"


def _listed(lines: Sequence[str]) -> Iterator[str]:
    """Yield the first lines, and how many more there are."""
    yield from (f"  {line}" for line in lines[:_MAX_LISTED])
    if len(lines) > _MAX_LISTED:
        yield f"  … {len(lines) - _MAX_LISTED:,} more"
