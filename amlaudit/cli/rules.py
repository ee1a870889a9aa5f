"""`amlaudit rules`: look at rules, check and test packs, begin new rules."""

import json
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any, Final

import click
from rich.console import Console
from rich.table import Table

from amlaudit.cli.table import print_profile
from amlaudit.core.declarations import bicep_of, terraform_of
from amlaudit.core.errors import Exit
from amlaudit.core.rule import Rule
from amlaudit.reporters.fields import condition_fields, rule_fields
from amlaudit.resources import shipped
from amlaudit.rulebook.agenda import agenda_page, read_agenda
from amlaudit.rulebook.cases import read_cases
from amlaudit.rulebook.checking import tested, validated
from amlaudit.rulebook.library import find_rule, load_library, shipped_ids
from amlaudit.rulebook.packs import cases_of, load_pack
from amlaudit.rulebook.pages import index_of, page_name, page_of
from amlaudit.rulebook.profile_reader import DEFAULT, read_profile, shipped_profiles
from amlaudit.rulebook.profiles import load_rules
from amlaudit.rulebook.reserve import Reserved, reserved
from amlaudit.rulebook.scaffold import new_rule

_RESERVE: Final = "not built"
"""The kind of a control that has no rule yet."""


def packs_option(function: Any) -> Any:  # noqa: ANN401 - as click has it
    """Add the option that names further rule packs."""
    return click.option(
        "--rules",
        "packs",
        multiple=True,
        help="Rule pack besides the shipped one: a folder, or the name of an installed pack.",
    )(function)


def profile_option(function: Any) -> Any:  # noqa: ANN401 - as click has it
    """Add the option that names the profile."""
    return click.option(
        "--profile",
        default=DEFAULT,
        show_default=True,
        help=f"Company policy: {', '.join(shipped_profiles())}, or a file.",
    )(function)


def output_option(function: Any) -> Any:  # noqa: ANN401 - as click has it
    """Add the option that chooses between a table and JSON."""
    return click.option(
        "-o",
        "--output",
        type=click.Choice(["table", "json"]),
        default="table",
        show_default=True,
        help="How to print it.",
    )(function)


@click.group()
def rules() -> None:
    """Look at rules, check and test packs, begin new rules.

    \b
    Examples:
      amlaudit rules list --area network
      amlaudit rules test my-rules
    """  # noqa: D301 - \b is click's own


@rules.command("list")
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
        rows = [_everything(rule) for rule in found]
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


@rules.command()
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
        click.echo(json.dumps(_everything(rule), indent=2))
    else:
        click.echo(explain_rule(rule))


@rules.command("new")
@click.option("--yaml", "kind", flag_value="yaml", default="yaml", help="A condition (default).")
@click.option("--python", "kind", flag_value="python", help="A function.")
@click.option("--area", default="custom", show_default=True, help="Folder of the rule.")
@click.option("--pack", default="rules", show_default=True, type=click.Path(path_type=Path))
@click.argument("rule_id")
@click.argument("claim")
def new(kind: str, area: str, pack: Path, rule_id: str, claim: str) -> None:
    """Begin a rule: its file and its cases, ready to fill in and to test.

    CLAIM is a few words that end up in the file's name.

    \b
    Examples:
      amlaudit rules new ACME001 "owner tag set" --pack my-rules
      amlaudit rules new ACME002 "few owners" --python
    """  # noqa: D301 - \b is click's own
    for path in new_rule(pack / area, rule_id, claim, python=kind == "python"):
        click.echo(path)


@rules.command()
@output_option
@click.argument("paths", nargs=-1, required=True, type=click.Path(exists=True, path_type=Path))
def validate(paths: tuple[Path, ...], output: str) -> int:
    """Check that rules and Azure Policy definitions load; exit 5 if one does not.

    \b
    Examples:
      amlaudit rules validate my-rules
      amlaudit rules validate my-policies -o json
    """  # noqa: D301 - \b is click's own
    rows = [row for path in paths for row in validated(path)]
    if output == "json":
        click.echo(json.dumps(rows, indent=2))
    else:
        for row in rows:
            click.echo(f"{row['status']:<12} {row['file']}  {row['detail']}".rstrip())
    return Exit.INVALID if any(row["status"] == "error" for row in rows) else Exit.PASS


