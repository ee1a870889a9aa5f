"""What may be sent: one request, spelled out; everything else is refused.

The guard of what reads (`amlaudit.scanners.guard`) lets no such request pass, and this one lets
pass nothing that reads. The two share nothing but the error that they refuse with.
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

HOSTS: Final = (
    ".ingest.monitor.azure.com",
    ".ingest.monitor.azure.us",
    ".ingest.monitor.azure.cn",
)
"""What the hosts of all places that take logs end with, in every cloud."""

_HOST: Final = late_pattern(r"[a-z0-9]([a-z0-9.-]*[a-z0-9])?")
_RULE: Final = late_pattern(r"dcr-[0-9a-f]{32}")


class Target(Struct, frozen=True):
    """Where rows go.

    Attributes:
        endpoint: Address of a data collection endpoint, without a slash at its end.
        rule_id: Immutable id of a data collection rule.
    """

    endpoint: str
    rule_id: str

    @property
    def address(self) -> str:
        """The one address that is written to."""
        path = f"/dataCollectionRules/{self.rule_id}/streams/{STREAM}"
        return f"{self.endpoint}{path}?api-version={API_VERSION}"


def target_of(endpoint: str, rule_id: str) -> Target:
    """Return where rows go, if that is a place that takes logs.

    Raises:
        AmlauditError: It is something else.
    """
    address = urlsplit(endpoint.strip().rstrip("/").lower())
    host = address.netloc
    is_one = address.scheme == "https" and _HOST.fullmatch(host) and host.endswith(HOSTS)
    if not is_one or address.path or address.query or address.fragment:
        raise _refused(
            f'"{endpoint}" is no data collection endpoint',
            f"give its logs ingestion address: https://NAME.REGION{HOSTS[0]}",
        )
    if not _RULE.fullmatch(rule_id):
        raise _refused(
            f'"{rule_id}" is no immutable id of a data collection rule',
            "give the immutableId that the deployment of the rule put out: dcr-…",
        )
    return Target(f"https://{host}", rule_id)


def refuse_all_but(target: Target, method: str, url: str) -> None:
    """Let through the one request that publishes.

    Args:
        target: Where rows go.
        method: HTTP method.
        url: Where the request goes; compared as it is written, nothing in it is resolved.

    Raises:
        RequestRefusedError: It is anything else.
    """
    if (method, url) != ("POST", target.address):
        raise RequestRefusedError(f"refused {method} {urlsplit(url).path}: this only publishes")


def _refused(message: str, advice: str) -> AmlauditError:
    """Return the error for a place that rows must not go to."""
    return AmlauditError("E112", message, advice=advice, exit_code=Exit.USAGE)
