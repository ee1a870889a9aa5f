"""Unreachable hosts: because of the certificate, the proxy, or the network."""

import re
from typing import Final
from urllib.parse import urlsplit

from requests.utils import get_environ_proxies, select_proxy

from amlaudit.core.errors import AmlauditError, Exit
from amlaudit.core.patterns import late_pattern

_CERTIFICATE: Final = late_pattern(r"certificate[ _]verify[ _]failed|self[- ]signed", re.IGNORECASE)
_WHY_NOT: Final = late_pattern(r"certificate verify failed: ([^(]+)", re.IGNORECASE)
_HOST: Final = late_pattern(r"ConnectionPool\(host='([^']+)'")
_PROXY: Final = late_pattern(r"tunnel connection failed: (\d{3})|connect to proxy|\b407\b")


def unreachable(message: str, detail: str, place: str = "Azure") -> AmlauditError:
    """Return the error for a host that gave no answer.

    Args:
        message: What could not be done because of it.
        detail: The transport's error message.
        place: The host, as far as known, if the transport does not name it.
    """
    named = _HOST.search(detail)
    host = named[1] if named else place
    if _CERTIFICATE.search(detail):
        why = _WHY_NOT.search(detail)
        return AmlauditError(
            "E108",
            f"TLS: this Python does not trust the certificate of {host}",
            cause=f"{why[1].strip()}; does your company's proxy intercept TLS?" if why else "",
            advice="set REQUESTS_CA_BUNDLE to the file with your company's certificates",
            exit_code=Exit.NO_ACCESS,
        )
    refused = _PROXY.search(detail.lower())
    if refused:
        answer = f" answered {refused[1]}" if refused[1] else " refused the connection"
        return AmlauditError(
            "E109",
            f"Cannot reach {host} (proxy {proxy_for(f'https://{host}') or 'of this host'}{answer})",
            advice="set HTTPS_PROXY / NO_PROXY",
            exit_code=Exit.NO_ACCESS,
        )
    return AmlauditError(
        "E109",
        message,
        cause=detail,
        advice="check the network, HTTPS_PROXY and REQUESTS_CA_BUNDLE, and `az account show`",
        exit_code=Exit.NO_ACCESS,
    )


def proxy_for(address: str) -> str:
    """Return the proxy for requests to an address, empty if none.

    Without its credentials.
    """
    named = select_proxy(address, get_environ_proxies(address)) or ""
    parts = urlsplit(named if "//" in named else f"//{named}")
    try:
        port = f":{parts.port}" if parts.port else ""
    except ValueError:  # not a number
        port = ""
    return f"{parts.scheme or 'http'}://{parts.hostname}{port}" if parts.hostname else ""
