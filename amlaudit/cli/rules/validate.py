"""`amlaudit rules validate`: checks that rules load."""

from pathlib import Path

import click

from amlaudit.cli.printing import Printer, output_option
from amlaudit.cli.sanitise import sanitised
from amlaudit.core.errors import AmlauditError, Exit
from amlaudit.rulebook.checking import validated
from amlaudit.rulebook.policy_files import Definitions


@click.command()
@output_option
@click.argument("paths", nargs=-1, required=True, type=click.Path(exists=True, path_type=Path))
def validate(paths: tuple[Path, ...], printer: Printer) -> int:
    """Check that rules and Azure Policy definitions load; exit 5 if one does not.

    \b
    Examples:
      amlaudit rules validate my-rules
      amlaudit rules validate my-policies -o json
    """  # noqa: D301 - \b is click's own
    rows: list[dict[str, str]] = []
    folders: dict[Path, Definitions] = {}
    for path in paths:
        found = validated(path, folders)
        if not found:
            raise AmlauditError(
                "E201",
                f"{path} contains no rules and no Azure Policy definitions",
                advice="use the folder of a pack, with one folder per area, or a file",
                exit_code=Exit.INVALID,
            )
        rows += found
    if printer.is_own:
        for row in rows:
            text = f"{row['status']:<12} {row['file']}  {row['detail']}"
            click.echo(sanitised(text.rstrip()))
    else:
        printer.show(rows)
    return Exit.INVALID if any(row["status"] == "error" for row in rows) else Exit.PASS
