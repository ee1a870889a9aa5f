"""`amlaudit rules show`: one rule."""

import json

import click

from amlaudit.cli.options import output_option, packs_option
from amlaudit.cli.rules.words import everything_of, explain_rule
from amlaudit.rulebook.library import find_rule, load_library


@click.command()
@packs_option
@output_option
@click.argument("rule_id")
def show(packs: tuple[str, ...], output: str, rule_id: str) -> None:
    """Show one rule: what, why, how to mend it, where it comes from.

    \b
    Examples:
      amlaudit rules show AML1201
      amlaudit rules show AML1201 -o json
    """  # noqa: D301 - \b is click's own
    rule = find_rule(load_library(packs)[1], rule_id)
    if output == "json":
        click.echo(json.dumps(everything_of(rule), indent=2))
    else:
        click.echo(explain_rule(rule))
