"""Key vaults, with what is told of keys and secrets in them; never what these are.

Azure Resource Manager shows names, states and dates. The data plane, which hands out values, is
not spoken to.
"""

from functools import partial

from amlaudit.core.relations import KEY, KEY_VAULT, SECRET
from amlaudit.scanners.scanner import ArmRead, GraphQuery, Scanner, without

_VAULTS = "Microsoft.KeyVault/vaults"
_API_VERSION = "2024-11-01"


_WITHOUT_VALUE = partial(without, name="value")
"""Makes a document of a key or secret without a value, which no answer should hold anyway."""

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
        # A list shows when keys end, and not how they are renewed.
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
