"""`amlaudit collect`: reads Azure into a snapshot without judging it."""

from contextlib import closing
from pathlib import Path
from typing import Any

import click

from amlaudit.cli.files import is_one_of, keep
from amlaudit.cli.messages import counted, note
from amlaudit.cli.options import FILE, SnapshotType
from amlaudit.cli.scope_options import (
    narrowing_options,
    scope_of,
    scope_options,
    sign_in_options,
)
from amlaudit.cli.sources import azure, reading_options, resumable
from amlaudit.core.errors import Exit
from amlaudit.engine.evaluate import reference_to
from amlaudit.reporters.inventory import listed, paths_of


@click.command()
@scope_options
@narrowing_options
@click.option(
    "--out",
    required=True,
    type=SnapshotType(dir_okay=False),
    help="Snapshot to write.",
)
@click.option(
    "--inventory",
    "inventory_path",
    type=FILE,
    help="Also write a list of the resources, without secrets, for SARIF to point to: "
    "amlaudit.inventory.yaml.",
)
@click.option(
    "--scanners",
    default="",
    metavar="LIST",
    help="Areas to read, comma-separated; everything else will be unknown.",
)
@sign_in_options
@reading_options
@click.pass_context
def collect(context: click.Context, /, **options: Any) -> int:  # noqa: ANN401 - one keyword for each option above
    """Read Azure into a snapshot; nothing is evaluated.

    \b
    Examples:
      amlaudit collect --subscription "ML Production" --out estate.db
      amlaudit collect -m mg-ml --out estate.db --scanners network,workspace

    \b
    Exit codes: 0 done, 3 something could not be read, 4 no access to Azure.
    """  # noqa: D301 - \b is click's own
    from amlaudit.cli.progress import shown  # noqa: PLC0415 - bars take long to load

    out: Path = options["out"]
    names = tuple(each.strip() for each in options["scanners"].split(",") if each.strip())
    if names and options["resume"]:
        raise click.UsageError(
            "--resume continues a full collection and cannot be combined with --scanners."
        )
    inventory: Path | None = options["inventory_path"]
    if inventory and is_one_of(inventory, [out]):
        raise click.UsageError("--out and --inventory cannot both be written to one file.")
    if names:
        from amlaudit.scanners.areas import scanners_named  # noqa: PLC0415 - takes long to load

        scanners_named(names)  # a typo is told before anybody signs in
    scope = scope_of(options, context)
    with shown(quiet=options["quiet"]) as observer, resumable(out):
        estate = azure(scope, options, out, observer, names).collect(scope)
    with closing(estate):
        counts, gaps = estate.store.counts(), estate.gaps()
        if inventory:
            found = (each for kind in sorted(counts) for each in estate.store.of_type(kind))
            keep(
                inventory,
                listed((reference_to(each), paths_of(each)) for each in found),
            )
    note(f"{out}: {sum(counts.values())} resources, {counted(len(gaps), 'gap')}")
    return Exit.INCOMPLETE if gaps else Exit.PASS
