"""The permissions that a scan needs: actions, the scanners that need them, the rules they serve.

`permissions.yaml` is the single list of them; `scripts/build_permissions.py` keeps it in step with
scanners and rules. The role is deliberately narrower than Reader: `*/read` also covers three reads
of Azure Machine Learning that return secrets.
"""

from collections.abc import Iterable, Mapping
from functools import cache
from importlib.resources import files
from typing import Any, Final

import yaml
from msgspec import Struct

BASE: Final = "scope"
"""The scanner that determines what exists, and what may be read of it."""
_ROLE_NAME: Final = "amlaudit reader"


class Permission(Struct, frozen=True):
    """One action that a principal needs.

    Attributes:
        action: `Microsoft.Storage/storageAccounts/read`.
        scanner: The area that needs it.
        rules: Ids of the shipped rules that are unknown without it, judging by their cases.
    """

    action: str
    scanner: str
    rules: tuple[str, ...]


@cache
def permissions() -> tuple[Permission, ...]:
    """Return every permission that a scan needs, by scanner and action."""
    text = files("amlaudit.scanners").joinpath("permissions.yaml").read_text("utf-8")
    return tuple(
        Permission(action, scanner, tuple(rules))
        for scanner, actions in yaml.safe_load(text).items()
        for action, rules in actions.items()
    )


def role_definition(scopes: Iterable[str]) -> Mapping[str, Any]:
    """Return the custom role that a scan needs, in the format of `az role definition create`.

    Args:
        scopes: ARM ids of the subscriptions, or of the management group, where it can be assigned.
    """
    return {
        "Name": _ROLE_NAME,
        "IsCustom": True,
        "Description": "Reads what amlaudit audits; no secrets, no data, no change.",
        "Actions": sorted({each.action for each in permissions()}),
        "NotActions": [],
        "DataActions": [],
        "NotDataActions": [],
        "AssignableScopes": list(scopes),
    }
