"""Places that cannot be reached: the certificate, the proxy, or the way there."""

import os
import re
from typing import Final
from urllib.parse import urlsplit

from amlaudit.core.errors import AmlauditError, Exit

_CERTIFICATE: Final = re.compile(r"certificate[ _]verify[ _]failed|self[- ]signed", re.IGNORECASE)
_WHY_NOT: Final = re.compile(r"certificate verify failed: ([^(]+)", re.IGNORECASE)
_HOST: Final = re.compile(r"ConnectionPool\(host='([^']+)'")
_PROXY: Final = re.compile(r"tunnel connection failed: (\d{3})|connect to proxy|\b407\b")


def unreachable(message: str, detail: str, place: str = "Azure") -> AmlauditError:
    """Return the error for a place that gave no answer.

    Args:
        message: What could not be done for it.
        detail: What the transport says of it.
        place: The host that was asked, as far as known, if the transport does not say.
    """
    named = _HOST.search(detail)
    host = named[1] if named else place
    if _CERTIFICATE.search(detail):
        why = _WHY_NOT.search(detail)
        return AmlauditError(
            "E108",
            f"TLS: this Python does not trust the certificate of {host}",
            cause=f"{why[1].strip()}; does a proxy of your company look into TLS?" if why else "",
            advice="set REQUESTS_CA_BUNDLE to the file with your company's certificates",
            exit_code=Exit.NO_ACCESS,
        )
    refused = _PROXY.search(detail.lower())
    if refused:
        answer = f" answered {refused[1]}" if refused[1] else " does not let it through"
        return AmlauditError(
            "E109",
            f"Cannot reach {host} (proxy {_proxy()}{answer})",
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


def _proxy() -> str:
    """Return the address of the proxy, without who signs in to it."""
    named = os.environ.get("HTTPS_PROXY") or os.environ.get("https_proxy") or ""
    parts = urlsplit(named if "//" in named else f"//{named}")
    port = f":{parts.port}" if parts.port else ""
    return (
        f"{parts.scheme or 'http'}://{parts.hostname}{port}" if parts.hostname else "of this host"
    )
