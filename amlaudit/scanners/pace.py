"""The request rate: budgets that refill, and the number of concurrent requests.

Everything here is given the time (seconds of any monotonic clock) and never sleeps.
"""

from collections import deque
from typing import Final, Protocol

from msgspec import Struct

_RESERVE: Final = 25
"""Requests of Azure's own budget reserved for other readers using the same principal."""
_LEAST_WAIT_SECONDS: Final = 0.001
"""A shorter wait may be lost in the rounding of large times, and then be repeated forever."""
_SECONDS_BETWEEN_CUTS: Final = 1.0
"""Requests sent together are refused together; they count as one refusal."""


class Pace(Struct, frozen=True):
    """The request rate for Azure.

    Resource Manager allows a principal a burst of 250 reads in a subscription, and 25 a second from
    then on. Resource Graph allows 15 queries in five seconds.

    https://learn.microsoft.com/azure/azure-resource-manager/management/request-limits-and-throttling
    https://learn.microsoft.com/azure/governance/resource-graph/concepts/guidance-for-throttled-requests

    Attributes:
        reads_at_once: Burst size for reads of a subscription.
        reads_per_second: Sustained rate of reads of a subscription from then on.
        queries: Graph queries in a window.
        window_seconds: Length of the window; longer than Azure's, because answers arrive unevenly.
        at_once: Initial number of concurrent requests.
        most_at_once: Maximum number of concurrent requests.
    """

    reads_at_once: int = 225
    reads_per_second: float = 24.5
    queries: int = 15
    window_seconds: float = 5.25
    at_once: int = 8
    most_at_once: int = 24


class Budget(Protocol):
    """A number of requests in a period of time."""

    def take(self, now: float) -> float:
        """Take one request and return 0, or return the seconds after which to ask again."""

    def wait(self, now: float) -> float:
        """Return the seconds until a request is available, 0 if one is."""

    def limit_to(self, left: int, now: float) -> None:
        """Spend no more than Azure says is left."""


class TokenBucket:
    """A budget that refills steadily; Resource Manager counts the same way."""

    def __init__(self, depth: float, per_second: float) -> None:
        """Begin with a full bucket.

        Args:
            depth: Maximum number of requests in it.
            per_second: Requests added per second.
        """
        self._depth = depth
        self._per_second = per_second
        self._left = depth
        self._at: float | None = None

    def take(self, now: float) -> float:
        """See `Budget.take`."""
        wait = self.wait(now)
        if not wait:
            self._left -= 1
        return wait

    def wait(self, now: float) -> float:
        """See `Budget.wait`."""
        self._refill(now)
        if self._left >= 1:
            return 0.0
        return max(_LEAST_WAIT_SECONDS, (1 - self._left) / self._per_second)

    def limit_to(self, left: int, now: float) -> None:
        """See `Budget.limit_to`."""
        self._refill(now)
        self._left = min(self._left, left - _RESERVE)

    def _refill(self, now: float) -> None:
        """Add what has accrued since the last call."""
        passed = 0.0 if self._at is None else max(0.0, now - self._at)
        self._left = min(self._depth, self._left + passed * self._per_second)
        self._at = now


class SlidingWindow:
    """A budget of a number of requests in any period of a given length, wherever it begins."""

    def __init__(self, limit: int, seconds: float) -> None:
        """Begin with nothing spent."""
        self._limit = limit
        self._seconds = seconds
        self._taken: deque[float] = deque()

    def take(self, now: float) -> float:
        """See `Budget.take`."""
        wait = self.wait(now)
        if not wait:
            self._taken.append(now)
        return wait

    def wait(self, now: float) -> float:
        """See `Budget.wait`."""
        while self._taken and now - self._taken[0] >= self._seconds:
            self._taken.popleft()
        if len(self._taken) < self._limit:
            return 0.0
        return max(_LEAST_WAIT_SECONDS, self._seconds - (now - self._taken[0]))

    def limit_to(self, left: int, now: float) -> None:
        """Do nothing: the graph says when to query again, and its lane is held until then."""


class Lane:
    """Requests that Azure counts together: those of a subscription, or those of the graph."""

    def __init__(self, budget: Budget) -> None:
        """Begin with a budget."""
        self._budget = budget
        self._held_until = float("-inf")

    def take(self, now: float) -> float:
        """See `Budget.take`."""
        return self.held(now) or self._budget.take(now)

    def wait(self, now: float) -> float:
        """See `Budget.wait`."""
        return self.held(now) or self._budget.wait(now)

    def limit_to(self, left: int, now: float) -> None:
        """See `Budget.limit_to`."""
        self._budget.limit_to(left, now)

    def hold(self, seconds: float, now: float) -> None:
        """Block the lane for some time."""
        self._held_until = max(self._held_until, now + seconds)

    def held(self, now: float) -> float:
        """Return the seconds for which the lane is still blocked, 0 if Azure requested no wait."""
        return max(_LEAST_WAIT_SECONDS, self._held_until - now) if now < self._held_until else 0.0


class AdaptiveLimit:
    """Number of concurrent requests: one more after a round of successes, half after a 429."""

    def __init__(self, start: int, limit: int) -> None:
        """Start at a given number; the limit is always at least 1 and at most the maximum."""
        self._limit = float(max(1, limit))
        self._value = float(min(max(1, start), self._limit))
        self._next_cut = float("-inf")

    @property
    def at_once(self) -> int:
        """Number of requests that may run at once."""
        return int(self._value)

    def succeeded(self) -> None:
        """Record a successful answer."""
        self._value = min(self._limit, self._value + 1 / self._value)

    def throttled(self, now: float) -> None:
        """Record that Azure throttled a request."""
        if now >= self._next_cut:
            self._value = max(1.0, self._value / 2)
            self._next_cut = now + _SECONDS_BETWEEN_CUTS
