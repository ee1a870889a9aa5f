"""Azure on this machine: the services that amlaudit reads, over real HTTPS, with faults on demand.

    with LoopbackAzure(certificates) as azure:
        LiveAzure(azure.credential, azure.cloud).collect(Scope())

It knows the wire protocol and nothing about amlaudit's scanners: it serves ARM documents as the
services do, hides what its principal may not see, answers as slowly and as rarely as it is told to,
and logs every request that arrives.
"""

from collections.abc import Container, Iterable, Sequence
from threading import Lock
from typing import Final, Self

from azure.core.credentials import TokenCredential
from msgspec.structs import replace

from amlaudit.core.resource import Document
from amlaudit.demo.source import documents as embedded
from amlaudit.scanners.cloud import Cloud
from tests.loopback.arm import ResourceManager
from tests.loopback.certificates import HOST, Certificates
from tests.loopback.credential import LoopbackCredential, bearer_of
from tests.loopback.faults import GRAPH_PATH, Act, Fault, Predicate
from tests.loopback.graph import Graph
from tests.loopback.holdings import Holdings
from tests.loopback.principal import Principal
from tests.loopback.quotas import Quotas
from tests.loopback.recordings import Recording
from tests.loopback.wire import Reply, Request, Response, Server, json_response

_CHALLENGE: Final = (
    f'Bearer authorization_uri="https://{HOST}/tenant", error="invalid_token", '
    "error_description=\"The authentication failed because of missing 'Authorization' header.\""
)


class LoopbackAzure:
    """An Azure that serves the given documents.

    Attributes:
        principal: The caller, and what is hidden from it.
        requests: Every request that arrived, in order.
        credential: The credential whose tokens it accepts.
        quotas: Its rate limits; None: none.
        latency: Seconds before each answer.
    """

    def __init__(
        self,
        certificates: Certificates,
        documents: Iterable[Document] | None = None,
        *,
        page_size: int = 1000,
        graph_api_version: str = "2025-12-01",
    ) -> None:
        """Serve documents.

        Args:
            certificates: The certificates of the server.
            documents: ARM documents; None: the embedded estate.
            page_size: Maximum number of rows per page of any list.
            graph_api_version: The API version that determines the shape of Resource Graph rows.
        """
        if documents is None:
            documents = [each for _, several in embedded() for each in several]
        self.principal = Principal()
        self.requests: list[Request] = []
        self.credential: TokenCredential = LoopbackCredential()
        self.ca_file = certificates.ca_file
        self.quotas: Quotas | None = None
        self.latency = 0.0
        self._lock = Lock()
        self._faults: list[Fault] = []
        self._recordings: Sequence[Recording] = ()
        self._server = Server(self._answer, certificates.server)
        held = Holdings(documents)
        self._graph = Graph(held, self.principal, page_size, graph_api_version)
        self._arm = ResourceManager(held, self.principal, page_size, self.endpoint)

    def __enter__(self) -> Self:
        """Start answering."""
        self._server.start()
        return self

    def __exit__(self, *_: object) -> None:
        """Stop, and wait for every thread."""
        self._server.stop()

    @property
    def endpoint(self) -> str:
        """The URL of the resource manager."""
        return f"https://{HOST}:{self._server.port}"

    @property
    def cloud(self) -> Cloud:
        """The cloud for amlaudit to read."""
        return Cloud(self.endpoint, f"{self.endpoint}/.default")

    @property
    def connections(self) -> int:
        """Number of connections that were opened."""
        return self._server.connections

    def paths(self, method: str = "") -> list[str]:
        """Return the paths that were requested, in lower case, by one method or any."""
        return [each.place for each in self.requests if method in ("", each.method)]

    def fail(self, when: Predicate, act: Act, nth: Container[int] | None = None) -> Fault:
        """Inject a fault into requests: all that match, or some of them, counted from 1."""
        fault = Fault(when, act, nth)
        self._faults.append(fault)
        return fault

    def mend(self, fault: Fault) -> None:
        """Remove a fault."""
        self._faults.remove(fault)

    def replay(self, *recordings: Recording) -> None:
        """Answer with recordings from now on, before anything else."""
        self._recordings = recordings

    def _answer(self, request: Request) -> Reply:
        """Log a request and answer it."""
        self.requests.append(request)
        if self.latency:
            self._server.closing.wait(self.latency)
        with self._lock:
            struck = next((fault for fault in self._faults if fault.strikes(request)), None)
        if struck is None:
            return self._honest(request)
        return struck.act(request, lambda: self._honest(request))

    def _honest(self, request: Request) -> Response:
        """Return the answer without faults."""
        principal = bearer_of(request.headers.get("authorization", ""))
        if not principal:
            message = "Authentication failed. The 'Authorization' header is missing."
            body = {"error": {"code": "AuthenticationFailed", "message": message}}
            return json_response(body, 401, {"WWW-Authenticate": _CHALLENGE})
        for recording in self._recordings:
            if recording.answers(request):
                return recording.response
        if self.quotas is None:
            return self._served(request)
        refused, headers = self.quotas.admit(request, principal)
        answer = refused or self._served(request)
        return replace(answer, headers={**answer.headers, **headers})

    def _served(self, request: Request) -> Response:
        """Return the answer of the service that a request is for."""
        if request.method == "POST" and request.place == GRAPH_PATH:
            return self._graph.answer(request)
        return self._arm.answer(request)
