"""`amlaudit verify`: is a bundle what it was, and do its findings come out again?"""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Final

import click

from amlaudit.cli.messages import mark
from amlaudit.cli.options import packs_option
from amlaudit.core.errors import Exit
from amlaudit.evidence.signature import Signed
from amlaudit.evidence.verify import Proof
from amlaudit.evidence.verify import verify as check

_MOST_TOLD: Final = 20


@click.command()
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
@packs_option
@click.option(
    "--public-key",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Ed25519 key, PEM, that must have signed the bundle.",
)
def verify(file: Path, packs: tuple[str, ...], public_key: Path | None) -> int:
    """Check an evidence bundle: every hash, and every finding by judging its snapshot again.

    \b
    Examples:
      amlaudit verify audit.zip
      amlaudit verify audit.zip --rules my-rules

    It ends with 0 if all is as it was, 1 if something differs, 6 if the file is no bundle. Nothing
    in the bundle is run; rule packs besides the shipped one have to be named as before.
    """  # noqa: D301 - \b is click's own
    proof = check(file, packs, public_key)
    for line in _told(proof):
        click.echo(line)
    return int(Exit.PASS if proof.holds else Exit.FAIL)


def _told(proof: Proof) -> Iterator[str]:
    """Yield what was found."""
    made = f"made by amlaudit {proof.version} for {proof.made_for}"
    if not proof.changed:
        yield f"{mark('check')} {proof.files} files are as they were, {made}"
    else:
        yield f"{mark('cross')} {len(proof.changed)} files are not as they were, {made}"
        yield from _listed(proof.changed)
    if proof.signed is not Signed.NO:
        yield f"{mark('cross' if proof.signed is Signed.BAD else 'check')} {proof.signed}"
    if proof.missing:
        yield f"{mark('cross')} what it was judged by is not here as it was"
        yield from _listed(proof.missing)
    if proof.differing:
        yield f"{mark('cross')} {len(proof.differing):,} findings do not come out again"
        yield from _listed(proof.differing)
    elif proof.findings:
        yield f"{mark('check')} {proof.findings:,} findings come out again"


def _listed(lines: Sequence[str]) -> Iterator[str]:
    """Yield the first of some lines, and how many more there are."""
    yield from (f"  {line}" for line in lines[:_MOST_TOLD])
    if len(lines) > _MOST_TOLD:
        yield f"  … {len(lines) - _MOST_TOLD:,} more"
