"""A clock that a test puts forward."""

from amlaudit.scanners.traffic import Clock


class Leaping(Clock):
    """A clock that somebody can put forward.

    Attributes:
        passed: Seconds by which it was put forward.
    """

    passed = 0.0

    def now(self) -> float:
        """Return seconds that never go back."""
        return super().now() + self.passed
