"""Connections that limit an answer's total time, however slowly it drips, and its size.

A read timeout only limits the wait for the next bytes: a server or proxy that sends one byte a
minute could hold a request for years. A compressed answer can expand to a thousand times its size
on the wire.
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
"""Maximum bytes of an uncompressed answer: 64 MiB, four times the size of a graph page."""
_PIECE: Final = 2**16
_LEAST_SECONDS: Final = 0.001
"""A timeout of 0 would mean none at all."""


class OversizedError(ValueError):
    """An answer larger than any that Azure returns."""


class TimedAdapter(HTTPAdapter):
    """The adapter for `requests`: connections of this kind, directly or through a proxy."""

    def __init__(self, at_once: int, seconds: Callable[[], float], retries: Retry) -> None:
        """Set up the connection pool.

        Args:
            at_once: Number of connections kept.
            seconds: Returns the time limit for an answer that begins now, headers and body.
            retries: What the adapter itself retries.
        """
        self._pools: dict[str, type] = {"http": HTTPConnectionPool, "https": _pool_of(seconds)}
        super().__init__(at_once, at_once, max_retries=retries)

    def send(self, request: Any, **kwargs: Any) -> Response:  # type: ignore[override] # noqa: ANN401 - as requests calls it
        """Return the complete answer to a request.

        Raises:
            OversizedError: It is too large; reading stopped at the limit.
            requests.RequestException: There was no answer, or it was incomplete.
        """
        response = super().send(request, **kwargs | {"stream": True})
        try:
            # Content read in pieces would not be kept.
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
            raise OversizedError(f"the response is larger than {_LARGEST // 2**20} MiB")
    return b"".join(parts)


def _pool_of(seconds: Callable[[], float]) -> type[HTTPSConnectionPool]:
    """Return a pool class whose answers take no longer than allowed."""

    class Answer(HTTPResponse):
        """An answer within the time limit."""

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
    """The bytes of one answer, as they arrive."""

    def __init__(self, file: io.BufferedReader, sock: socket.socket, seconds: float) -> None:
        """Start reading an answer now.

        Args:
            file: The stream to read.
            sock: Its socket, whose timeout is the maximum wait for the next bytes.
            seconds: Time limit for the whole answer.
        """
        super().__init__()
        self._file = file
        self._sock = sock
        self._patience = sock.gettimeout() or seconds
        self._end = time.monotonic() + seconds

    def readable(self) -> bool:
        """Return that it is readable."""
        return True

    def readinto(self, into: Any) -> int:  # noqa: ANN401 - a buffer
        """Read what has arrived.

        Raises:
            TimeoutError: Nothing arrived in time, or the answer took too long.
        """
        left = self._end - time.monotonic()
        if left <= 0:
            raise TimeoutError("the response took too long")
        self._sock.settimeout(max(_LEAST_SECONDS, min(self._patience, left)))
        return self._file.readinto1(into)

    def close(self) -> None:
        """Release the socket."""
        self._file.close()
        super().close()
