"""`amlaudit rules test`: checks rules against their test cases."""

from pathlib import Path

import click

from amlaudit.cli.sanitise import sanitised
from amlaudit.core.errors import AmlauditError, Exit
from amlaudit.rulebook.checking import tested, told


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
    passed, wrong, refused = 0, list[str](), list[AmlauditError]()
    for path in paths:
        try:
            found = tested(path)
        except AmlauditError as error:
            refused.append(error)
        else:
            passed += found.passed
            wrong += found.wrong
            refused += found.refused
    if len(refused) == 1 and not passed and not wrong:
        raise refused[0]
    for problem in (*wrong, *map(told, refused)):
        click.echo(sanitised(problem))
    invalid = f", {len(refused)} invalid" if refused else ""
    click.echo(f"{passed} passed, {len(wrong)} failed{invalid}")
    if refused:
        return refused[0].exit_code
    return Exit.FAIL if wrong else Exit.PASS
