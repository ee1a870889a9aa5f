"""What is to be looked at, and by whom: the options of every command that reads Azure."""

from collections.abc import Mapping
from typing import Any

import click
from click.core import ParameterSource

from amlaudit.cli.options import several
from amlaudit.core.scope import Scope
from amlaudit.scanners.cloud import SIGN_IN_WAYS

_WHOLE = ("subscription", "management_group", "tenant")
"""Options that say which subscriptions are meant."""

scope_options = several(
    click.option(
        "-s", "--subscription", multiple=True, help="Subscription, by name or id; repeatable."
    ),
    click.option(
        "-m", "--management-group", multiple=True, help="Management group, by id; repeatable."
    ),
    click.option(
        "--tenant",
        default="",
        help="Tenant to sign in to, by id or domain; alone, all of it is audited.",
    ),
    click.option(
        "--exclude",
        multiple=True,
        help="Leave out a subscription, by name or id, or all below an ARM id; * stands for any "
        "text; repeatable.",
    ),
)
"""What subscriptions are meant."""

narrowing_options = several(
    click.option(
        "-g",
        "--resource-group",
        multiple=True,
        help="Only this resource group, by name; repeatable.",
    ),
    click.option(
        "-w",
        "--workspace",
        multiple=True,
        help="Only this workspace, by name, and what it depends on; repeatable.",
    ),
)
"""What of them is."""

sign_in_options = several(
    click.option(
        "--cloud",
        default="public",
        show_default=True,
        help="Cloud: public, usgovernment, china, or the https address of a resource manager.",
    ),
    click.option(
        "--credential",
        default="auto",
        show_default=True,
        type=click.Choice(SIGN_IN_WAYS),
        help="How to sign in; auto tries them all.",
    ),
)
"""Which cloud, and who reads it."""


def scope_of(options: Mapping[str, Any], context: click.Context | None = None) -> Scope:
    """Return the scope that options name.

    What the command line says of subscriptions takes the place of all that files say of them, and
    files that are judged hold what they hold.

    Args:
        options: Their values.
        context: Tells which of them stand on the command line.
    """
    kept = dict(options)
    if context:
        said = [
            each
            for each in _WHOLE
            if context.get_parameter_source(each) is ParameterSource.COMMANDLINE
        ]
        if said or options.get("inputs"):
            kept |= {each: "" if each == "tenant" else () for each in _WHOLE if each not in said}
    return Scope(
        tuple(kept["subscription"]),
        tuple(kept["management_group"]),
        tuple(kept.get("resource_group", ())),
        tuple(kept.get("workspace", ())),
        kept["tenant"],
        tuple(kept["exclude"]),
    )
