"""`amlaudit rules test`: checks rules against their test cases."""

from pathlib import Path

import click

from amlaudit.cli.sanitise import sanitised
from amlaudit.core.errors import Exit
from amlaudit.rulebook.checking import tested


@click.command()
@click.argument("paths", nargs=-1, required=True, type=click.Path(exists=True, path_type=Path))
def test(paths: tuple[Path, ...]) -> int:
    """Run the test cases of rules, and check by mutation that they are strict enough.

    A path is a pack, a folder in one, or the file of a rule or of its cases. A case fails if its
    verdict is not the one it states; a YAML rule fails if a changed copy of it passes all of its
    cases. Folders of Azure Policy cases are run, too.

    \b
    Examples:
      amlaudit rules test my-rules
      amlaudit rules test my-rules/network/acme001_owner.yaml
    """  # noqa: D301 - \b is click's own
    passed, problems = 0, list[str]()
    for path in paths:
        count, wrong = tested(path)
        passed += count
        problems += wrong
    for problem in problems:
        click.echo(sanitised(problem))
    click.echo(f"{passed} passed, {len(problems)} failed")
    return Exit.FAIL if problems else Exit.PASS
