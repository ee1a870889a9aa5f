"""`amlaudit doctor`: problems that a scan would have, and the role that fixes them."""

import os
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import click

from amlaudit.cli.columns import line_width
from amlaudit.cli.folders import cache_folder, state_folder
from amlaudit.cli.messages import mark, note
from amlaudit.cli.printing import Printer, output_option
from amlaudit.cli.sanitise import sanitised
from amlaudit.cli.scope_options import scope_of, scope_options, sign_in_options
from amlaudit.core.errors import Exit
from amlaudit.core.patterns import GUID
from amlaudit.core.scope import Scope
from amlaudit.scanners.cloud import cloud_named
from amlaudit.sizes import is_there

if TYPE_CHECKING:
    from amlaudit.scanners.doctor import Diagnosis
    from amlaudit.scanners.permissions import Permission

_FILL_IN: Final = "/subscriptions/<subscription id>"
_LABEL: Final = 16
"""Width of the label of a line, in characters."""
_INDENT: Final = 2 + _LABEL
"""Characters before the text of a line: its mark, a space and its label."""
_RULES_SHOWN: Final = 8
"""Rules shown per missing action; JSON has them all."""


@click.command()
@scope_options
@sign_in_options
@click.option(
    "--role-definition",
    is_flag=True,
    help="Print the custom role that a scan needs, for `az role definition create`.",
)
@output_option
def doctor(*, role_definition: bool, printer: Printer, **options: Any) -> int:  # noqa: ANN401 - click's
    """Check sign-in, permissions and everything else that a scan needs.

    \b
    Examples:
      amlaudit doctor --subscription "ML Production"
      amlaudit doctor --role-definition > role.json

    Nothing is evaluated and nothing is stored. Each missing permission (action) is shown with the
    rules that it leaves unknown.

    \b
    Exit codes: 0 all is well, 3 something is missing, 4 no access to Azure.
    """  # noqa: D301 - \b is click's own
    scope = scope_of(options)
    if role_definition:
        _print_role(scope, printer)
        return Exit.PASS
    # Imported here: the Azure SDK takes longer to load than everything else together.
    from amlaudit.scanners.credentials import credential_named  # noqa: PLC0415
    from amlaudit.scanners.doctor import diagnose  # noqa: PLC0415

    cloud = cloud_named(options["cloud"])
    found = diagnose(scope, credential_named(options["credential"], cloud, scope.tenant), cloud)
    if printer.is_own:
        for line in _lines(found):
            for part in _wrapped(sanitised(line)):
                click.echo(part)
    else:
        printer.show(_as_json(found))
    return Exit.PASS if found.is_well else Exit.INCOMPLETE


def _print_role(scope: Scope, printer: Printer) -> None:
    """Print the role, assignable at the scopes that are given by id."""
    from amlaudit.scanners.permissions import role_definition  # noqa: PLC0415 - it reads a file

    scopes = [f"/subscriptions/{each}" for each in scope.subscriptions]
    scopes += [
        f"/providers/Microsoft.Management/managementGroups/{each}"
        for each in scope.management_groups
    ]
    role = role_definition(scopes or [_FILL_IN])
    (Printer("json") if printer.is_own else printer).show(role)
    if not scopes:
        note(f"{mark('arrow')} add a subscription or management group to AssignableScopes")
    for name in (each for each in scope.subscriptions if not GUID.fullmatch(each)):
        note(f"{mark('arrow')} {name} is a name: use the subscription's id in AssignableScopes")


def _lines(found: "Diagnosis") -> Iterator[str]:
    """Yield the diagnosis as lines of text."""
    yield _line("Credential", f"{found.principal.name}{_valid(found.token_seconds)}")
    yield _line("Tenant", found.principal.tenant or "not in the token")
    reached = [f"{name or scope} ({scope})" for scope, name in found.subscriptions.items()]
    yield _line("Subscriptions", f"{len(reached)} can be read")
    yield from (f"    {each}" for each in reached)
    for gap in found.hidden:
        yield _line("Hidden", f"{gap.scope_id}: {gap.detail}", is_good=False)
    if found.hidden:
        yield f"  {mark('arrow')} request the role from --role-definition there, or exclude it"
    reachable = f"reachable at {found.endpoint}{_quota(found.queries_left)}"
    yield _line("Resource Graph", found.graph or reachable, is_good=not found.graph)
    if found.clock_seconds is not None:
        difference = f"{abs(found.clock_seconds):.0f} s difference from Azure"
        yield _line("Clock", difference, is_good=found.has_good_clock)
    yield _line("Proxy", found.proxy or "none")
    yield _line("Certificates", found.authorities or "bundled with requests")
    yield from _writable_lines()
    yield from _permission_lines(found)


