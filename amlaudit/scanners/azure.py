"""Azure itself: the only place that holds SDK clients, and so the only one that sends anything.

The clients of the management SDK are used for their pipelines: their typed models drop the very
properties that rules ask for, so requests are sent with an explicit API version and documents stay
as Azure spells them. All clients share one transport, in which the read-only guard sits.
"""

import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from json import loads
from typing import Any, Final
from urllib.parse import parse_qs, urlencode, urlsplit

from azure.core.credentials import TokenCredential
from azure.core.exceptions import (
    AzureError,
    ClientAuthenticationError,
    ServiceRequestTimeoutError,
    ServiceResponseTimeoutError,
)
from azure.core.pipeline import PipelineResponse
from azure.core.pipeline.policies import RetryPolicy, UserAgentPolicy
from azure.core.pipeline.transport import RequestsTransport
from azure.core.rest import HttpRequest, HttpResponse
from azure.mgmt.authorization import AuthorizationManagementClient
from azure.mgmt.core import ARMPipelineClient
from azure.mgmt.core.policies import ARMChallengeAuthenticationPolicy
from azure.mgmt.machinelearningservices import MachineLearningServicesMgmtClient
from azure.mgmt.policyinsights import PolicyInsightsClient
from azure.mgmt.resourcegraph import ResourceGraphClient

from amlaudit import __version__
from amlaudit.core.gap import Reason
from amlaudit.scanners.cloud import Cloud
from amlaudit.scanners.faults import ReadError, error_of_answer
from amlaudit.scanners.guard import RequestRefusedError, refuse_writes
from amlaudit.scanners.snapshot import Call

GRAPH_PATH: Final = "/providers/Microsoft.ResourceGraph/resources"
GRAPH_API_VERSION: Final = "2024-04-01"
"""The oldest version with `authorizationScopeFilter`."""

_ROWS_A_PAGE: Final = 1000
"""The most that the graph gives, see
https://learn.microsoft.com/azure/governance/resource-graph/concepts/paging-results."""
_MOST_PAGES: Final = 1000
"""A list longer than this is taken for one that never ends."""
_CONNECT_SECONDS: Final = 15
_READ_SECONDS: Final = 60
_RESETS_AFTER: Final = "x-ms-user-quota-resets-after"


@dataclass(frozen=True, slots=True)
class Patience:
    """How long a throttled or failing read is tried.

    Attributes:
        retries: Further tries after the first.
        longest_wait_seconds: Most that is waited before one try, whatever Azure asks for.
        backoff_seconds: Unit of the waits that double when Azure asks for nothing.
    """

    retries: int = 5
    longest_wait_seconds: float = 60.0
    backoff_seconds: float = 0.8


@dataclass(frozen=True, slots=True)
class Answer:
    """A good answer of Azure.

    Attributes:
        body: Its JSON object.
        call: The number of the call in the snapshot.
        at: When it came, UTC.
    """

    body: Mapping[str, Any]
    call: int
    at: datetime


class GuardedTransport(RequestsTransport):  # type: ignore[misc] # the SDK exports it untyped
    """The SDK's transport, beneath which nothing leaves but reads, and every try is noted."""

    def __init__(self, cloud: Cloud, record: Callable[[Call], int]) -> None:
        """Send only to one cloud, and tell `record` of every try."""
        super().__init__(connection_timeout=_CONNECT_SECONDS, read_timeout=_READ_SECONDS)
        self._cloud = cloud
        self._record = record
        self._noted = threading.local()

    @property
    def last_call(self) -> tuple[int, datetime]:
        """Number and time of the last try of this thread."""
        return self._noted.call, self._noted.at

    def send(self, request: Any, **kwargs: Any) -> Any:  # noqa: ANN401 - as the SDK has it
        """Send a request if it only reads.

        Raises:
            RequestRefusedError: It does not.
        """
        refuse_writes(request.method, request.url, self._cloud.endpoint)
        status = "no answer"
        try:
            response = super().send(request, **kwargs)
            status = str(response.status_code)
        finally:
            target = urlsplit(request.url)
            version = parse_qs(target.query).get("api-version", [""])[0]
            at = datetime.now(UTC)
            self._noted.at = at
            self._noted.call = self._record(Call(request.method, target.path, version, status, at))
        return response


