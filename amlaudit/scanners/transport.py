"""The transport beneath all SDK clients: only reads leave, and every try is recorded."""

import threading
from datetime import UTC, datetime
from typing import Any, Final
from urllib.parse import urlsplit

from azure.core.pipeline.transport import RequestsTransport

from amlaudit.scanners.api_versions import version_of
from amlaudit.scanners.call import Call
from amlaudit.scanners.cloud import Cloud
from amlaudit.scanners.connections import TimedAdapter
from amlaudit.scanners.events import Noticed
from amlaudit.scanners.guard import refuse_writes
from amlaudit.scanners.traffic import Traffic
from amlaudit.scanners.waiting import http_date

_CONNECT_SECONDS: Final = 15
_READ_SECONDS: Final = 60
_LEAST_SECONDS: Final = 0.05
"""A timeout of 0 would mean no timeout."""
_SKEW_SECONDS: Final = 300
"""Tokens and `Retry-After` dates suffer from larger clock skew; Kerberos has the same limit."""


class GuardedTransport(RequestsTransport):  # type: ignore[misc] # the SDK exports it untyped
    """The SDK's transport, with the read-only guard and timeouts that respect the deadline."""

    def __init__(self, cloud: Cloud, traffic: Traffic, whole_seconds: float) -> None:
        """Send to one cloud only.

        Args:
            cloud: The cloud.
            traffic: Knows the deadline and how many requests run concurrently.
            whole_seconds: Time limit for receiving an answer completely.
        """
        super().__init__(connection_timeout=_CONNECT_SECONDS, read_timeout=_READ_SECONDS)
        self._cloud = cloud
        self._traffic = traffic
        self._whole_seconds = whole_seconds
        self._noted = threading.local()
        self._is_skew_reported = False

    def taken(self) -> list[Call]:
        """Return the tries of this thread since it last asked."""
        calls: list[Call] = getattr(self._noted, "calls", [])
        self._noted.calls = []
        return calls

    def send(self, request: Any, **kwargs: Any) -> Any:  # noqa: ANN401 - as the SDK has it
        """Send a request if it is read-only.

        Raises:
            RequestRefusedError: It is not read-only.
            OversizedError: The answer is too large.
        """
        refuse_writes(request.method, request.url, self._cloud.endpoint)
        left = max(_LEAST_SECONDS, self._traffic.time_left())
        kwargs["connection_timeout"] = min(_CONNECT_SECONDS, left)
        kwargs["read_timeout"] = min(_READ_SECONDS, left)
        status = "no answer"
        try:
            response = super().send(request, **kwargs)
            status = str(response.status_code)
        finally:
            self._note(request, status)
        self._compare_clocks(response.headers.get("Date", ""))
        return response

    def _note(self, request: Any, status: str) -> None:  # noqa: ANN401 - two types of the SDK
        """Record a try of this thread."""
        path, version = urlsplit(request.url).path, version_of(request.url)
        call = Call(request.method, path, version, status, datetime.now(UTC))
        self._noted.calls = [*getattr(self._noted, "calls", []), call]

    def _compare_clocks(self, date: str) -> None:
        """Report, once, that Azure's clock and this machine's are far apart."""
        theirs = http_date(date)
        if theirs is None or self._is_skew_reported:
            return
        skew = (datetime.now(UTC) - theirs).total_seconds()
        if abs(skew) > _SKEW_SECONDS:
            self._is_skew_reported = True
            way = "ahead of" if skew > 0 else "behind"
            text = f"the clock of this machine is {abs(skew):.0f} s {way} Azure's"
            self._traffic.report(Noticed(f"{text}; times and expiry dates are off by as much"))

    def _init_session(self, session: Any) -> None:  # noqa: ANN401 - of a library without types
        """Keep a connection for each request that may run concurrently; the SDK keeps ten."""
        super()._init_session(session)
        for prefix in self._protocols:
            retries = session.get_adapter(prefix).max_retries
            session.mount(
                prefix, TimedAdapter(self._traffic.most_at_once, self._seconds_left, retries)
            )

    def _seconds_left(self) -> float:
        """Return the number of seconds within which an answer must arrive."""
        return max(_LEAST_SECONDS, min(self._whole_seconds, self._traffic.time_left()))
