"""Options that several commands share."""

from collections.abc import Callable
from functools import reduce
from typing import Any, TypeVar

import click

from amlaudit.resources import DEFAULT_PROFILE, shipped_profiles

Command = TypeVar("Command", bound=Callable[..., Any])


def several(*options: Callable[[Command], Command]) -> Callable[[Command], Command]:
    """Return a decorator that gives a command several options, listed in this order."""

    def decorate(command: Command) -> Command:
        return reduce(lambda decorated, option: option(decorated), reversed(options), command)

    return decorate


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
        default=DEFAULT_PROFILE,
        show_default=True,
        help=f"Company policy: {', '.join(shipped_profiles())}, or a file.",
    )(function)
