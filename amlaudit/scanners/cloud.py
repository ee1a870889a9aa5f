"""The clouds: where Azure Resource Manager answers, and whom its tokens are for."""

from typing import Final
from urllib.parse import urlsplit

from msgspec import Struct

from amlaudit.core.errors import AmlauditError, Exit


class Cloud(Struct, frozen=True):
    """One cloud.

    Attributes:
        endpoint: Address of its resource manager, without a slash at its end.
        token_scope: What an access token is asked for.
        authority: Host that people and programs sign in at, empty: the SDK's own choice.
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
"""Names of the credentials; see `amlaudit.scanners.credentials`, which takes long to load."""


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