class PatientRetry(RetryPolicy[Any, Any]):
    """The SDK's retries, for queries too, and with a limit to what Azure may ask for.

    By default the SDK does not repeat a throttled POST, does not read the quota header of the
    graph, and sleeps for as long as `Retry-After` says, hours if need be.
    """

    def __init__(self, patience: Patience) -> None:
        """Be as patient as told."""
        super().__init__(
            retry_total=patience.retries,
            retry_connect=patience.retries,
            retry_read=patience.retries,
            retry_status=patience.retries,
            retry_backoff_factor=patience.backoff_seconds,
            retry_backoff_max=patience.longest_wait_seconds,
        )
        self._longest_wait_seconds = patience.longest_wait_seconds
        self._method_whitelist = frozenset({"GET", "POST"})

    def get_retry_after(self, response: PipelineResponse[Any, Any]) -> float | None:
        """Return the seconds that Azure asks to wait, None if it does not ask."""
        try:
            asked = super().get_retry_after(response)
        except ValueError:  # a header that is neither seconds nor a date
            asked = None
        if asked is None and response.http_response.status_code == 429:  # noqa: PLR2004
            asked = _seconds_of(response.http_response.headers.get(_RESETS_AFTER, ""))
        return None if asked is None else min(asked, self._longest_wait_seconds)


def _seconds_of(duration: str) -> float | None:
    """Return the seconds of `hh:mm:ss`, None if it is none."""
    try:
        hours, minutes, seconds = map(float, duration.split(":"))
    except ValueError:
        return None
    return hours * 3600 + minutes * 60 + seconds


