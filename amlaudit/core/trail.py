"""The trail of a rule: everything that it read, on which its verdict rests."""

from amlaudit.core.resource import Resource
from amlaudit.core.verdict import Evidence, Look, Seen


class Trail(list[Look | Evidence]):
    """What was read starting from one resource, in order.

    Attributes:
        judged: The judged resource; what was seen on it also holds for identical resources.
    """

    __slots__ = ("judged",)

    def __init__(self, judged: Resource) -> None:
        """Start at a resource, with nothing read."""
        self.judged = judged

    def note(self, resource: Resource, path: str, observed: object, seen: Seen) -> None:
        """Add what was seen on a resource.

        Args:
            resource: The resource.
            path: A path from the root of its document, or a relation (`-> jobs`).
            observed: The value found there, a JSON value; None if there was none.
            seen: Whether there was a value.
        """
        if resource is self.judged:
            self.append(Look(path, "", observed, seen))
        else:
            self.append(Evidence(resource.id, path, "", observed, seen, resource.origin))
