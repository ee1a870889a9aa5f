"""Key vaults, with metadata of their keys and secrets, but never the values.

Azure Resource Manager shows names, states and dates. The data plane, which returns values, is never
called.
"""

from functools import partial

from amlaudit.core.relations import KEY, KEY_VAULT, SECRET
from amlaudit.scanners.scanner import ArmRead, GraphQuery, Scanner, without

_VAULTS = "Microsoft.KeyVault/vaults"
_API_VERSION = "2024-11-01"


_WITHOUT_VALUE = partial(without, name="value")
"""Makes a document of a key or secret without a value, which no answer should contain anyway."""

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
                document=_WITHOUT_VALUE,
            )
            for kind, arm_type in (("keys", KEY), ("secrets", SECRET))
        ),
        # A list shows when keys expire, but not how they are rotated.
        ArmRead(
            of=KEY,
            path="",
            api_version=_API_VERSION,
            action=f"{_VAULTS}/keys/read",
            yields=KEY,
            single=True,
            document=_WITHOUT_VALUE,
        ),
    ),
)
