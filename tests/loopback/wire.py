"""Requests and responses as transmitted, and the HTTPS server that exchanges them."""

import json
import socket
import ssl
import struct
import threading
from collections.abc import Callable, Mapping
from contextlib import suppress
from http.server import BaseHTTPRequestHandler
from socketserver import TCPServer, ThreadingMixIn
from typing import Any, TypeAlias, cast
from urllib.parse import parse_qsl, unquote, urlsplit

from msgspec import Struct, field

from tests.loopback.certificates import ADDRESS

_AT_ONCE = struct.pack("ii", 1, 0)
"""For SO_LINGER: closing discards unsent data, and sends a reset to the other side."""


class Request(Struct, frozen=True):
    """A request as received by the server.

    Attributes:
        method: HTTP method.
        path: Path in its original spelling, percent-encoding included.
        query: Its query parameters, by name.
        body: Its body, empty if none.
        headers: Its headers, names in lower case.
    """

    method: str
    path: str
    query: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""
    headers: Mapping[str, str] = field(default_factory=dict)

    @property
    def place(self) -> str:
        """The path as Azure compares it: percent-decoded, lower case."""
        return unquote(self.path).lower()

    def json(self) -> Any:
        """Return the value of the body, None if it is not JSON."""
        try:
            return json.loads(self.body)
        except ValueError:
            return None


class Response(Struct, frozen=True):
    """A response.

    Attributes:
        status: HTTP status.
        body: Its body.
        headers: Its headers; the content length is added.
        sent: Number of bytes of the body to send before closing the connection; None: all.
    """

    status: int
    body: bytes = b""
    headers: Mapping[str, str] = field(default_factory=dict)
    sent: int | None = None


class Reset(Struct, frozen=True):
    """No answer: the connection is reset."""


class Silence(Struct, frozen=True):
    """No response for as long as the server lives."""


class Drip(Struct, frozen=True):
    """A successful response that arrives byte by byte and never ends.

    Attributes:
        head: Whether it drips from the status line on; otherwise only the body does.
        every: Seconds between bytes.
    """

    head: bool = False
    every: float = 0.02


Reply: TypeAlias = Response | Reset | Silence | Drip
Answerer: TypeAlias = Callable[[Request], Reply]


def json_response(
    value: object, status: int = 200, headers: Mapping[str, str] | None = None
) -> Response:
    """Return a response with a JSON body."""
    kind = {"Content-Type": "application/json; charset=utf-8"}
    return Response(status, json.dumps(value).encode(), {**kind, **(headers or {})})


class Server(ThreadingMixIn, TCPServer):
    """An HTTPS server on the loopback address, on a free port."""

    daemon_threads = False
    request_queue_size = 64

    def __init__(self, answer: Answerer, context: ssl.SSLContext) -> None:
        """Listen; `start` starts answering."""
        self.answer = answer
        self.connections = 0
        self.closing = threading.Event()
        self._context = context
        self._open: set[socket.socket] = set()
        self._lock = threading.Lock()
        super().__init__((ADDRESS, 0), _Exchange)
        self._thread = threading.Thread(target=self.serve_forever, args=(0.005,))

    @property
    def port(self) -> int:
        """The port it listens on."""
        return int(self.server_address[1])

    def start(self) -> None:
        """Answer from now on."""
        self._thread.start()

    def stop(self) -> None:
        """Stop answering, close all connections, and wait for every thread."""
        self.closing.set()
        self.shutdown()
        self._thread.join()
        with self._lock:
            for each in self._open:
                with suppress(OSError):
                    each.shutdown(socket.SHUT_RDWR)
        self.server_close()

    def get_request(self) -> tuple[socket.socket, Any]:
        """Return a new connection; its thread performs the TLS handshake."""
        plain, address = super().get_request()
        plain.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        secure = self._context.wrap_socket(plain, server_side=True, do_handshake_on_connect=False)
        with self._lock:
            self.connections += 1
            self._open.add(secure)
        return secure, address

    def shutdown_request(self, request: Any) -> None:
        """Close a connection, without the TLS goodbye that would make a reset look like an end."""
        with self._lock:
            self._open.discard(request)
        self.close_request(request)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Ignore clients that went away; anything else is a bug in the server."""
        del request, client_address
        if not self.closing.is_set():
            raise  # noqa: PLE0704 - called while the error is handled


class _Exchange(BaseHTTPRequestHandler):
    """One connection, with all of its requests."""

    protocol_version = "HTTP/1.1"
    connection: ssl.SSLSocket

    def handle(self) -> None:
        """Perform the handshake, and answer until the client goes away."""
        with suppress(ssl.SSLError, ConnectionError):
            self.connection.do_handshake()
            super().handle()

    def reply(self) -> None:
        """Answer one request."""
        target = urlsplit(self.path)
        length = int(self.headers.get("Content-Length") or 0)
        request = Request(
            self.command,
            target.path,
            dict(parse_qsl(target.query, keep_blank_values=True)),
            self.rfile.read(length),
            {name.lower(): value for name, value in self.headers.items()},
        )
        server = cast("Server", self.server)
        match server.answer(request):
            case Response() as response:
                self._send(response)
            case Reset():
                self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _AT_ONCE)
                self.close_connection = True
            case Silence():
                server.closing.wait()
                self.close_connection = True
            case Drip() as drip:
                self._drip(drip)

    do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = do_HEAD = do_OPTIONS = reply  # noqa: N815 - the base looks for these

    def _send(self, response: Response) -> None:
        """Send a response, or the beginning of it."""
        self.send_response(response.status)
        for name, value in response.headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(response.body)))
        self.end_headers()
        self.wfile.write(response.body[: response.sent])
        if response.sent is not None:
            self.close_connection = True

    def _drip(self, drip: Drip) -> None:
        """Send byte after byte until the client goes away."""
        start = b"HTTP/1.1 200 OK\r\nX-Padding: "
        whole = start + b"x\r\nTransfer-Encoding: chunked\r\n\r\nffffff\r\n"
        self.wfile.write(start if drip.head else whole)
        with suppress(OSError):
            while not cast("Server", self.server).closing.wait(drip.every):
                self.wfile.write(b" ")
        self.close_connection = True

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base's name
        """Say nothing."""
