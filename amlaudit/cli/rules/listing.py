"""`amlaudit rules list`: the rules that take part under a profile."""

import os
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from amlaudit.cli.columns import columns
from amlaudit.cli.messages import counted
from amlaudit.cli.options import packs_option, profile_option
from amlaudit.cli.printing import Printer, output_option
from amlaudit.cli.result_cache import cached
from amlaudit.cli.rules.filter import Filter
from amlaudit.core.errors import AmlauditError, Exit
from amlaudit.core.suggestions import did_you_mean
from amlaudit.resources import DEFAULT_PROFILE, PROFILES, shipped, shipped_profiles

if TYPE_CHECKING:
    from amlaudit.cli.rules.catalogue import Listed


@click.command("list")
@packs_option
@profile_option
@output_option
@click.option("--area", multiple=True, help="Only rules of this area; repeatable.")
@click.option("--severity", multiple=True, help="Only rules of this severity; repeatable.")
@click.option(
    "--framework",
    multiple=True,
    help="Only rules mapped to this framework: azure_policy, cis_azure, iso_27001_2022, mcsb, "
    "nist_800_53_r5, waf; repeatable.",
)
@click.option(
    "--tag",
    multiple=True,
    help="Only rules with this tag: an area, a framework, a control (mcsb:NS-2); repeatable.",
)
@click.option(
    "--all", "with_reserve", is_flag=True, help="Also list controls that have no rule yet."
)
def list_rules(**options: Any) -> None:  # noqa: ANN401 - one keyword for each option above
    """List the rules that a profile applies, as configured by it.

    \b
    Examples:
      amlaudit rules list --severity critical
      amlaudit rules list --framework mcsb --profile my-company.yaml
      amlaudit rules list --all -o json
    """  # noqa: D301 - \b is click's own
    packs, profile = tuple(options["packs"]), options["profile"]
    with_reserve = options["with_reserve"]
    _refuse_unknown(options, partial(_areas, packs))
    asked = Filter(options["severity"], options["area"], options["framework"] + options["tag"])
    printer: Printer = options["printer"]
    if not printer.is_own:
        # Imported where they are used: reading all rules takes ten times as long as the rest.
        from amlaudit.cli.rules.catalogue import everything, everything_reserved  # noqa: PLC0415

        reserved = everything_reserved(asked) if with_reserve else []
        printer.show(everything(packs, profile, asked) + reserved)
        return
    known = _listing(packs, profile)
    listed = [*known["listed"], *(_reserve() if with_reserve else [])]
    _print([row for row, words in listed if asked.matches(row[1], row[2], words)])
    for each in known["notes"]:
        click.echo(each)


def _refuse_unknown(options: Mapping[str, Any], areas: Callable[[], set[str]]) -> None:
    """Raise if a filter is misspelt, which would otherwise match nothing.

    Args:
        options: The filters.
        areas: Returns the existing areas.

    Raises:
        AmlauditError: A severity, area or framework is unknown.
    """
    if not (options["severity"] or options["area"] or options["framework"]):
        return
    from amlaudit.core.rule import Severity  # noqa: PLC0415 - few ask for it
    from amlaudit.rulebook.rule_flaws import FRAMEWORKS  # noqa: PLC0415 - same

    known: dict[str, set[str]] = {
        "severity": {each.value for each in Severity},
        "area": areas(),
        "framework": set(FRAMEWORKS),
    }
    for kind, words in known.items():
        for word in options[kind]:
            if word.casefold() not in words:
                raise AmlauditError(
                    "E203",
                    f'Unknown {kind} "{word}".{did_you_mean(word, words)}',
                    advice=f"must be one of: {', '.join(sorted(words))}",
                    exit_code=Exit.INVALID,
                )


def _listing(packs: tuple[str, ...], profile: str) -> Any:  # noqa: ANN401 - a JSON value
    """Return the listing of the rules, cached if they are all shipped."""

    def read() -> Any:  # noqa: ANN401 - a JSON value
        from amlaudit.cli.rules.catalogue import listing  # noqa: PLC0415 - see above

        return listing(packs, profile)

    if packs or profile not in shipped_profiles():
        return read()
    return cached(f"listing-{profile}", _files(), read)


def _areas(packs: tuple[str, ...]) -> set[str]:
    """Return all existing areas, including those that a profile leaves out."""
    return {row[2] for row, _ in _listing(packs, DEFAULT_PROFILE)["listed"]}


def _files() -> Iterator["os.DirEntry[str]"]:
    """Yield the files behind the listing: shipped rules, profiles, and the code that reads them.

    For an installed amlaudit the version would do; in a checkout any of these may change.
    """
    code = Path(__file__).parents[2]
    areas = [Path(each.path) for each in _entries(shipped("rules")) if each.is_dir()]
    for folder in (*areas, PROFILES, code / "rulebook", code / "core", code / "cli" / "rules"):
        for each in _entries(folder):
            if each.name.endswith((".py", ".yaml")) and not each.name.endswith(".cases.yaml"):
                yield each


def _entries(folder: Path) -> "list[os.DirEntry[str]]":
    """Return the entries of a folder, sorted by name."""
    with os.scandir(folder) as found:
        return sorted(found, key=lambda each: each.name)


def _reserve() -> "list[Listed]":
    """Return the controls that have no rule yet."""
    from amlaudit.cli.rules.catalogue import reserve  # noqa: PLC0415 - see above

    return reserve()


def _print(rows: list[list[str]]) -> None:
    """Print rules, and how many there are of each kind."""
    click.echo("\n".join(columns([["ID", "SEVERITY", "AREA", "KIND", "TITLE"], *rows])))
    counts = Counter(row[3] for row in rows)
    text = ", ".join(f"{count} {kind}" for kind, count in sorted(counts.items()))
    click.echo(counted(len(rows), "rule") + (f" ({text})" if text else ""))
