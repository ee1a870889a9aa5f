"""Azure access: the only module that holds SDK clients, and so the only one that sends requests.

The management SDK's clients are used for their pipelines only: their typed models drop the very
properties that rules need, so requests carry an explicit API version and documents keep Azure's
spelling. All clients share one transport, which contains the read-only guard.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from json import loads
from typing import Any, Final
from urllib.parse import urlencode, urlsplit

from azure.core.credentials import TokenCredential
from azure.core.exceptions import AzureError
from azure.core.pipeline.policies import UserAgentPolicy
from azure.core.rest import HttpRequest, HttpResponse
from azure.mgmt.authorization import AuthorizationManagementClient
from azure.mgmt.core import ARMPipelineClient
from azure.mgmt.machinelearningservices import MachineLearningServicesMgmtClient
from azure.mgmt.policyinsights import PolicyInsightsClient
from azure.mgmt.resourcegraph import ResourceGraphClient
from msgspec.structs import replace

from amlaudit import __version__
from amlaudit.core.arm_id import normalise, type_of
from amlaudit.core.gap import Reason
from amlaudit.core.path import ABSENT, read
from amlaudit.scanners.answer import Answer
from amlaudit.scanners.api_versions import older_version, version_of
from amlaudit.scanners.call import Call
from amlaudit.scanners.cloud import Cloud
from amlaudit.scanners.events import Noticed
from amlaudit.scanners.failures import error_of_failure
from amlaudit.scanners.faults import CutError, ReadError, error_of_answer
from amlaudit.scanners.guard import RequestRefusedError
from amlaudit.scanners.retry import PatientRetry
from amlaudit.scanners.scanner import MAX_PAGES
from amlaudit.scanners.tokens import Authentication, Tokens
from amlaudit.scanners.traffic import GRAPH_PATH, OutOfTimeError, StoppedError, Traffic
from amlaudit.scanners.transport import GuardedTransport
from amlaudit.scanners.waiting import Patience

_GRAPH_API_VERSION: Final = "2024-04-01"
"""The oldest version with `authorizationScopeFilter`."""

_ROWS_A_PAGE: Final = 1000
"""The maximum page size of Resource Graph, see
https://learn.microsoft.com/azure/governance/resource-graph/concepts/paging-results."""
_NEXT: Final = ("nextLink", "@odata.nextLink", "odata.nextLink")
"""Names of the next-page link, in any case; overlooking one would hide what is on that page."""


