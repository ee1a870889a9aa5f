"""`amlaudit rules new`: starts a rule."""

from pathlib import Path

import click

from amlaudit.cli.files import writing
from amlaudit.cli.options import FOLDER, not_blank
from amlaudit.core.errors import AmlauditError, Exit
from amlaudit.resources import shipped
from amlaudit.rulebook.library import shipped_ids
from amlaudit.rulebook.scaffold import new_rule


@click.command("new")
@click.option(
    "--yaml",
    "kind",
    flag_value="yaml",
    default="yaml",
    help="Write the rule as a YAML condition (default).",
)
@click.option("--python", "kind", flag_value="python", help="Write the rule as a Python function.")
@click.option("--area", default="custom", show_default=True, help="Folder of the rule.")
@click.option(
    "--pack",
    default="rules",
    show_default=True,
    type=FOLDER,
    help="Folder of the pack.",
)
@click.argument("rule_id")
@click.argument("claim", callback=not_blank)
def new(kind: str, area: str, pack: Path, rule_id: str, claim: str) -> None:
    """Start a new rule: its file and its test cases, ready to fill in and test.

    CLAIM is a few words for the name of the file.

    \b
    Examples:
      amlaudit rules new ACME001 "owner tag set" --pack my-rules
      amlaudit rules new ACME002 "few owners" --python
    """  # noqa: D301 - \b is click's own
    if Path(area).name != area:
        raise click.UsageError(f'"{area}" is not a valid folder name in the pack.')
    if rule_id in shipped_ids() and pack.resolve() != shipped("rules").resolve():
        raise AmlauditError(
            "E201",
            f"{rule_id} is the id of a shipped rule, and ids must be unique across all packs",
            advice="give the rule an id with letters of your own, like ACME001",
            exit_code=Exit.USAGE,
        )
    with writing(pack / area, "choose another folder with --pack"):
        for path in new_rule(pack / area, rule_id, claim, python=kind == "python"):
            click.echo(path)
