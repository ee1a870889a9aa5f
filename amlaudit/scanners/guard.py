"""The read-only guard: the only place that decides which requests may leave the process.

It sits in the transport, beneath every policy of the SDK, because the SDK itself sends writes:
`ARMAutoResourceProviderRegistrationPolicy` answers a 409 by POSTing `…/register`, and paging
follows a `nextLink` to any host.
"""

import re
from typing import Final
from urllib.parse import unquote, urlsplit

from amlaudit.core.patterns import late_pattern

_STATES: Final = r"/providers/microsoft\.policyinsights/policystates/latest/queryresults"
_GROUP: Final = r"/subscriptions/[0-9a-z-]+/resourcegroups/[\w().-]+/providers"

QUERY_POSTS: Final = (
    r"/providers/microsoft\.resourcegraph/resources",
    rf"/subscriptions/[0-9a-z-]+{_STATES}",
    rf"{_GROUP}/microsoft\.machinelearningservices/workspaces/[a-z0-9_-]+{_STATES}",
    rf"{_GROUP}/microsoft\.storage/storageaccounts/[a-z0-9]+{_STATES}",
    rf"{_GROUP}/microsoft\.keyvault/vaults/[a-z0-9-]+{_STATES}",
    rf"{_GROUP}/microsoft\.containerregistry/registries/[a-z0-9]+{_STATES}",
)
"""Every POST that is only a query: whole paths, lower case. Any other non-GET is refused.

https://learn.microsoft.com/rest/api/azureresourcegraph/resourcegraph/resources/resources
https://learn.microsoft.com/rest/api/policyinsights/policy-states/list-query-results-for-subscription
https://learn.microsoft.com/rest/api/policyinsights/policy-states/list-query-results-for-resource
"""

_QUERY_POST = late_pattern("|".join(QUERY_POSTS))


class RequestRefusedError(Exception):
    """A request that must not leave the process.

    Deliberately not an `AzureError`: the SDK's retry policy would send it again.
    """


def refuse_writes(method: str, url: str, endpoint: str) -> None:
    """Allow only a GET or a known query, and only to the audited host.

    Args:
        method: HTTP method.
        url: Target of the request.
        endpoint: Address of the cloud's resource manager, `https://management.azure.com`.

    Raises:
        RequestRefusedError: The request is anything else.
    """
    target = urlsplit(url)
    if target.scheme != "https" or _host(target.netloc) != _host(urlsplit(endpoint).netloc):
        raise RequestRefusedError(f"refused to send a request to {target.scheme}://{target.netloc}")
    path = unquote(target.path)
    if any(segment in (".", "..") for segment in re.split(r"[/\\]", path)):
        raise RequestRefusedError(f"refused {method}: the path contains dot segments")
    if method == "GET" or (method == "POST" and _QUERY_POST.fullmatch(path.lower())):
        return
    raise RequestRefusedError(f"refused {method} {path}: amlaudit only reads")


def _host(place: str) -> str:
    """Return an address's host and port without 443, which Azure spells out in some next links."""
    return place.lower().removesuffix(":443")
