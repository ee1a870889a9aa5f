"""Addresses that the page may lead to."""

import re
from collections.abc import Iterable
from typing import Final

from amlaudit.core.patterns import late_pattern

_HTTPS: Final = late_pattern(
    r"https://[a-z0-9.-]+(?::\d+)?(?:[/?#][\w\-.~:/?#@!$&'()*+,;=%]*)?", re.ASCII | re.IGNORECASE
)
_PORTALS: Final = {
    "https://management.azure.com": "https://portal.azure.com/",
    "https://management.usgovcloudapi.net": "https://portal.azure.us/",
    "https://management.chinacloudapi.cn": "https://portal.azure.cn/",
}
"""By the address of Azure Resource Manager; https://learn.microsoft.com/azure/azure-government/compare-azure-government-global-azure"""
_TENANT: Final = late_pattern(r"[0-9A-Za-z.-]+")


def is_https(address: str) -> bool:
    """Tell whether an address is one that the page may link to."""
    return _HTTPS.fullmatch(address) is not None


def portal_of(sources: Iterable[str], tenant: str) -> str:
    """Return what a resource's id makes a link into the portal behind, `""` without a portal.

    Args:
        sources: What the evidence was read from.
        tenant: Its tenant; empty where it is not known.
    """
    found = (_PORTALS[each.rstrip("/")] for each in sources if each.rstrip("/") in _PORTALS)
    portal = next(found, "")
    return f"{portal}#@{tenant if _TENANT.fullmatch(tenant) else ''}/resource" if portal else ""