@rules.command()
@click.argument("paths", nargs=-1, required=True, type=click.Path(exists=True, path_type=Path))
def test(paths: tuple[Path, ...]) -> int:
    """Run the cases of every rule of packs, and mutate what YAML rules require.

    A case fails that comes out otherwise than written; so does a rule of which a changed copy
    passes all of its cases. A folder of Azure Policy cases is run too.

    \b
    Examples:
      amlaudit rules test my-rules
      amlaudit rules test rules
    """  # noqa: D301 - \b is click's own
    passed, problems = 0, list[str]()
    for path in paths:
        count, wrong = tested(path)
        passed += count
        problems += wrong
    for problem in problems:
        click.echo(problem)
    click.echo(f"{passed} passed, {len(problems)} failed")
    return Exit.FAIL if problems else Exit.PASS


@rules.command()
@click.option(
    "--out",
    default="docs/rules",
    show_default=True,
    type=click.Path(file_okay=False, path_type=Path),
    help="Folder for the pages.",
)
@click.argument("pack", default=shipped("rules"), type=click.Path(exists=True, path_type=Path))
def docs(out: Path, pack: Path) -> None:
    """Write a page for each rule of a pack, and an index.

    \b
    Examples:
      amlaudit rules docs
      amlaudit rules docs my-rules --out my-docs
    """  # noqa: D301 - \b is click's own
    found = load_pack(pack, pack.name)[1]
    out.mkdir(parents=True, exist_ok=True)
    (out / "README.md").write_text(index_of(found), "utf-8")
    for rule in found:
        path = cases_of(pack / rule.path)
        cases = tuple(read_cases(path, path.name, rule)) if path.exists() else ()
        (out / page_name(rule)).write_text(page_of(rule, cases), "utf-8")
    click.echo(f"{len(found)} pages in {out}")


@rules.command()
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


def _everything(rule: Rule) -> dict[str, object]:
    """Return all that a rule says."""
    return {"kind": kind_of(rule), **rule_fields(rule), **condition_fields(rule)}


def kind_of(rule: Rule) -> str:
    """Return how a rule is written: yaml, python, as a policy or as a question."""
    if rule.path.endswith(".py"):
        return "python"
    if rule.path.endswith(".json"):
        return "policy"
    return "yaml" if rule.require else "question"


def explain_rule(rule: Rule) -> str:
    """Return everything that is to know about a rule, as text."""
    paragraphs = [
        f"{rule.id}  {rule.title}",
        f"{rule.severity}: {rule.severity_reason}",
        f"Judges {rule.type_name or rule.applies_to}.",
        rule.because,
        "Mend it:\n" + _indented(rule.fix.command.splitlines()),
    ]
    warnings = [
        "The resource has to be rebuilt." if rule.fix.change == "recreate" else "",
        "The step cannot be undone." if rule.fix.irreversible else "",
        rule.fix.note,
    ]
    paragraphs += filter(None, [" ".join(filter(None, warnings))])
    if rule.fix.settings:
        paragraphs.append("In Bicep:\n" + _indented(bicep_of(rule).splitlines()))
        paragraphs.append("In Terraform:\n" + _indented(terraform_of(rule).splitlines()))
    if rule.parameters:
        listed = (f"{k} = {v.value}: {v.meaning}" for k, v in sorted(rule.parameters.items()))
        paragraphs.append("Parameters:\n" + _indented(listed))
    if rule.mappings:
        listed = (f"{name}: {', '.join(ids)}" for name, ids in sorted(rule.mappings.items()))
        paragraphs.append("Serves:\n" + _indented(listed))
    paragraphs.append("Drawn from:\n" + _indented(rule.sources))
    return "\n\n".join(paragraphs)


def _indented(lines: Iterable[str]) -> str:
    """Return lines, each set in a little."""
    return "\n".join(f"  {line}" for line in lines)
