"""`amlaudit rules agenda`: how the agenda of the guidance is covered."""

import json
from dataclasses import asdict

import click

from amlaudit.cli.options import output_option
from amlaudit.rulebook.agenda import agenda_page, read_agenda
from amlaudit.rulebook.library import load_library, shipped_ids


@click.command()
@output_option
def agenda(output: str) -> None:
    """Show how the agenda of the guidance is covered: by rules, or by questions to people.

    \b
    Examples:
      amlaudit rules agenda > docs/agenda.md
      amlaudit rules agenda -o json
    """  # noqa: D301 - \b is click's own
    _, found = load_library(())
    read = read_agenda(shipped_ids())
    if output == "json":
        click.echo(json.dumps(asdict(read), indent=2, ensure_ascii=False))
    else:
        click.echo(agenda_page(read, found), nl=False)
