"""Where an option gets its value: flag, variable, project file, user file, or default.

Click itself handles flags and defaults. Whatever comes in between is passed to it as its default
map, so that every value is parsed and rejected as if it were on the command line.
"""

import os
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import click
from click.core import ParameterSource

from amlaudit.cli.folders import config_folder
from amlaudit.cli.options import FILE
from amlaudit.sizes import is_there

if TYPE_CHECKING:
    from amlaudit.core.context import Label
    from amlaudit.rulebook.config_reader import Found, Setting, Settings

_CONTEXT_KEY: Final = "amlaudit.settings"
"""The key of the settings in a context."""
_VARIABLE: Final = "AMLAUDIT_CONFIG"
_CONFIGURABLE: Final = {
    "subscription",
    "profile",
    "packs",
    "waivers",
    "outputs",
    "baseline",
    "history",
}
"""Options at least one of which is present in every command that settings apply to."""
_NO_SETTINGS: Final = {"AMLAUDIT_DEBUG", "AMLAUDIT_NO_INPUT", "AMLAUDIT_TRUSTED_LOCK"}
"""Variables that control how a command behaves, rather than what it does."""
_PARAMETER_NAMES: Final = {
    "rules": "packs",
    "report": "outputs",
    "severity": "least",
    "trusted-key": "trusted_keys",
}
"""Options whose parameters in commands have another name."""


def config_option() -> click.Option:
    """Return the option that names the project file, which is processed before all others."""
    return click.Option(
        ["--config"],
        type=FILE,
        is_eager=True,
        expose_value=False,
        callback=_apply_settings,
        help="Project file; by default the nearest amlaudit.yaml, searching upwards from here.",
    )


def takes_settings(command: click.Command) -> bool:
    """Tell whether a command has options that settings apply to."""
    return not _CONFIGURABLE.isdisjoint(each.name for each in command.params)


def settings_of(context: click.Context) -> "Settings":
    """Return the settings of a command's invocation."""
    from amlaudit.rulebook.config_reader import Settings  # noqa: PLC0415 - it reads YAML

    kept = context.meta.get(_CONTEXT_KEY)
    return kept if isinstance(kept, Settings) else Settings()


def is_on_command_line(context: click.Context, parameter: str) -> bool:
    """Tell whether the value of an option was given on the command line."""
    return context.get_parameter_source(parameter) is ParameterSource.COMMANDLINE


def set_in(context: click.Context, parameter: str) -> str:
    """Return where the value of an option is set, `""` if on the command line."""
    if context.get_parameter_source(parameter) is not ParameterSource.DEFAULT_MAP:
        return ""
    return next(
        found.place
        for setting, found in _given(settings_of(context))
        if parameter_of(setting) == parameter
    )


def place_of(error: click.ClickException) -> str:
    """Return where a value rejected by click is set, `""` if on the command line."""
    if not isinstance(error, click.BadParameter) or not error.ctx or not error.param:
        return ""
    return set_in(error.ctx, error.param.name or "")


def is_of_project(context: click.Context, parameter: str) -> bool:
    """Tell whether the value of an option comes from the project file alone."""
    settings = settings_of(context)
    return bool(set_in(context, parameter)) and any(
        setting.key in settings.of_project and not found.place.startswith("AMLAUDIT_")
        for setting, found in _given(settings)
        if parameter_of(setting) == parameter
    )


def read_all(named: Path | None = None) -> "Settings":
    """Return the settings from variables, project file and user file.

    Args:
        named: The project file; None: the one that applies here.

    Raises:
        AmlauditError: A file is invalid.
    """
    from msgspec.structs import replace  # noqa: PLC0415 - help needs none of it

    from amlaudit.rulebook.config_reader import SETTINGS, Found, read_settings  # noqa: PLC0415

    read = read_settings(project_path(named), user_path())
    values = dict(read.values)
    for setting in SETTINGS:
        text = os.environ.get(setting.variable)
        if text:
            parts = [each.strip() for each in text.split(",")]
            value = [each for each in parts if each] if setting.many else text
            values[setting.key] = Found(value, setting.variable)
    return replace(read, values=values)


def unknown_variables() -> list[str]:
    """Return the variables that look like settings, but are not."""
    from amlaudit.rulebook.config_reader import SETTINGS  # noqa: PLC0415 - help needs none of it

    known = {each.variable for each in SETTINGS} | _NO_SETTINGS | {_VARIABLE}
    return sorted(each for each in os.environ if each.startswith("AMLAUDIT_") and each not in known)


def project_path(named: Path | None = None) -> Path | None:
    """Return the project file that applies here, if there is one."""
    from amlaudit.rulebook.config_files import project_file  # noqa: PLC0415 - help needs none

    if named is None and os.environ.get(_VARIABLE):
        named = Path(os.environ[_VARIABLE])
    return named.absolute() if named else project_file(Path.cwd())


def _is_anything_set(named: Path | None) -> bool:
    """Tell whether any file or variable sets something."""
    variables = {each for each in os.environ if each.startswith("AMLAUDIT_")} - _NO_SETTINGS
    return bool(variables or project_path(named) or user_path())


def user_path() -> Path | None:
    """Return the user's own file, if it exists and is accessible."""
    path = user_place()
    return path if is_there(path) and path.is_file() else None


def user_place() -> Path:
    """Return the path of the user's own file, which need not exist."""
    return config_folder() / "config.yaml"


def parameter_of(setting: "Setting") -> str:
    """Return the parameter name of a setting in commands."""
    return _PARAMETER_NAMES.get(setting.option, setting.option.replace("-", "_"))


def labels_of(context: click.Context) -> "Mapping[str, Label]":
    """Return how the settings interpret tags, by the name of the label."""
    if _CONTEXT_KEY not in context.meta:
        return {}
    environments = settings_of(context).environments
    return {"environment": environments} if environments else {}


def _apply_settings(context: click.Context, _parameter: click.Parameter, value: Any) -> None:  # noqa: ANN401 - a path or none
    """Pass values set outside the command line to click, as defaults of the command's options."""
    if not _is_anything_set(value):
        return
    settings = read_all(value)
    context.meta[_CONTEXT_KEY] = settings
    options = {each.name: each for each in context.command.params}
    defaults = dict(context.default_map or {})
    for setting, found in _given(settings):
        option = options.get(parameter_of(setting))
        if isinstance(option, click.Option) and option.multiple is setting.many:
            defaults[parameter_of(setting)] = found.value
    context.default_map = defaults


def _given(settings: "Settings") -> "Iterator[tuple[Setting, Found]]":
    """Yield every setting that is set, with its value."""
    from amlaudit.rulebook.config_reader import SETTINGS  # noqa: PLC0415 - it reads YAML

    for setting in SETTINGS:
        if setting.key in settings.values:
            yield setting, settings.values[setting.key]
