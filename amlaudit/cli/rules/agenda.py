"""`amlaudit rules agenda`: how the agenda of the guidance is covered."""

import click
from msgspec import to_builtins

from amlaudit.cli.printing import Printer, output_option
from amlaudit.rulebook.agenda import shipped_agenda
from amlaudit.rulebook.agenda_page import agenda_page
from amlaudit.rulebook.library import load_library


@click.command()
@output_option
def agenda(printer: Printer) -> None:
    """Show what covers the agenda of the guidance: rules, or questions to people.

    \b
    Examples:
      amlaudit rules agenda > docs/agenda.md
      amlaudit rules agenda -o json
    """  # noqa: D301 - \b is click's own
    _, found = load_library(())
    read = shipped_agenda()
    if printer.is_own:
        click.echo(agenda_page(read, found), nl=False)
    else:
        printer.show(to_builtins(read))
