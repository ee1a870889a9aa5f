"""`amlaudit rules list`: the rules that take part."""

from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import click

from amlaudit.cli.columns import columns
from amlaudit.cli.options import packs_option, profile_option
from amlaudit.cli.printing import Printer, output_option
from amlaudit.cli.remembering import remembered
from amlaudit.resources import PROFILES, shipped, shipped_profiles


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
    packs, profile, with_reserve = options["packs"], options["profile"], options["with_reserve"]
    areas, severities = options["area"], options["severity"]

    def is_wanted(area: str, severity: str) -> bool:
        return (not severities or severity in severities) and (not areas or area in areas)

    printer: Printer = options["printer"]
    if not printer.is_own:
        # Imported where they are used: reading all rules takes ten times as long as the rest.
        from amlaudit.cli.rules.reading import everything  # noqa: PLC0415

        found = everything(tuple(packs), profile, with_reserve=with_reserve)
        wanted = [each for each in found if is_wanted(each["area"], each["severity"])]
        printer.show(wanted)
        return
    known = _listing(tuple(packs), profile)
    rows = known["rows"] + (_reserve() if with_reserve else [])
    _print([row for row in rows if is_wanted(row[2], row[1])])
    for each in known["notes"]:
        click.echo(each)


def _listing(packs: tuple[str, ...], profile: str) -> Any:  # noqa: ANN401 - a JSON value
    """Return what is told of the rules; of shipped ones it is remembered."""

    def read() -> Any:  # noqa: ANN401 - a JSON value
        from amlaudit.cli.rules.reading import listing  # noqa: PLC0415 - see above

        return listing(packs, profile)

    if packs or profile not in shipped_profiles():
        return read()
    return remembered(f"rules-{profile}", _files(), read)


def _files() -> Iterator[Path]:
    """Yield the files that the shipped rules and profiles are written in."""
    for folder, pattern in ((shipped("rules"), "*/*"), (PROFILES, "*.yaml")):
        for path in sorted(folder.glob(pattern)):
            if path.suffix in (".py", ".yaml") and not path.name.endswith(".cases.yaml"):
                yield path


def _reserve() -> list[list[str]]:
    """Return the controls that have no rule yet."""
    from amlaudit.cli.rules.reading import reserve  # noqa: PLC0415 - see above

    return reserve()


def _print(rows: list[list[str]]) -> None:
    """Print rules, and how many there are of each kind."""
    for line in columns([["ID", "SEVERITY", "AREA", "KIND", "TITLE"], *rows]):
        click.echo(line)
    counts = Counter(row[3] for row in rows)
    told = ", ".join(f"{count} {kind}" for kind, count in sorted(counts.items()))
    click.echo(f"{len(rows)} rules" + (f" ({told})" if told else ""))
