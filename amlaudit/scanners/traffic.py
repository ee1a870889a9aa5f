"""When a request may be sent: its lane's budget, the concurrency limit, the scan's deadline."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from threading import Condition, Event
from typing import Any, Final, TypeVar

from amlaudit.scanners.events import Observer, Stopping, Waiting, no_observer
from amlaudit.scanners.pace import AdaptiveLimit, Lane, Pace, SlidingWindow, TokenBucket
from amlaudit.scanners.waiting import Headers, quota_wait, reads_left

GRAPH: Final = "graph"
TENANT: Final = "tenant"
GRAPH_PATH: Final = "/providers/Microsoft.ResourceGraph/resources"

_REPORTED_FROM_SECONDS: Final = 0.5

Result = TypeVar("Result")


class StoppedError(Exception):
    """The collection was interrupted; nothing more may be sent or stored.

    Deliberately not an `AzureError`: no policy of the SDK may retry it.
    """


class OutOfTimeError(Exception):
    """The deadline would pass before the request could be sent.

    Attributes:
        last: Outcome of the previous try, an answer or an SDK error; None: there was none.
        is_held: Azure requires its lane to wait until after the deadline.
    """

    def __init__(
        self,
        last: Any = None,  # noqa: ANN401 - two types of the SDK
        *,
        is_held: bool = False,
    ) -> None:
        """Give up."""
        super().__init__()
        self.last = last
        self.is_held = is_held


class Clock:
    """A clock with interruptible waits."""

    def __init__(self) -> None:
        """Start the clock."""
        self._stopped = Event()

    def now(self) -> float:
        """Return monotonic seconds."""
        return time.monotonic()

    def sleep(self, seconds: float) -> None:
        """Wait.

        Raises:
            StoppedError: The clock was stopped, before or during the wait.
        """
        if self._stopped.wait(seconds):
            raise StoppedError

    def stop(self) -> None:
        """Interrupt all current waits, and reject all later ones."""
        self._stopped.set()

    @property
    def is_stopped(self) -> bool:
        """Whether the clock was stopped."""
        return self._stopped.is_set()


class Traffic:
    """Sends requests as fast as Azure and the deadline allow; safe to share between threads.

    Attributes:
        report: Passes an event to the observer of the collection.
    """

    def __init__(
        self,
        pace: Pace | None = None,
        clock: Clock | None = None,
        deadline_seconds: float | None = None,
        observer: Observer = no_observer,
    ) -> None:
        """Begin.

        Args:
            pace: The request rate.
            clock: The clock to use.
            deadline_seconds: Time from now after which no more requests are sent; None: no
                deadline.
            observer: Informed of waits, and of anything else that concerns all requests.
        """
        self._pace = pace or Pace()
        self._clock = clock or Clock()
        self.report = observer
        limit = float("inf") if deadline_seconds is None else deadline_seconds
        self._ends_at = self._clock.now() + limit
        self._lanes: dict[str, Lane] = {}
        self._limit = AdaptiveLimit(self._pace.at_once, self._pace.most_at_once)
        self._in_progress = 0
        self._free = Condition()

    @property
    def at_once(self) -> int:
        """Number of requests that may currently run at once."""
        return self._limit.at_once

    @property
    def most_at_once(self) -> int:
        """Number of requests that may ever run at once."""
        return self._pace.most_at_once

    def wait(self, lane: str) -> float:
        """Return the seconds until a lane admits a request, 0 if it does now."""
        return self._with_lane(lane, Lane.wait)

    def now(self) -> float:
        """Return the clock's seconds."""
        return self._clock.now()

    def time_left(self) -> float:
        """Return the seconds to the deadline, infinite without one."""
        return self._ends_at - self._clock.now()

    @property
    def is_stopped(self) -> bool:
        """Whether nothing more may be sent."""
        return self._clock.is_stopped

    def stop(self) -> None:
        """Prevent anything more from being sent."""
        self._clock.stop()
        self.report(Stopping())

    def pause(self, seconds: float, lane: str, *, throttled: bool = False) -> None:
        """Wait.

        Raises:
            OutOfTimeError: The deadline would pass during the wait; no time was spent waiting.
            StoppedError: The collection was interrupted.
        """
        if seconds >= self.time_left():
            raise OutOfTimeError(is_held=self._with_lane(lane, Lane.held) > 0)
        if seconds >= _REPORTED_FROM_SECONDS:
            self.report(Waiting(lane, seconds, throttled))
        self._clock.sleep(seconds)

    @contextmanager
    def turn(self, lane: str) -> Iterator[None]:
        """Wait for a lane's budget and a concurrency slot, and hold the slot.

        Raises:
            OutOfTimeError: The deadline would pass first.
            StoppedError: The collection was interrupted.
        """
        while (seconds := self._with_lane(lane, Lane.take)) > 0:
            self.pause(seconds, lane)
        with self._free:
            self._free.wait_for(lambda: self._in_progress < self.at_once)
            self._in_progress += 1
        try:
            self.pause(0, lane)  # the wait for the slot may have outlasted the deadline, or a stop
            yield
        finally:
            with self._free:
                self._in_progress -= 1
                self._free.notify()

    def answered(self, lane: str, headers: Headers) -> None:
        """Update the budgets from a successful answer."""
        left, wait = reads_left(headers), quota_wait(headers)
        with self._free:
            self._limit.succeeded()
            self._free.notify()
        if left is not None:
            self._with_lane(lane, lambda each, now: each.limit_to(left, now))
        if wait and lane == GRAPH:
            self._with_lane(lane, lambda each, now: each.hold(wait, now))

    def throttled(self, lane: str, seconds: float) -> None:
        """Reduce concurrency, and block this lane for some time."""
        with self._free:
            self._limit.throttled(self._clock.now())
        self._with_lane(lane, lambda each, now: each.hold(seconds, now))

    def _with_lane(self, name: str, do: Callable[[Lane, float], Result]) -> Result:
        """Run a function with exclusive access to a lane."""
        with self._free:
            lane = self._lanes.setdefault(name, self._new_lane(name))
            return do(lane, self._clock.now())

    def _new_lane(self, name: str) -> Lane:
        """Return a lane with its full budget."""
        if name == GRAPH:
            return Lane(SlidingWindow(self._pace.queries, self._pace.window_seconds))
        return Lane(TokenBucket(self._pace.reads_at_once, self._pace.reads_per_second))


def lane_of(path: str) -> str:
    """Return a request's lane: Azure counts by subscription, and the graph's by principal."""
    folded = path.lower()
    if folded == GRAPH_PATH.lower():
        return GRAPH
    match folded.split("/"):
        case ["", "subscriptions", key, *_] if key:
            return f"/subscriptions/{key}"
        case _:
            return TENANT
