"""`amlaudit rules docs`: writes a page for each rule."""

from pathlib import Path

import click

from amlaudit.cli.files import keep
from amlaudit.cli.messages import counted
from amlaudit.cli.options import FOLDER
from amlaudit.resources import shipped
from amlaudit.rulebook.cases import read_cases
from amlaudit.rulebook.packs import cases_of, load_pack
from amlaudit.rulebook.pages import index_of, page_name, page_of


@click.command()
@click.option(
    "--out",
    default="docs/rules",
    show_default=True,
    type=FOLDER,
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
    advice = "choose another folder with --out"
    keep(out / "README.md", [index_of(found)], advice=advice)
    for rule in found:
        path = cases_of(pack / rule.path)
        cases = tuple(read_cases(path, path.name, rule)) if path.exists() else ()
        keep(out / page_name(rule), [page_of(rule, cases)], advice=advice)
    click.echo(f"{counted(len(found), 'page')} in {out}")
