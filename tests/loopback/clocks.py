"""A clock that tests can advance."""

from amlaudit.scanners.traffic import Clock
from tests.loopback.faults import Act, Honest
from tests.loopback.wire import Reply, Request


class Leaping(Clock):
    """A clock that can be advanced.

    Attributes:
        passed: Seconds by which it was advanced.
    """

    passed = 0.0

    def now(self) -> float:
        """Return seconds that never decrease."""
        return super().now() + self.passed

    def leaps(self, seconds: float) -> Act:
        """Return an action that advances the clock each time, and answers honestly."""

        def act(_request: Request, honest: Honest) -> Reply:
            self.passed = seconds
            return honest()

        return act
