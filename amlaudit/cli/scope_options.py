"""The scope and the sign-in: options of every command that reads Azure."""

from collections.abc import Mapping
from typing import Any

import click

from amlaudit.cli.options import none_blank, several
from amlaudit.cli.settings import is_on_command_line
from amlaudit.core.scope import Scope
from amlaudit.scanners.cloud import SIGN_IN_WAYS

_WHOLE = ("subscription", "management_group", "tenant")
"""Options that select subscriptions."""

scope_options = several(
    click.option(
        "-s",
        "--subscription",
        multiple=True,
        callback=none_blank,
        help="Subscription, by name or id; repeatable.",
    ),
    click.option(
        "-m",
        "--management-group",
        multiple=True,
        callback=none_blank,
        help="Management group, by id; repeatable.",
    ),
    click.option(
        "--tenant",
        default="",
        help="Tenant to sign in to, by id or domain; by itself, audits all of it.",
    ),
    click.option(
        "--exclude",
        multiple=True,
        callback=none_blank,
        help="Exclude a subscription, by name or id, or everything below an ARM id; * matches any "
        "text; repeatable.",
    ),
)
"""Which subscriptions to read."""

narrowing_options = several(
    click.option(
        "-g",
        "--resource-group",
        multiple=True,
        callback=none_blank,
        help="Only this resource group, by name; repeatable.",
    ),
    click.option(
        "-w",
        "--workspace",
        multiple=True,
        callback=none_blank,
        help="Only this workspace, by name, and what it depends on; repeatable.",
    ),
)
"""Which parts of them to read."""

sign_in_options = several(
    click.option(
        "--cloud",
        default="public",
        show_default=True,
        help="Cloud: public, usgovernment, china, or the https URL of an Azure Resource Manager.",
    ),
    click.option(
        "--credential",
        default="auto",
        show_default=True,
        type=click.Choice(SIGN_IN_WAYS),
        help="How to sign in; auto tries them all.",
    ),
)
"""Which cloud, and how to sign in."""


def scope_of(options: Mapping[str, Any], context: click.Context | None = None) -> Scope:
    """Return the scope that the options describe.

    If the command line selects subscriptions, that replaces all that settings files select. For
    input files, the selection in settings files is ignored: they contain what they contain.

    Args:
        options: Their values.
        context: Tells which of them were given on the command line.
    """
    chosen = dict(options)
    if context:
        named = [each for each in _WHOLE if is_on_command_line(context, each)]
        if named or options.get("inputs"):
            chosen |= {each: "" if each == "tenant" else () for each in _WHOLE if each not in named}
    return Scope(
        tuple(chosen["subscription"]),
        tuple(chosen["management_group"]),
        tuple(chosen.get("resource_group", ())),
        tuple(chosen.get("workspace", ())),
        chosen["tenant"],
        tuple(chosen["exclude"]),
    )
