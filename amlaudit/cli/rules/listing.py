"""`amlaudit rules list`: the rules that take part."""

import json
from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict
from typing import Any, Final

import click
from rich.console import Console
from rich.table import Table

from amlaudit.cli.options import output_option, packs_option, profile_option
from amlaudit.cli.rules.words import everything_of, kind_of
from amlaudit.cli.table import print_profile
from amlaudit.core.rule import Rule
from amlaudit.rulebook.profile_reader import read_profile
from amlaudit.rulebook.profiles import load_rules
from amlaudit.rulebook.reserve import Reserved, reserved

_RESERVE: Final = "not built"
"""The kind of a control that has no rule yet."""


@click.command("list")
@packs_option
@profile_option
@output_option
@click.option("--area", multiple=True, help="Only rules of this area.")
@click.option("--severity", multiple=True, help="Only rules of this severity.")
@click.option("--all", "with_reserve", is_flag=True, help="Also controls that have no rule yet.")
def list_rules(**options: Any) -> None:  # noqa: ANN401 - one keyword for each option above
    """List the rules that a profile lets take part, as it sets them.

    \b
    Examples:
      amlaudit rules list --severity critical
      amlaudit rules list --profile my-company.yaml
      amlaudit rules list --all -o json
    """  # noqa: D301 - \b is click's own
    _, judged, record = load_rules(options["packs"], read_profile(options["profile"]))
    areas, severities = options["area"], options["severity"]

    def is_wanted(each: Rule | Reserved) -> bool:
        is_severe = not severities or each.severity in severities
        return is_severe and (not areas or each.area in areas)

    found = list(filter(is_wanted, judged))
    reserve = list(filter(is_wanted, reserved())) if options["with_reserve"] else []
    if options["output"] == "json":
        rows = [everything_of(rule) for rule in found]
        rows += [{"kind": _RESERVE, **asdict(each)} for each in reserve]
        click.echo(json.dumps(rows, indent=2))
        return
    console = Console(highlight=False)
    _print_rules(
        console,
        [*((each, kind_of(each)) for each in found), *((each, _RESERVE) for each in reserve)],
    )
    print_profile(console, record, len(judged))


def _print_rules(console: Console, rows: Sequence[tuple[Rule | Reserved, str]]) -> None:
    """Print rules and what else there is with their kinds, and how many there are of each."""
    table = Table(box=None, pad_edge=False)
    for name in ("ID", "SEVERITY", "AREA", "KIND", "TITLE"):
        table.add_column(name, no_wrap=name != "TITLE")
    for each, kind in rows:
        table.add_row(each.id, each.severity, each.area, kind, each.title)
    console.print(table)
    counts = Counter(kind for _, kind in rows)
    told = ", ".join(f"{count} {kind}" for kind, count in sorted(counts.items()))
    console.print(f"{len(rows)} rules" + (f" ({told})" if told else ""))
