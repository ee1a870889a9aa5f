"""How many requests Azure answers: the published limits, and how it responds beyond them.

Resource Graph: 15 queries in each window of 5 seconds for a principal,
https://learn.microsoft.com/azure/governance/resource-graph/concepts/guidance-for-throttled-requests.
Resource Manager: a token bucket per subscription and principal, another for the tenant, and one for
all principals of a subscription,
https://learn.microsoft.com/azure/azure-resource-manager/management/request-limits-and-throttling.
"""

import time
from collections.abc import Callable, Mapping
from math import ceil
from threading import Lock
from typing import Final

from msgspec import Struct, field

from amlaudit.core import arm_id
from tests.loopback.faults import GRAPH_PATH
from tests.loopback.wire import Request, Response, json_response

GRAPH_QUERIES: Final = 15
GRAPH_WINDOW_SECONDS: Final = 5.0
READS_DEEP: Final = 250
READS_A_SECOND: Final = 25.0
_ALL_PRINCIPALS: Final = 15
"""All principals of a subscription together have this many times the quota of one."""


class Bucket(Struct):
    """A token bucket: requests take tokens, and it is refilled over time.

    Attributes:
        depth: Maximum number of tokens.
        a_second: Tokens added per second.
        filled_at: When it was last filled.
        tokens: Its tokens at that time.
    """

    depth: int
    a_second: float
    filled_at: float
    tokens: float

    def fill(self, now: float) -> None:
        """Add the tokens for the elapsed time."""
        self.tokens = min(self.depth, self.tokens + (now - self.filled_at) * self.a_second)
        self.filled_at = now

    def wait(self) -> float:
        """Return the seconds until there is a token."""
        return max(0.0, (1 - self.tokens) / self.a_second)


class Window(Struct):
    """Queries of one principal in a time window.

    Attributes:
        begun_at: When the window started.
        queries: Number of queries in it.
    """

    begun_at: float
    queries: int = 0


class Quotas(Struct):
    """The limits, and who has used how much of them.

    Attributes:
        graph_queries: Resource Graph queries per window.
        graph_window: Length of a window in seconds.
        depth: Maximum Resource Manager reads in the bucket of a subscription and a principal.
        a_second: Reads added per second.
        says_when: Whether a 429 of Resource Graph has `Retry-After`; not all have.
        clock: Seconds that only ever increase.
    """

    graph_queries: int = GRAPH_QUERIES
    graph_window: float = GRAPH_WINDOW_SECONDS
    depth: int = READS_DEEP
    a_second: float = READS_A_SECOND
    says_when: bool = True
    clock: Callable[[], float] = time.monotonic
    _windows: dict[str, Window] = field(default_factory=dict)
    _buckets: dict[tuple[str, str], Bucket] = field(default_factory=dict)
    _lock: Lock = field(default_factory=Lock)

    def admit(self, request: Request, principal: str) -> tuple[Response | None, Mapping[str, str]]:
        """Count a request; return the refusal, if any, and the headers of its response."""
        with self._lock:
            now = self.clock()
            refused, headers = self._manager(request, principal, now)
            if refused is None and request.place == GRAPH_PATH:
                refused, of_graph = self._graph(principal, now)
                headers = {**headers, **of_graph}
        return refused, headers

    def _graph(self, principal: str, now: float) -> tuple[Response | None, dict[str, str]]:
        """Count a query."""
        window = self._windows.setdefault(principal, Window(now))
        if now - window.begun_at >= self.graph_window:
            window.begun_at, window.queries = now, 0
        left = self.graph_window - (now - window.begun_at)
        over = window.queries >= self.graph_queries
        window.queries += not over
        headers = {
            "x-ms-user-quota-remaining": str(self.graph_queries - window.queries),
            "x-ms-user-quota-resets-after": _clock_time(left),
        }
        if not over:
            return None, headers
        when = {"Retry-After": str(ceil(left))} if self.says_when else {}
        message = (
            "Client application has been throttled and should not attempt to repeat the request "
            f"until an amount of time has elapsed. The quota resets after {_clock_time(left)}."
        )
        return _refusal("RateLimiting", message, when), headers

    def _manager(
        self, request: Request, principal: str, now: float
    ) -> tuple[Response | None, dict[str, str]]:
        """Take the tokens of a read."""
        scope = arm_id.subscription_of(arm_id.normalise(request.place))
        in_tenant = scope == arm_id.ROOT
        own = self._bucket(scope, principal, 1, now)
        named = "tenant" if in_tenant else "subscription"
        taken = {f"x-ms-ratelimit-remaining-{named}-reads": own}
        if not in_tenant:
            shared = self._bucket(scope, "", _ALL_PRINCIPALS, now)
            taken["x-ms-ratelimit-remaining-subscription-global-reads"] = shared
        wait = max(each.wait() for each in taken.values())
        if wait == 0.0:
            for each in taken.values():
                each.tokens -= 1
        headers = {name: str(max(0, int(each.tokens))) for name, each in taken.items()}
        if wait == 0.0:
            return None, headers
        seconds = ceil(wait)
        message = (
            f"Number of 'read' requests for {named} '{scope}' actor '{principal}' exceeded. Please "
            f"try again after '{seconds}' seconds after additional tokens are available. Refer to "
            "https://aka.ms/arm-throttling for additional information."
        )
        code = f"{named.capitalize()}RequestsThrottled"
        return _refusal(code, message, {"Retry-After": str(seconds)}), headers

    def _bucket(self, scope: str, principal: str, times: int, now: float) -> Bucket:
        """Return a bucket as it is now."""
        depth, a_second = self.depth * times, self.a_second * times
        bucket = self._buckets.setdefault((scope, principal), Bucket(depth, a_second, now, depth))
        bucket.fill(now)
        return bucket


def _clock_time(seconds: float) -> str:
    """Return seconds as `hh:mm:ss`, rounded up."""
    minutes, rest = divmod(ceil(seconds), 60)
    return f"{minutes // 60:02}:{minutes % 60:02}:{rest:02}"


def _refusal(code: str, message: str, headers: Mapping[str, str]) -> Response:
    """Return a 429 response."""
    return json_response({"error": {"code": code, "message": message}}, 429, headers)
