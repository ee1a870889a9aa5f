"""What may be sent: one request, defined here; everything else is refused.

The reading guard (`amlaudit.scanners.guard`) refuses this request, and this guard refuses all
reads. The two share nothing but the error that they raise.
"""

from typing import Final
from urllib.parse import urlsplit

from msgspec import Struct

from amlaudit.core.errors import AmlauditError, Exit
from amlaudit.core.patterns import late_pattern
from amlaudit.publishing.table import STREAM
from amlaudit.scanners.guard import RequestRefusedError

API_VERSION: Final = "2023-01-01"
"""https://learn.microsoft.com/azure/azure-monitor/logs/logs-ingestion-api-overview"""

AUDIENCES: Final = {
    ".ingest.monitor.azure.com": "https://monitor.azure.com/.default",
    ".ingest.monitor.azure.us": "https://monitor.azure.us/.default",
    ".ingest.monitor.azure.cn": "https://monitor.azure.cn/.default",
}
"""Token scopes, by the host suffix of all log ingestion endpoints in a cloud."""
HOSTS: Final = tuple(AUDIENCES)

_HOST: Final = late_pattern(r"[a-z0-9]([a-z0-9.-]*[a-z0-9])?")
_RULE: Final = late_pattern(r"dcr-[0-9a-f]{32}")


class Target(Struct, frozen=True):
    """The destination of rows.

    Attributes:
        endpoint: Address of a data collection endpoint, without a trailing slash.
        rule_id: Immutable id of a data collection rule.
    """

    endpoint: str
    rule_id: str

    @property
    def address(self) -> str:
        """The only address that is written to."""
        path = f"/dataCollectionRules/{self.rule_id}/streams/{STREAM}"
        return f"{self.endpoint}{path}?api-version={API_VERSION}"


def target_of(endpoint: str, rule_id: str) -> Target:
    """Return the destination of rows, if it accepts logs.

    Raises:
        AmlauditError: It does not.
    """
    address = urlsplit(endpoint.strip().rstrip("/").lower())
    host = address.netloc
    is_endpoint = address.scheme == "https" and _HOST.fullmatch(host) and host.endswith(HOSTS)
    if not is_endpoint or address.path or address.query or address.fragment:
        raise _refused(
            f'"{endpoint}" is not a data collection endpoint',
            f"use its logs ingestion URL: https://NAME.REGION{HOSTS[0]}",
        )
    if not _RULE.fullmatch(rule_id):
        raise _refused(
            f'"{rule_id}" is not the immutable id of a data collection rule',
            "use the immutableId from the output of the rule's deployment: dcr-…",
        )
    return Target(f"https://{host}", rule_id)


def refuse_all_but(target: Target, method: str, url: str) -> None:
    """Allow only the request that publishes.

    Args:
        target: The destination of rows.
        method: HTTP method.
        url: Target of the request; compared literally, without resolving anything in it.

    Raises:
        RequestRefusedError: It is any other request.
    """
    if (method, url) != ("POST", target.address):
        raise RequestRefusedError(
            f"refused {method} {urlsplit(url).path}: only publishing is allowed"
        )


def _refused(message: str, advice: str) -> AmlauditError:
    """Return the error for a destination that rows must not be sent to."""
    return AmlauditError("E112", message, advice=advice, exit_code=Exit.USAGE)
