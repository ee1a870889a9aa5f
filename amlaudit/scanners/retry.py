"""Retries: a read is repeated for as long as that is polite and makes sense."""

import random
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any, Final
from urllib.parse import urlsplit

from azure.core.exceptions import AzureError, ClientAuthenticationError
from azure.core.pipeline import PipelineRequest, PipelineResponse
from azure.core.pipeline.policies import HTTPPolicy

from amlaudit.scanners.traffic import OutOfTimeError, Traffic, lane_of
from amlaudit.scanners.waiting import Patience, asked_wait

_THROTTLED: Final = 429
_PASSING: Final = frozenset({408, _THROTTLED, 500, 502, 503, 504})
"""Transient status codes: they say nothing about the request itself."""
_DISTRUST: Final = "CERTIFICATE_VERIFY_FAILED"
_RETRIES_BEFORE_ANY_ANSWER: Final = 2
"""A network that never answered is probably unavailable."""


class PatientRetry(HTTPPolicy[Any, Any]):
    """Makes each try in its turn, including queries, and waits as Azure asks, up to a limit.

    By default the SDK does not retry a throttled POST, ignores the graph's quota headers, sleeps
    for as long as `Retry-After` says, hours if need be, and has no deadline.
    """

    def __init__(
        self, patience: Patience, traffic: Traffic, jitter: Callable[[], float] = random.random
    ) -> None:
        """Set the limits.

        Args:
            patience: How often to retry, and how long to wait.
            traffic: Admits requests.
            jitter: Random number from 0 to 1, for waits that Azure does not prescribe.
        """
        super().__init__()
        self._patience = patience
        self._traffic = traffic
        self._jitter = jitter
        self._has_answered = False

    def send(self, request: PipelineRequest[Any]) -> PipelineResponse[Any, Any]:
        """Return the first usable answer, or the last one.

        Raises:
            AzureError: The last try got no answer.
            OutOfTimeError: The deadline passed before the first try, or before a sensible retry.
            StoppedError: The collection was interrupted.
        """
        lane = lane_of(urlsplit(request.http_request.url).path)
        last, spent = self._try(request, lane)
        tried = 1
        while not self._is_final(last, tried):
            if self._traffic.time_left() <= 0:  # which may be why there was no answer
                raise OutOfTimeError(_what(last))
            if tried > self._patience.retries or spent >= self._patience.longest_read_seconds:
                break
            try:
                self._wait(last, tried, lane)
                last, seconds = self._try(request, lane)
            except OutOfTimeError as error:
                raise OutOfTimeError(_what(last)) from error
            spent += seconds
            tried += 1
        if isinstance(last, AzureError):
            raise last
        return last

    def _try(
        self, request: PipelineRequest[Any], lane: str
    ) -> tuple[PipelineResponse[Any, Any] | AzureError, float]:
        """Return the outcome of one try, and the seconds that it took."""
        with self._traffic.turn(lane):
            began = self._traffic.now()
            try:
                response = self.next.send(request)
            except ClientAuthenticationError:  # no token: a retry would get none either
                raise
            except AzureError as error:
                return error, self._traffic.now() - began
        self._has_answered = True
        if response.http_response.status_code != _THROTTLED:
            self._traffic.answered(lane, response.http_response.headers)
        return response, self._traffic.now() - began

    def _is_final(self, outcome: PipelineResponse[Any, Any] | AzureError, tried: int) -> bool:
        """Tell whether a retry makes no sense."""
        if isinstance(outcome, AzureError):
            if _is_distrust(outcome):
                return True
            return not self._has_answered and tried > _RETRIES_BEFORE_ANY_ANSWER
        return outcome.http_response.status_code not in _PASSING

    def _wait(
        self, outcome: PipelineResponse[Any, Any] | AzureError, tried: int, lane: str
    ) -> None:
        """Wait before the next try, along with the whole lane if Azure throttled it."""
        asked = None
        if not isinstance(outcome, AzureError):
            asked = asked_wait(outcome.http_response.headers, datetime.now(UTC))
        seconds = self._patience.wait(tried, asked, self._jitter())
        is_throttled = (
            not isinstance(outcome, AzureError) and outcome.http_response.status_code == _THROTTLED
        )
        if is_throttled:
            self._traffic.throttled(lane, seconds)
        self._traffic.pause(seconds, lane, throttled=is_throttled)


def _what(outcome: PipelineResponse[Any, Any] | AzureError) -> Any:  # noqa: ANN401 - of the SDK
    """Return the answer itself, or the error."""
    return outcome if isinstance(outcome, AzureError) else outcome.http_response


def _is_distrust(error: AzureError) -> bool:
    """Tell whether the server's certificate is untrusted, which no retry will change."""
    return _DISTRUST in str(error.inner_exception)
