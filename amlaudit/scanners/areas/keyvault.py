"""Key vaults, with what is told of keys and secrets in them; never what these are.

Azure Resource Manager shows names, states and dates. The data plane, which hands out values, is
not spoken to.
"""

from collections.abc import Mapping
from typing import Any

from amlaudit.core.relations import KEY, KEY_VAULT, SECRET
from amlaudit.core.resource import Document
from amlaudit.scanners.scanner import ArmRead, GraphQuery, Scanner

_VAULTS = "Microsoft.KeyVault/vaults"


def without_value(row: Mapping[str, Any]) -> Document:
    """Return a key or secret without a value, which no answer should hold anyway."""
    properties = row.get("properties")
    if not isinstance(properties, Mapping):
        return dict(row)
    return {**row, "properties": {key: properties[key] for key in properties if key != "value"}}


SCANNER = Scanner(
    name="keyvault",
    queries=(GraphQuery("keyvault.kql", (f"{_VAULTS}/read",)),),
    reads=tuple(
        ArmRead(
            of=KEY_VAULT,
            path=f"/{kind}",
            api_version="2024-11-01",
            action=f"{_VAULTS}/{kind}/read",
            yields=arm_type,
            document=without_value,
        )
        for kind, arm_type in (("keys", KEY), ("secrets", SECRET))
    ),
)