class AzureReader:
    """Reads Azure Resource Graph and Azure Resource Manager, and nothing else.

    Safe to share between threads once a first read has been answered.
    """

    def __init__(
        self,
        credential: TokenCredential | Tokens,
        cloud: Cloud,
        record: Callable[[Call], object],
        patience: Patience | None = None,
        traffic: Traffic | None = None,
    ) -> None:
        """Read one cloud on behalf of a principal.

        Args:
            credential: The principal's credential, or its tokens.
            cloud: The cloud to read.
            record: Records a call that is not attached to an answer or error.
            patience: How long a failing read is retried.
            traffic: Admits requests.
        """
        tokens = (
            credential if isinstance(credential, Tokens) else Tokens(credential, cloud.token_scope)
        )
        traffic, patience = traffic or Traffic(), patience or Patience()
        self._endpoint = cloud.endpoint
        self.host = cloud.endpoint.partition("://")[2]
        self._record = record
        self._traffic = traffic
        self._older: dict[tuple[str, str], str] = {}
        self._transport = GuardedTransport(cloud, traffic, patience.longest_read_seconds)
        # Explicit policies replace the defaults, including the one that registers providers.
        options: dict[str, Any] = {
            "base_url": cloud.endpoint,
            "credential_scopes": [cloud.token_scope],
            "policies": [
                UserAgentPolicy(base_user_agent=f"amlaudit/{__version__}"),
                PatientRetry(patience, traffic),
                Authentication(tokens),
            ],
            "transport": self._transport,
        }
        self._graph = ResourceGraphClient(tokens, **options)
        self._by_provider = {
            "microsoft.machinelearningservices": MachineLearningServicesMgmtClient(
                tokens, "none", **options
            ),
            "microsoft.authorization": AuthorizationManagementClient(tokens, "none", **options),
            "microsoft.policyinsights": PolicyInsightsClient(tokens, "none", **options),
        }

    def close(self) -> None:
        """Close the connections."""
        self._transport.close()

    def get(self, path: str, api_version: str) -> Answer:
        """Return one document.

        Raises:
            ReadError: It could not be read.
        """
        body, call = self._send(HttpRequest("GET", _address(path, api_version, {})))
        return Answer(body, call, rows=(body,))

    def pages(
        self,
        path: str,
        api_version: str,
        *,
        method: str = "GET",
        parameters: Mapping[str, str] | None = None,
        start: str | None = None,
    ) -> Iterator[Answer]:
        """Yield the pages of a list.

        Args:
            path: Path of the list.
            api_version: The version asked for.
            method: GET, or POST for a query.
            parameters: Additional query parameters.
            start: The page to begin with, as named by an earlier answer; None: the first.

        Raises:
            ReadError: A page could not be read; the pages before it remain valid.
        """
        first = _address(path, api_version, parameters or {})
        address: str | None = start or first
        visited: set[str] = set()
        while address:
            visited.add(address)
            body, call = self._send(HttpRequest(method, address))
            rows = body.get("value")
            if not isinstance(rows, list):
                detail = f"the response to {path} contains no list"
                raise ReadError(Reason.API_ERROR, detail, call=call)
            address, fault = self._next(body, visited, path)
            yield Answer(body, call, rows, address, fault)

    def _next(
        self, body: Mapping[str, Any], visited: AbstractSet[str], path: str
    ) -> tuple[str | None, ReadError | None]:
        """Return the address of the next page, and why it is missing if there should be one."""
        named = (read(body, (name,)) for name in _NEXT)
        if (address := next((each for each in named if each not in ("", ABSENT)), None)) is None:
            return None, None
        if not isinstance(address, str):
            return None, ReadError(Reason.API_ERROR, f"the next link of {path} is not valid")
        if address in visited or len(visited) == MAX_PAGES:
            return None, ReadError(Reason.API_ERROR, f"paging through {path} never ends")
        return address, None

    def graph(
        self,
        query: str,
        subscriptions: Sequence[str],
        *,
        start: str | None = None,
        earlier: AbstractSet[str] = frozenset(),
    ) -> Iterator[Answer]:
        """Yield the pages of a Resource Graph query.

        Args:
            query: The query; it must order by id and have no limit, or pages would be lost.
            subscriptions: Bare ids of the subscriptions to query.
            start: The page to begin with, as named by an earlier answer; None: the first.
            earlier: The `Answer.keys` of all pages before that one.

        Raises:
            ReadError: A page could not be read; the pages before it remain valid.
        """
        options: dict[str, Any] = {
            "resultFormat": "objectArray",
            "$top": _ROWS_A_PAGE,
            "authorizationScopeFilter": "AtScopeAboveAndBelow",
        }
        content = {"subscriptions": list(subscriptions), "query": query, "options": options}
        keys, tokens, token = set(earlier), set[str](), start
        while True:
            if token:
                tokens.add(token)
                options["$skipToken"] = token
            address = _address(GRAPH_PATH, _GRAPH_API_VERSION, {})
            body, call = self._send(HttpRequest("POST", address, json=content))
            rows = body.get("data")
            if not isinstance(rows, list):
                detail = "the Resource Graph response contains no list of rows"
                raise ReadError(Reason.API_ERROR, detail, call=call)
            page = Answer(body, call, rows)
            keys |= page.keys
            token, fault = _token(body, tokens)
            if not token and not fault:
                fault = _shortfall(body, len(keys))
            yield replace(page, next=token, fault=fault)
            if not token:
                return

    def _send(self, request: HttpRequest) -> tuple[Mapping[str, Any], Call]:
        """Return the JSON object that answers a request, and the call that produced it.

        Raises:
            ReadError: There was no successful answer; carries the call that produced it.
        """
        if request.url.startswith("/"):
            request.url = self._endpoint + request.url
        try:
            kind, asked = _kind(request.url), version_of(request.url)
        except ValueError as error:  # not a valid address
            raise ReadError(Reason.API_ERROR, str(error)) from error
        if known := self._older.get((kind, asked)):
            request.url = _at_version(request.url, known)
        try:
            status, content = self._exchange(request)
        except ReadError as error:
            tries = self._take_tries()
            error.call = tries[-1] if tries else None
            raise
        except StoppedError:
            self._take_tries()
            raise
        body, call = _json(content), self._take_tries()[-1]
        if status == 400 and (older := older_version(call.api_version, body)):  # noqa: PLR2004
            self._record(call)
            if (kind, asked) not in self._older:
                self._traffic.report(
                    Noticed(f"{kind} is not available in API version {asked} here; using {older}")
                )
            self._older[kind, asked] = older
            request.url = _at_version(request.url, older)
            return self._send(request)
        if status != 200:  # noqa: PLR2004
            raise error_of_answer(status, body, call)
        if not isinstance(body, Mapping):
            detail = "Azure answered 200, but not with a JSON object"
            raise ReadError(Reason.API_ERROR, detail, call=call)
        return body, call

    def _take_tries(self) -> Sequence[Call]:
        """Return the tries of this thread since the last one; all but the last are recorded."""
        tries = self._transport.taken()
        for call in tries[:-1]:
            self._record(call)
        return tries

    def _exchange(self, request: HttpRequest) -> tuple[int, bytes]:
        """Return the status and content of the answer to a request.

        Raises:
            ReadError: There was no answer.
        """
        try:
            response = self._pipeline(request.url).send_request(request)
            return response.status_code, response.read()
        except OutOfTimeError as error:
            raise _cut(error) from error
        # The SDK raises ValueError for malformed addresses.
        except (AzureError, RequestRefusedError, ValueError) as error:
            if self._traffic.is_stopped:  # the connection may have been closed meanwhile
                raise StoppedError from error
            raise error_of_failure(error) from error

    def _pipeline(self, url: str) -> ARMPipelineClient[HttpRequest, HttpResponse]:
        """Return the SDK client's pipeline for the last provider named in a path."""
        _, _, tail = urlsplit(url).path.lower().rpartition("/providers/")
        client: Any = self._by_provider.get(tail.partition("/")[0], self._graph)
        # The only way to reach a client's pipeline that all stable versions have.
        return client._client  # type: ignore[no-any-return]  # noqa: SLF001


