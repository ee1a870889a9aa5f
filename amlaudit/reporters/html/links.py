"""Addresses that the page may link to."""

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
    """Tell whether the page may link to an address."""
    return _HTTPS.fullmatch(address) is not None


def portal_of(sources: Iterable[str], tenant: str) -> str:
    """Return the prefix that turns a resource id into a portal link, `""` without a portal.

    Args:
        sources: The sources of the evidence.
        tenant: Their tenant; empty if unknown.
    """
    found = (_PORTALS[each.rstrip("/")] for each in sources if each.rstrip("/") in _PORTALS)
    portal = next(found, "")
    return f"{portal}#@{tenant if _TENANT.fullmatch(tenant) else ''}/resource" if portal else ""
