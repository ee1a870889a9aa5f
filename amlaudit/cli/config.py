"""`amlaudit config`: the settings in effect, and where they are set."""

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any, Final

import click
from rich.console import Console
from rich.table import Table

from amlaudit.cli.lines import in_line, print_trimmed
from amlaudit.cli.messages import counted, note
from amlaudit.cli.options import FILE
from amlaudit.cli.outputs import refuse_clashes
from amlaudit.cli.printing import Printer, output_option
from amlaudit.cli.scan import scan
from amlaudit.cli.settings import (
    parameter_of,
    project_path,
    read_all,
    unknown_variables,
    user_path,
    user_place,
)
from amlaudit.core.errors import AmlauditError, Exit
from amlaudit.core.suggestions import did_you_mean
from amlaudit.rulebook.config_reader import SETTINGS, Setting, Settings
from amlaudit.rulebook.library import pack_folder
from amlaudit.rulebook.profile_reader import read_profile
from amlaudit.rulebook.waiver_reader import read_waivers

_file_option = click.option(
    "--config",
    "named",
    type=FILE,
    help="Project file; by default the nearest amlaudit.yaml, searching upwards from here.",
)


@click.group()
def config() -> None:
    """Show and check settings, and where they come from.

    \b
    Examples:
      amlaudit config show
      amlaudit config validate

    Options take precedence over variables (AMLAUDIT_FAIL_ON), then come the project file, the
    user's own file, and the defaults.
    """  # noqa: D301 - \b is click's own


@config.command()
@_file_option
@output_option
def show(named: Path | None, printer: Printer) -> None:
    """Show every setting with its value and where that comes from.

    \b
    Examples:
      amlaudit config show
      amlaudit config show --config ci.amlaudit.yaml -o json
    """  # noqa: D301 - \b is click's own
    settings = read_all(named)
    rows = [(each.key, *_effective(each, settings)) for each in SETTINGS]
    if label := settings.environments:
        said = f"tag {' or '.join(label.tags)}, without it {label.assumed}"
        rows.append(("environments", said, settings.environments_place))
    if not printer.is_own:
        printer.show([{"setting": key, "value": value, "origin": at} for key, value, at in rows])
        return
    table = Table(box=None, pad_edge=False)
    for column in ("SETTING", "VALUE", "ORIGIN"):
        table.add_column(column, overflow="fold")
    for key, value, origin in rows:
        table.add_row(key, in_line(_spelled(value)), in_line(origin))
    print_trimmed(Console(highlight=False), table)


@config.command(short_help="Check the configuration files and variables.")
@_file_option
def validate(named: Path | None) -> None:
    """Check the project file, the user's own file and variables; exit with 5 if one is wrong.

    \b
    Examples:
      amlaudit config validate
      amlaudit config validate --config ci.amlaudit.yaml
    """  # noqa: D301 - \b is click's own
    settings = read_all(named)
    _try_out(settings)
    for variable in unknown_variables():
        hint = did_you_mean(variable, [each.variable for each in SETTINGS])
        note(f"{variable} has no effect.{hint}")
    files = [str(each) for each in (project_path(named), user_path()) if each]
    read = ", ".join(files) or "no configuration file found"
    click.echo(f"{read}: {counted(len(settings.values), 'setting')}")


@config.command()
@_file_option
def path(named: Path | None) -> None:
    """Show which files are read, and where the user's own belongs.

    \b
    Examples:
      amlaudit config path
      amlaudit config path --config ci.amlaudit.yaml
    """  # noqa: D301 - \b is click's own
    click.echo(f"project  {project_path(named) or 'none'}")
    click.echo(f"user     {user_place()}{'' if user_path() else ' (not found)'}")


def _try_out(settings: Settings) -> None:
    """Parse every value as a scan would.

    Raises:
        AmlauditError: A scan would reject one.
    """
    context, options = click.Context(scan), {each.name: each for each in scan.params}
    for setting in SETTINGS:
        found, option = settings.values.get(setting.key), options.get(parameter_of(setting))
        if not found or not option:
            continue
        try:
            value = option.type_cast_value(context, found.value)
            if trial := _TRIALS.get(setting.key):
                trial(value)
        except click.UsageError as error:
            raise AmlauditError(
                "E201",
                f"{found.place}: {error.message}",
                advice=f"fix it there; see --{setting.option} in `amlaudit scan --help`",
                exit_code=Exit.INVALID,
            ) from error
        except AmlauditError as error:
            error.cause = error.cause or f"it is set in {found.place}"
            raise


def _find_packs(names: Sequence[str]) -> None:
    """Raise if one of several rule packs does not exist."""
    for each in names:
        pack_folder(each)


def _read_if_there(waivers: Path) -> None:
    """Raise if a waiver file exists, but is invalid; it may have yet to be written."""
    if waivers.exists():
        read_waivers(waivers)


_TRIALS: Final[Mapping[str, Callable[[Any], object]]] = {
    "profile": read_profile,
    "rules": _find_packs,
    "waivers": _read_if_there,
    "reports": partial(refuse_clashes, is_stdout_taken=False),
}
"""What raises if the value of a setting does not hold, by the key of the setting."""


def _effective(setting: Setting, settings: Settings) -> tuple[object, str]:
    """Return the value of a setting, and where it is set."""
    if found := settings.values.get(setting.key):
        return found.value, found.place
    options = {each.name: each for each in scan.params}
    return _default_of(options.get(parameter_of(setting)), many=setting.many), "default"


def _default_of(option: click.Parameter | None, *, many: bool) -> object:
    """Return the default of an option; None: it has none, or `scan` does not have the option."""
    if many:
        return []
    if isinstance(option, click.Option) and option.is_flag:
        return False
    if option is None:
        return None
    is_known = isinstance(option.default, str | int | float) and option.default != ""
    return option.default if is_known else None


def _spelled(value: object) -> str:
    """Return a value as a table shows it."""
    if isinstance(value, list | tuple):
        return ", ".join(map(str, value)) or "-"
    if isinstance(value, bool):
        return str(value).lower()
    return "-" if value is None else str(value)
