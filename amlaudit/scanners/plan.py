"""The plan of a collection: what is read first, and what follows from what was found.

Nothing waits for anything it does not need: reads of subscriptions run concurrently with graph
queries, and reads of a workspace begin as soon as either source finds it.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from threading import Lock
from typing import Final, NamedTuple, TypeAlias

from msgspec import Struct

from amlaudit.core.arm_id import (
    MANAGEMENT_GROUP_TYPE,
    ROOT,
    SUBSCRIPTION_TYPE,
    subscription_of,
    type_of,
)
from amlaudit.core.scope import Scope
from amlaudit.scanners.scanner import ArmRead, GraphQuery, Scanner, type_read_by
from amlaudit.scanners.snapshot import SnapshotWriter
from amlaudit.scanners.traffic import GRAPH, lane_of

_SUBSCRIPTIONS_A_QUERY: Final = 200
"""Azure advises fewer than 300, see
https://learn.microsoft.com/azure/governance/resource-graph/concepts/guidance-for-throttled-requests."""


class Query(Struct, frozen=True):
    """A graph query over some subscriptions, given by their ids."""

    scanner: str
    query: GraphQuery
    subscriptions: Sequence[str]

    @property
    def lane(self) -> str:
        """See `amlaudit.scanners.traffic.lane_of`."""
        return GRAPH

    @property
    def finds(self) -> Iterator[tuple[str, str]]:
        """Yield the (scope, ARM type) pairs that it finds."""
        for action in self.query.actions:
            for each in self.subscriptions:
                yield each, type_read_by(action)


class Request(Struct, frozen=True):
    """A read for one resource, given by its id."""

    scanner: str
    read: ArmRead
    target: str

    @property
    def subscriptions(self) -> Sequence[str]:
        """The subscription that it reads in; none for a management group."""
        found = subscription_of(self.target)
        return () if found == ROOT else (found,)

    @property
    def lane(self) -> str:
        """See `amlaudit.scanners.traffic.lane_of`."""
        return lane_of(self.target)

    @property
    def finds(self) -> Iterator[tuple[str, str]]:
        """Yield the (scope, ARM type) pairs that it finds."""
        yield self.target, self.read.yields


Work: TypeAlias = Query | Request


class Next(NamedTuple):
    """What follows a completed piece of work.

    Attributes:
        requests: Reads that were not planned before.
        closed: Subscriptions for which all planned work is done.
    """

    requests: Sequence[Request]
    closed: Sequence[str]


class Plan:
    """The reads for a set of subscriptions; safe to share between threads.

    The order in which work completes affects when something is read, never what is read in the end.
    """

    def __init__(
        self,
        scanners: Sequence[Scanner],
        scope: Scope,
        subscriptions: Sequence[str],
        writer: SnapshotWriter,
    ) -> None:
        """Plan for a scope.

        Args:
            scanners: The available reads.
            scope: The requested scope.
            subscriptions: The ids of its subscriptions.
            writer: Knows what has been found.
        """
        self._scanners = scanners
        self._scope = scope
        self._subscriptions = subscriptions
        self._writer = writer
        self._reads: dict[str, list[tuple[str, ArmRead]]] = {}
        for scanner in scanners:
            for read in scanner.reads:
                self._reads.setdefault(read.of, []).append((scanner.name, read))
        self._planned: set[str] = set()
        # When the scope narrows a subscription, references are read once all of the scope is known.
        self._pending = Counter(subscriptions if scope.narrows else ())
        self._lock = Lock()

    def begin(self) -> Sequence[Work]:
        """Return the work that depends on nothing but the subscriptions."""
        queries = [
            Query(scanner.name, query, batch)
            for scanner in self._scanners
            for query in scanner.queries
            for batch in batches(self._subscriptions)
        ]
        for query in queries:
            self._pending.update(query.subscriptions)
        return [*queries, *self._requests(SUBSCRIPTION_TYPE, self._subscriptions)]

    def after(self, work: Work) -> Next:
        """Record that work ended, successfully or not, and return the reads for what it found."""
        scope = self._scope
        # Children of a requested resource are requested too, even if it is only referred to.
        is_of_one = isinstance(work, Request) and type_of(work.target) != SUBSCRIPTION_TYPE

        def is_asked_for(each: str) -> bool:
            return not scope.excludes(each) if is_of_one else scope.holds(each)

        with self._lock:
            requests = self._found(work.finds, is_asked_for)
            return Next(requests, self._ended(work.subscriptions))

    def rest(self) -> Next:
        """Return what remains when all else has ended: reads of what the scope refers to."""
        scope = self._scope
        linked = self._writer.linked_from(scope.holds) if scope.narrows else set()

        def is_asked_for(each: str) -> bool:
            return scope.holds(each) or (each in linked and not scope.excludes(each))

        with self._lock:
            requests = self._found((("", kind) for kind in self._reads), is_asked_for)
            return Next(requests, self._ended(self._subscriptions if scope.narrows else ()))

    def _found(
        self, finds: Iterable[tuple[str, str]], is_asked_for: Callable[[str], bool]
    ) -> list[Request]:
        """Return the reads for the resources known so far under some (scope, ARM type) pairs."""
        found: list[Request] = []
        for scope, kind in finds:
            if kind == SUBSCRIPTION_TYPE:  # its document names the management groups above it
                groups = self._writer.groups_above(scope)
                kept = (each for each in groups if not self._scope.excludes(each))
                found += self._requests(MANAGEMENT_GROUP_TYPE, kept)
            if kind in self._reads:
                ids = filter(is_asked_for, self._writer.ids_of_type(kind, scope))
                found += self._requests(kind, ids)
        return found

    def _requests(self, kind: str, targets: Iterable[str]) -> list[Request]:
        """Return the reads for resources of a type, except those planned before."""
        new = [each for each in targets if each not in self._planned]
        self._planned.update(new)
        reads = self._reads.get(kind, ())
        found = [Request(name, read, read.place_of(each)) for each in new for name, read in reads]
        found = [each for each in found if self._is_first(each)]
        for each in found:
            self._pending.update(each.subscriptions)
        return found

    def _is_first(self, request: Request) -> bool:
        """Tell whether a read was not yet planned for another resource of the same group."""
        if not request.read.of_group:
            return True
        asked = request.target + request.read.path
        is_first = asked not in self._planned
        self._planned.add(asked)
        return is_first

    def _ended(self, subscriptions: Iterable[str]) -> list[str]:
        """Record that one task ended in some subscriptions; return those where it was the last."""
        self._pending.subtract(subscriptions)
        return [each for each in subscriptions if not self._pending[each]]


def batches(subscriptions: Sequence[str]) -> Iterator[Sequence[str]]:
    """Yield the subscriptions in batches that fit one query."""
    for start in range(0, len(subscriptions), _SUBSCRIPTIONS_A_QUERY):
        yield subscriptions[start : start + _SUBSCRIPTIONS_A_QUERY]
