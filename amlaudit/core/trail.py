"""The trail of a rule: everything that it read, which is what its verdict rests on."""

from amlaudit.core.resource import Resource
from amlaudit.core.verdict import Evidence, Look, Seen


class Trail(list[Look | Evidence]):
    """What was read on the way from one resource, in its order.

    Attributes:
        judged: The resource that is judged; what was seen of it is true of all that are like it.
    """

    __slots__ = ("judged",)

    def __init__(self, judged: Resource) -> None:
        """Begin at a resource, with nothing read."""
        self.judged = judged

    def note(self, resource: Resource, path: str, observed: object, seen: Seen) -> None:
        """Add what was seen of a resource.

        Args:
            resource: The resource.
            path: Where: a path from the root of its document, or a relation (`-> jobs`).
            observed: What stood there, a JSON value; None where nothing did.
            seen: How it stood there.
        """
        if resource is self.judged:
            self.append(Look(path, "", observed, seen))
        else:
            self.append(Evidence(resource.id, path, "", observed, seen, resource.origin))
