"""Events of a running collection; each listener decides how to show them."""

from collections.abc import Callable
from typing import TypeAlias

from msgspec import Struct


class Signed(Struct, frozen=True):
    """Somebody is signed in.

    Attributes:
        principal: Who, see `amlaudit.core.collection.Collection`.
        tenant: Tenant id, empty where not known.
    """

    principal: str
    tenant: str


class Reached(Struct, frozen=True):
    """The subscriptions to be read are known.

    Attributes:
        scopes: Display names, by ARM id.
        deadline_seconds: Time left for the collection, None if it has no deadline.
    """

    scopes: dict[str, str]
    deadline_seconds: float | None = None


class Planned(Struct, frozen=True):
    """More reads are known to be needed.

    Attributes:
        scanner: The area they are made for.
        reads: Number of reads; a list counts once, however many pages it has.
    """

    scanner: str
    reads: int


class Read(Struct, frozen=True):
    """A read has ended.

    Attributes:
        scanner: The area it was made for.
        scope: ARM id of the subscription that was read, empty for a query over several.
        resources: Number of resources returned.
        missed: Number of gaps that it left.
        earlier: It had been made before the collection was interrupted and resumed.
    """

    scanner: str
    scope: str
    resources: int
    missed: int
    earlier: bool = False


class Waiting(Struct, frozen=True):
    """A request waits before it is sent.

    Attributes:
        lane: What it waits for: a subscription's id, `graph` or `tenant`.
        seconds: Length of the wait.
        throttled: Azure requested it; otherwise amlaudit limits its own rate.
    """

    lane: str
    seconds: float
    throttled: bool


class Closed(Struct, frozen=True):
    """All reads of a subscription are done.

    Attributes:
        scope: Its ARM id.
        resources: Resources known in it.
        missed: Gaps in it.
    """

    scope: str
    resources: int
    missed: int


class Stopping(Struct, frozen=True):
    """No more requests are made; only those in progress are awaited."""


class Noticed(Struct, frozen=True):
    """Something that users should know.

    Attributes:
        text: One line.
    """

    text: str


Event: TypeAlias = Signed | Reached | Planned | Read | Waiting | Closed | Stopping | Noticed
Observer: TypeAlias = Callable[[Event], None]
"""Receives every event, from any thread; an exception ends the collection."""


def no_observer(_event: Event) -> None:
    """Listen to nothing."""
