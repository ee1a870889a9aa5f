"""Connections on which an answer comes within a time, however slowly it drips, and fits in memory.

A read timeout bounds the wait for the next bytes alone: a server, or a proxy in between, that sends
one byte a minute would hold a request for years. A packed answer can be a thousand times as large
as what comes over the wire.
"""

import io
import socket
import time
from collections.abc import Callable
from http.client import HTTPResponse
from typing import Any, Final

from requests import ConnectionError, ReadTimeout, Response  # noqa: A004 - the name it has there
from requests.adapters import HTTPAdapter
from urllib3 import HTTPConnectionPool, HTTPSConnectionPool, ProxyManager, Retry
from urllib3.connection import HTTPSConnection
from urllib3.exceptions import ReadTimeoutError

_LARGEST: Final = 2**26
"""Bytes of an answer, unpacked: 64 MiB, four times what the graph gives on a page."""
_PIECE: Final = 2**16
_LEAST_SECONDS: Final = 0.001
"""A timeout of 0 would be none at all."""


class OversizedError(ValueError):
    """An answer that is larger than any that Azure gives."""


class TimedAdapter(HTTPAdapter):
    """What `requests` sends by: connections of the kind above, directly or through a proxy."""

    def __init__(self, at_once: int, seconds: Callable[[], float], retries: Retry) -> None:
        """Keep connections.

        Args:
            at_once: How many are kept.
            seconds: Returns what an answer that begins now may take, headers and body.
            retries: What the adapter itself tries again.
        """
        self._pools: dict[str, type] = {"http": HTTPConnectionPool, "https": _pool_of(seconds)}
        super().__init__(at_once, at_once, max_retries=retries)

    def send(self, request: Any, **kwargs: Any) -> Response:  # type: ignore[override] # noqa: ANN401 - as requests calls it
        """Return the answer to a request, read to its end.

        Raises:
            OversizedError: It is too large; it was read no further.
            requests.RequestException: None came, or not all of it.
        """
        response = super().send(request, **kwargs | {"stream": True})
        try:
            # What is read in pieces would not be kept.
            response._content = _whole(response)  # noqa: SLF001
        except ConnectionError as error:
            if isinstance(error.args[0], ReadTimeoutError):
                raise ReadTimeout(error.args[0]) from error
            raise
        return response

    def init_poolmanager(self, *args: Any, **kwargs: Any) -> None:  # noqa: ANN401 - as requests has it
        """Keep connections without a proxy."""
        super().init_poolmanager(*args, **kwargs)
        self.poolmanager.pool_classes_by_scheme = self._pools

    def proxy_manager_for(self, proxy: str, **kwargs: Any) -> ProxyManager:  # noqa: ANN401 - same
        """Return the connections through a proxy."""
        found: ProxyManager = super().proxy_manager_for(proxy, **kwargs)
        found.pool_classes_by_scheme = self._pools
        return found


def _whole(response: Response) -> bytes:
    """Return the body of an answer.

    Raises:
        OversizedError: It is too large.
    """
    parts, size = [], 0
    for part in response.iter_content(_PIECE):
        parts.append(part)
        size += len(part)
        if size > _LARGEST:
            response.close()
            raise OversizedError(f"the answer has more than {_LARGEST // 2**20} MiB")
    return b"".join(parts)


def _pool_of(seconds: Callable[[], float]) -> type[HTTPSConnectionPool]:
    """Return the kind of pool whose answers take no longer than told."""

    class Answer(HTTPResponse):
        """An answer that comes in time."""

        def __init__(self, sock: socket.socket, *args: Any, **kwargs: Any) -> None:  # noqa: ANN401 - as http.client has it
            """Read it from a socket."""
            super().__init__(sock, *args, **kwargs)
            self.fp = io.BufferedReader(_Timed(self.fp, sock, seconds()))

    class Connection(HTTPSConnection):
        """A connection with such answers."""

        response_class = Answer

    class Pool(HTTPSConnectionPool):
        """A pool of such connections."""

        ConnectionCls = Connection

    return Pool


class _Timed(io.RawIOBase):
    """The bytes of one answer, as they come."""

    def __init__(self, file: io.BufferedReader, sock: socket.socket, seconds: float) -> None:
        """Read an answer from now on.

        Args:
            file: What is read.
            sock: Where it comes from; its timeout is the longest wait for the next bytes.
            seconds: When it must be over.
        """
        super().__init__()
        self._file = file
        self._sock = sock
        self._patience = sock.gettimeout() or seconds
        self._end = time.monotonic() + seconds

    def readable(self) -> bool:
        """Return that it can be read."""
        return True

    def readinto(self, into: Any) -> int:  # noqa: ANN401 - a buffer
        """Read what has come.

        Raises:
            TimeoutError: Nothing came in time, or the answer took too long.
        """
        left = self._end - time.monotonic()
        if left <= 0:
            raise TimeoutError("the answer took too long")
        self._sock.settimeout(max(_LEAST_SECONDS, min(self._patience, left)))
        return self._file.readinto1(into)

    def close(self) -> None:
        """Let go of the socket."""
        self._file.close()
        super().close()