def _line(label: str, text: str, *, is_good: bool = True) -> str:
    """Return a line of the diagnosis: whether it is good news, what it is about, and the text."""
    return f"{mark('check' if is_good else 'cross')} {label:<{_LABEL}}{text}"


def _wrapped(line: str) -> Iterator[str]:
    """Yield a line wrapped to the terminal; continuation lines are aligned with its text."""
    from textwrap import wrap  # noqa: PLC0415 - seldom needed

    width = line_width() or len(line)
    start = len(line) - len(line.lstrip())
    indent = " " * (start + 2 if start else _INDENT)
    yield from wrap(
        line,
        width,
        subsequent_indent=indent,
        break_long_words=False,
        break_on_hyphens=False,
    )


def _valid(seconds: float | None) -> str:
    """Return how long a token is valid, to append to a line."""
    return f", token valid {seconds / 60:.0f} min" if seconds is not None else ""


def _quota(left: int | None) -> str:
    """Return how many more queries Resource Graph allows, to append to a line."""
    return f", {left} queries left" if left is not None else ""


def _writable_lines() -> Iterator[str]:
    """Yield whether amlaudit can write to its own folders and to the current one."""
    for each in (cache_folder(), state_folder(), Path.cwd()):
        existing = next(above for above in (each, *each.parents) if is_there(above))
        yield _line("Writable", str(each), is_good=os.access(existing, os.W_OK))


def _permission_lines(found: "Diagnosis") -> Iterator[str]:
    """Yield what is allowed and what is not."""
    from amlaudit.scanners.permissions import permissions  # noqa: PLC0415 - it reads a file

    for scope, detail in found.unproven.items():
        yield _line("Permissions", f"{scope}: {detail}", is_good=False)
    for scope, lacking in found.missing.items():
        if scope in found.groups:
            what = f"missing on the management group {scope.rpartition('/')[2]}"
        else:
            name = found.subscriptions[scope] or scope
            what = f'{len(lacking)} of {len(permissions())} required actions missing on "{name}"'
        yield _line("Permissions", what, is_good=False)
        for each in lacking:
            yield f"    {each.action}"
            yield f"      {_blinds(each)}"
    if found.missing or found.unproven:
        yield f"  {mark('arrow')} amlaudit doctor --role-definition > role.json"
        yield "    az role definition create --role-definition role.json"
    else:
        yield _line("Permissions", f"all {len(permissions())} required actions are granted")


def _blinds(permission: "Permission") -> str:
    """Describe what is unknown without a permission."""
    if not permission.rules:
        return f"needed by the {permission.scanner} scanner to find resources"
    shown = ", ".join(permission.rules[:_RULES_SHOWN])
    more = len(permission.rules) - _RULES_SHOWN
    return f"needed by {shown}" + (f" and {more} more" if more > 0 else "")


def _as_json(found: "Diagnosis") -> dict[str, Any]:
    """Return the diagnosis as a JSON object."""
    return {
        "endpoint": found.endpoint,
        "principal": found.principal.name,
        "tenant": found.principal.tenant,
        "subscriptions": [
            {"id": scope, "name": name, **_rights(found, scope)}
            for scope, name in found.subscriptions.items()
        ],
        "management_groups": [{"id": each, **_rights(found, each)} for each in found.groups],
        "hidden": [
            {"id": gap.scope_id, "detail": gap.detail, "permission": gap.permission}
            for gap in found.hidden
        ],
        "graph": found.graph,
        "queries_left": found.queries_left,
        "token_seconds": found.token_seconds and round(found.token_seconds),
        "clock_seconds": found.clock_seconds and round(found.clock_seconds),
        "proxy": found.proxy,
        "authorities": found.authorities,
        "well": found.is_well,
    }


def _rights(found: "Diagnosis", scope: str) -> dict[str, Any]:
    """Return the missing permissions in a scope, or why they are not known, as JSON."""
    return {
        "unproven": found.unproven.get(scope, ""),
        "missing": _permissions(found.missing.get(scope, ())),
    }


def _permissions(several: "Iterable[Permission]") -> list[dict[str, Any]]:
    """Return permissions as JSON objects."""
    return [
        {"action": each.action, "scanner": each.scanner, "rules": list(each.rules)}
        for each in several
    ]
