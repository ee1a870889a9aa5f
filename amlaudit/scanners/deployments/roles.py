"""Built-in roles: files name them, and Azure shows their ids, which are the same everywhere.

https://learn.microsoft.com/azure/role-based-access-control/built-in-roles
"""

from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from typing import Final

from amlaudit.shipped_cache import cached

ROLE_DEFINITIONS: Final = "/providers/Microsoft.Authorization/roleDefinitions"
"""What the id of a built-in role starts with."""

_HERE: Final = "scanners/deployments"


@cache
def role_ids() -> Mapping[str, str]:
    """Return the ids of the built-in roles by name, lower case."""
    return cached("built-in-roles", _read, f"{_HERE}/roles.py", f"{_HERE}/roles.yaml")


def _read() -> Mapping[str, str]:
    """Return the ids of the built-in roles from their file."""
    import yaml  # noqa: PLC0415 - what was read once is kept

    text = files("amlaudit.scanners.deployments").joinpath("roles.yaml").read_text("utf-8")
    return {name.lower(): number for name, number in yaml.safe_load(text).items()}
