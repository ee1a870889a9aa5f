"""`amlaudit version`: the installed versions, for people and for programs."""

import platform
from importlib.metadata import PackageNotFoundError, version

import click

from amlaudit import __version__
from amlaudit.cli.printing import Printer, output_option
from amlaudit.resources import shipped
from amlaudit.rulebook.packs import hash_of, rule_files

_PACKAGES = ("azure-core", "azure-identity", "click", "jinja2", "pyyaml", "rich")


@click.command("version")
@output_option
def show_version(printer: Printer) -> None:
    """Show the versions of amlaudit, its rules and its dependencies.

    \b
    Examples:
      amlaudit version
      amlaudit version -o json
    """  # noqa: D301 - \b is click's own
    rules = shipped("rules")
    fields = {
        "amlaudit": __version__,
        "python": platform.python_version(),
        "rules": len(list(rule_files(rules))),
        "rules_sha256": hash_of(rules),
        **versions(),
    }
    if not printer.is_own:
        printer.show(fields)
        return
    for name, value in fields.items():
        click.echo(f"{name.replace('_', ' '):<16} {value}")


def versions() -> dict[str, str]:
    """Return the versions of the main dependencies."""
    found: dict[str, str] = {}
    for name in _PACKAGES:
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            found[name] = "not installed"
    return found
