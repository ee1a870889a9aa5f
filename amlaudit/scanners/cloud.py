"""The clouds: the address of Azure Resource Manager, and the audience of its tokens."""

from typing import Final
from urllib.parse import urlsplit

from msgspec import Struct

from amlaudit.core.errors import AmlauditError, Exit


class Cloud(Struct, frozen=True):
    """One cloud.

    Attributes:
        endpoint: Address of its resource manager, without a trailing slash.
        token_scope: The scope to request access tokens for.
        authority: Host for signing in, empty: the SDK's default.
    """

    endpoint: str
    token_scope: str
    authority: str = ""


CLOUDS: Final = {
    "public": Cloud(
        "https://management.azure.com",
        "https://management.azure.com/.default",
        "login.microsoftonline.com",
    ),
    "usgovernment": Cloud(
        "https://management.usgovcloudapi.net",
        "https://management.core.usgovcloudapi.net/.default",
        "login.microsoftonline.us",
    ),
    "china": Cloud(
        "https://management.chinacloudapi.cn",
        "https://management.chinacloudapi.cn/.default",
        "login.chinacloudapi.cn",
    ),
}
"""https://learn.microsoft.com/azure/developer/python/sdk/authentication/multi-cloud"""


SIGN_IN_WAYS: Final = ("auto", "cli", "environment", "managed-identity", "workload-identity")
"""Names of the credentials; see `amlaudit.scanners.credentials`, which is slow to load."""


def cloud_named(name: str) -> Cloud:
    """Return a cloud by its name, or by the https address of its resource manager.

    Raises:
        AmlauditError: It is neither.
    """
    if known := CLOUDS.get(name.lower()):
        return known
    address = urlsplit(name)
    if address.scheme == "https" and address.netloc and not address.path.strip("/"):
        endpoint = f"https://{address.netloc}"
        return Cloud(endpoint, f"{endpoint}/.default")
    raise AmlauditError(
        "E111",
        f'Unknown cloud "{name}"',
        advice=f"use {', '.join(CLOUDS)}, or the https address of a resource manager",
        exit_code=Exit.USAGE,
    )
