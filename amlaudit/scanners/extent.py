"""Which part of a snapshot is to be judged, and which gaps concern it."""

from collections.abc import Iterable
from functools import cached_property
from itertools import chain

from amlaudit.core.arm_id import scopes_of
from amlaudit.core.scope import Scope


class Extent:
    """What a scope names in a snapshot, and what that refers to."""

    def __init__(self, scope: Scope, ids: Iterable[str], links: Iterable[tuple[str, str]]) -> None:
        """Find it; nothing is read for a scope that does not narrow anything.

        Args:
            scope: What was asked for.
            ids: The ids of all resources.
            links: (id, id it refers to) of all references.
        """
        self._scope = scope
        self._judged: frozenset[str] | None = None
        if scope.narrows:
            named = set(filter(scope.holds, ids))
            referred = (target for source, target in links if source in named)
            self._judged = frozenset(chain(named, referred))

    def holds(self, resource_id: str) -> bool:
        """Tell whether a resource is to be judged, itself or through what it lies under."""
        if self._scope.excludes(resource_id):
            return False
        return self._judged is None or not self._judged.isdisjoint(scopes_of(resource_id))

    def concerns(self, scope_id: str) -> bool:
        """Tell whether what cannot be seen in a scope can be something that is to be judged.

        A snapshot of a subscription may lack the clusters of one workspace; an audit of another
        workspace is complete without them.
        """
        if self._judged is None or self._scope.excludes(scope_id):
            return self.holds(scope_id)
        return (
            self._scope.may_hold_under(scope_id) or self.holds(scope_id) or scope_id in self._above
        )

    @cached_property
    def _above(self) -> frozenset[str]:
        """The ids of all that is to be judged, and of every scope above it."""
        return frozenset(chain.from_iterable(map(scopes_of, self._judged or ())))