class AzureReader:
    """Reads Azure Resource Graph and Azure Resource Manager, and nothing else.

    Safe to share between threads once a first read was answered.
    """

    def __init__(
        self,
        credential: TokenCredential,
        cloud: Cloud,
        record: Callable[[Call], int],
        patience: Patience,
    ) -> None:
        """Read one cloud in the name of a principal.

        Args:
            credential: The principal's.
            cloud: Which cloud.
            record: Notes a call, and returns its number.
            patience: How long a failing read is tried.
        """
        self._endpoint = cloud.endpoint
        self._transport = GuardedTransport(cloud, record)
        authentication = ARMChallengeAuthenticationPolicy(credential, cloud.token_scope)
        agent = UserAgentPolicy(base_user_agent=f"amlaudit/{__version__}")

        def options() -> dict[str, Any]:
            # Given policies replace the default ones, and so the one that registers providers.
            policies = [agent, PatientRetry(patience), authentication]
            return {
                "base_url": cloud.endpoint,
                "credential_scopes": [cloud.token_scope],
                "policies": policies,
                "transport": self._transport,
            }

        self._graph = ResourceGraphClient(credential, **options())
        self._by_provider = {
            "microsoft.machinelearningservices": MachineLearningServicesMgmtClient(
                credential, "none", **options()
            ),
            "microsoft.authorization": AuthorizationManagementClient(
                credential, "none", **options()
            ),
            "microsoft.policyinsights": PolicyInsightsClient(credential, "none", **options()),
        }

    def close(self) -> None:
        """Close the connections."""
        self._transport.close()

    def get(self, path: str, api_version: str) -> Answer:
        """Return one document.

        Raises:
            ReadError: It could not be read.
        """
        return self._send(HttpRequest("GET", _address(path, api_version, {})))

    def pages(
        self,
        path: str,
        api_version: str,
        *,
        method: str = "GET",
        parameters: Mapping[str, str] | None = None,
    ) -> Iterator[Answer]:
        """Yield the pages of a list, `value` in each.

        Raises:
            ReadError: A page could not be read; those before it stand.
        """
        address: str | None = _address(path, api_version, parameters or {})
        visited: set[str] = set()
        while address:
            if address in visited or len(visited) == _MOST_PAGES:
                raise ReadError(Reason.API_ERROR, f"the pages of {path} never end")
            visited.add(address)
            answer = self._send(HttpRequest(method, address))
            if not isinstance(answer.body.get("value"), list):
                raise ReadError(Reason.API_ERROR, f"the answer to {path} holds no list")
            yield answer
            address = answer.body.get("nextLink") or answer.body.get("@odata.nextLink")
            if address is not None and not isinstance(address, str):
                raise ReadError(Reason.API_ERROR, f"the next page of {path} has no address")

    def graph(self, query: str, subscriptions: Sequence[str]) -> Iterator[Answer]:
        """Yield the pages of a Resource Graph query, `data` in each.

        Args:
            query: The query; it orders by id and has no limit, or pages would be lost.
            subscriptions: Ids of the subscriptions to ask about, bare.

        Raises:
            ReadError: A page could not be read, or fewer rows came than there are.
        """
        options: dict[str, Any] = {
            "resultFormat": "objectArray",
            "$top": _ROWS_A_PAGE,
            "authorizationScopeFilter": "AtScopeAboveAndBelow",
        }
        rows, tokens = set[str](), set[str]()
        while True:
            content = {"subscriptions": list(subscriptions), "query": query, "options": options}
            address = _address(GRAPH_PATH, GRAPH_API_VERSION, {})
            answer = self._send(HttpRequest("POST", address, json=content))
            body = answer.body
            if not isinstance(body.get("data"), list):
                raise ReadError(Reason.API_ERROR, "the answer of Resource Graph holds no rows")
            yield answer
            rows |= {_key(row, index) for index, row in enumerate(body["data"], len(rows))}
            token = body.get("$skipToken")
            if not token:
                break
            if not isinstance(token, str) or token in tokens or len(tokens) == _MOST_PAGES:
                raise ReadError(Reason.API_ERROR, "the pages of Resource Graph never end")
            tokens.add(token)
            options["$skipToken"] = token
        total = body.get("totalRecords")
        is_cut = str(body.get("resultTruncated")).lower() == "true"
        if is_cut or not isinstance(total, int) or len(rows) < total:
            raise ReadError(Reason.API_ERROR, f"Resource Graph gave {len(rows)} rows of {total}")

    def _send(self, request: HttpRequest) -> Answer:
        """Return the answer to a request.

        Raises:
            ReadError: There was none, or not a good one.
        """
        if request.url.startswith("/"):
            request.url = self._endpoint + request.url
        try:
            response = self._pipeline(request.url).send_request(request)
            status, content = response.status_code, response.read()
        except (RequestRefusedError, ValueError) as error:  # an address that is none: ValueError
            raise ReadError(Reason.API_ERROR, str(error)) from error
        except (ServiceRequestTimeoutError, ServiceResponseTimeoutError) as error:
            raise ReadError(Reason.TIMEOUT, "no answer came in time") from error
        except ClientAuthenticationError as error:
            raise ReadError(Reason.FORBIDDEN, str(error.message), status=401) from error
        except AzureError as error:
            raise ReadError(Reason.API_ERROR, f"no answer: {error.message}") from error
        body = _json(content)
        if status != 200:  # noqa: PLR2004
            raise error_of_answer(status, body)
        if not isinstance(body, Mapping):
            raise ReadError(Reason.API_ERROR, "Azure answered 200 with something that is no answer")
        call, at = self._transport.last_call
        return Answer(body, call, at)

    def _pipeline(self, url: str) -> ARMPipelineClient[HttpRequest, HttpResponse]:
        """Return the pipeline of the SDK client for the provider that a path names last."""
        _, _, tail = urlsplit(url).path.lower().rpartition("/providers/")
        client: Any = self._by_provider.get(tail.partition("/")[0], self._graph)
        # The one way to a client's pipeline that all stable versions have.
        return client._client  # type: ignore[no-any-return]  # noqa: SLF001


def _key(row: object, index: int) -> str:
    """Return what tells a row from others: one that comes twice hides one that never came."""
    named = row.get("id") if isinstance(row, Mapping) else None
    return named.lower() if isinstance(named, str) else f"row {index}"


def _address(path: str, api_version: str, parameters: Mapping[str, str]) -> str:
    """Return a path with its query, as it follows the cloud's address."""
    return f"{path}?{urlencode({'api-version': api_version, **parameters})}"


def _json(content: bytes) -> object:
    """Return the JSON value of an answer, None if it is none."""
    try:
        return loads(content)
    except (ValueError, RecursionError):
        return None
