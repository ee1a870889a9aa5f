"""`amlaudit rules show`: shows one rule."""

import click

from amlaudit.cli.completion import rule_ids
from amlaudit.cli.options import packs_option
from amlaudit.cli.printing import Printer, output_option
from amlaudit.cli.rules.text import everything_of, explain_rule
from amlaudit.cli.sanitise import sanitised
from amlaudit.rulebook.library import find_rule, load_library


@click.command()
@packs_option
@output_option
@click.argument("rule_id", shell_complete=rule_ids)
def show(packs: tuple[str, ...], printer: Printer, rule_id: str) -> None:
    """Show one rule: what, why, how to fix it, where it comes from.

    \b
    Examples:
      amlaudit rules show AML1201
      amlaudit rules show AML1201 -o json
    """  # noqa: D301 - \b is click's own
    rule = find_rule(load_library(packs)[1], rule_id)
    if printer.is_own:
        click.echo(sanitised(explain_rule(rule)))
    else:
        printer.show(everything_of(rule))
