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
_API_VERSION = "2024-11-01"


def without_value(row: Mapping[str, Any]) -> Document:
    """Return a key or secret without a value, which no answer should hold anyway."""
    properties = row.get("properties")
    if not isinstance(properties, Mapping):
        return dict(row)
    return {**row, "properties": {key: properties[key] for key in properties if key != "value"}}


SCANNER = Scanner(
    name="keyvault",
    queries=(GraphQuery("keyvault.kql", (f"{_VAULTS}/read",)),),
    reads=(
        *(
            ArmRead(
                of=KEY_VAULT,
                path=f"/{kind}",
                api_version=_API_VERSION,
                action=f"{_VAULTS}/{kind}/read",
                yields=arm_type,
                document=without_value,
            )
            for kind, arm_type in (("keys", KEY), ("secrets", SECRET))
        ),
        # A list shows when keys end, and not how they are renewed.
        ArmRead(
            of=KEY,
            path="",
            api_version=_API_VERSION,
            action=f"{_VAULTS}/keys/read",
            yields=KEY,
            single=True,
            document=without_value,
        ),
    ),
)
