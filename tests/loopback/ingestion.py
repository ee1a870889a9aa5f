"""A data collection endpoint on this machine: receives rows over real HTTPS, and stores them."""

import gzip
import json
from collections.abc import Callable
from typing import Any, Self

from amlaudit.publishing.guard import Target
from tests.loopback.certificates import HOST, Certificates
from tests.loopback.credential import bearer_of
from tests.loopback.wire import Request, Response, Server, json_response

RULE = "dcr-" + "0123456789abcdef" * 2
Act = Callable[[Request], Response | None]


class LoopbackIngestion:
    """An endpoint that stores what it is sent.

    Attributes:
        requests: Every request that arrived, in order.
        fault: Responds in its place, if it returns anything.
    """

    def __init__(self, certificates: Certificates) -> None:
        """Listen for rows."""
        self.requests: list[Request] = []
        self.fault: Act = lambda _: None
        self._server = Server(self._answer, certificates.server)

    def __enter__(self) -> Self:
        """Start answering."""
        self._server.start()
        return self

    def __exit__(self, *_: object) -> None:
        """Stop, and wait for every thread."""
        self._server.stop()

    @property
    def target(self) -> Target:
        """The target to send rows to."""
        return Target(f"https://{HOST}:{self._server.port}", RULE)

    @property
    def connections(self) -> int:
        """Number of connections that were opened."""
        return self._server.connections

    @property
    def batches(self) -> list[list[dict[str, Any]]]:
        """The rows of every request, decompressed."""
        return [json.loads(gzip.decompress(each.body)) for each in self.requests]

    def _answer(self, request: Request) -> Response:
        """Log a request and answer it."""
        self.requests.append(request)
        if struck := self.fault(request):
            return struck
        if not bearer_of(request.headers.get("authorization", "")):
            return json_response({"error": {"code": "AuthenticationFailed"}}, 401)
        return Response(204)