def _cut(error: OutOfTimeError) -> CutError:
    """Return the error for a read cut off by the deadline."""
    last: HttpResponse | AzureError | None = error.last
    if last is None and error.is_held:
        detail = "Azure throttled an earlier request, and there is too little time to wait"
        return CutError(Reason.THROTTLED, detail)
    if last is None:
        detail = "the time for the collection ran out before this was requested"
        return CutError(Reason.NOT_COLLECTED, detail)
    found = (
        error_of_failure(last)
        if isinstance(last, AzureError)
        else error_of_answer(last.status_code, _json(last.read()))
    )
    return CutError(found.reason, found.detail, found.permission, found.status)


def _token(body: Mapping[str, Any], known: AbstractSet[str]) -> tuple[str | None, ReadError | None]:
    """Return the token of the next page, and why it is missing if there should be one."""
    token = body.get("$skipToken")
    if not token:
        return None, None
    if not isinstance(token, str) or token in known or len(known) == MAX_PAGES:
        return None, ReadError(Reason.API_ERROR, "paging through Resource Graph never ends")
    return token, None


def _shortfall(body: Mapping[str, Any], rows: int) -> ReadError | None:
    """Return why the rows of a query are incomplete, None if they are complete.

    Args:
        body: The last page.
        rows: Number of distinct rows on all pages; a duplicate row hides one that never came.
    """
    total = body.get("totalRecords")
    is_cut = str(body.get("resultTruncated")).lower() == "true"
    if is_cut or not isinstance(total, int) or rows < total:
        return ReadError(Reason.API_ERROR, f"Resource Graph returned {rows} of {total} rows")
    return None


def _address(path: str, api_version: str, parameters: Mapping[str, str]) -> str:
    """Return a path with its query string, to be appended to the cloud's address."""
    return f"{path}?{urlencode({'api-version': api_version, **parameters})}"


def _kind(url: str) -> str:
    """Return the ARM type that an address refers to; for a list, the type of its members."""
    path = normalise(urlsplit(url).path)
    return type_of(path) or type_of(f"{path}/any")


def _at_version(url: str, version: str) -> str:
    """Return an address with a different API version."""
    return url.replace(f"api-version={version_of(url)}", f"api-version={version}")


def _json(content: bytes) -> object:
    """Return the JSON value of an answer, None if it is not valid JSON."""
    try:
        return loads(content)
    except (ValueError, RecursionError):
        return None
