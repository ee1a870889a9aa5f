"""A clock that a test puts forward."""

from amlaudit.scanners.traffic import Clock
from tests.loopback.faults import Act, Honest
from tests.loopback.wire import Reply, Request


class Leaping(Clock):
    """A clock that somebody can put forward.

    Attributes:
        passed: Seconds by which it was put forward.
    """

    passed = 0.0

    def now(self) -> float:
        """Return seconds that never go back."""
        return super().now() + self.passed

    def leaps(self, seconds: float) -> Act:
        """Return what puts it forward by so many seconds, however often, and answers honestly."""

        def act(_request: Request, honest: Honest) -> Reply:
            self.passed = seconds
            return honest()

        return act
