"""What a collection tells while it is under way; whoever listens decides how to show it."""

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
    """The subscriptions are known that will be read.

    Attributes:
        scopes: Name to show by ARM id.
        deadline_seconds: Time that is left for the collection, None if it has no deadline.
    """

    scopes: dict[str, str]
    deadline_seconds: float | None = None


class Planned(Struct, frozen=True):
    """More reads are known to be needed.

    Attributes:
        scanner: The area they are made for.
        reads: How many; a list counts once, however many pages it has.
    """

    scanner: str
    reads: int


class Read(Struct, frozen=True):
    """A read came to its end.

    Attributes:
        scanner: The area it was made for.
        scope: ARM id of the subscription that was read, empty for a query over several.
        resources: Resources that it gave.
        missed: Things that it left unknown, one for each gap.
        earlier: It had been made before the collection was cut off and resumed.
    """

    scanner: str
    scope: str
    resources: int
    missed: int
    earlier: bool = False


class Waiting(Struct, frozen=True):
    """A request waits before it is sent.

    Attributes:
        lane: What is waited for: a subscription's id, `graph` or `tenant`.
        seconds: How long.
        throttled: Azure asked for it; else amlaudit keeps its own pace.
    """

    lane: str
    seconds: float
    throttled: bool


class Closed(Struct, frozen=True):
    """All reads of a subscription were made.

    Attributes:
        scope: Its ARM id.
        resources: Resources that are known in it.
        missed: Gaps in it.
    """

    scope: str
    resources: int
    missed: int


class Stopping(Struct, frozen=True):
    """Nothing more is asked; only what is under way is waited for."""


class Noticed(Struct, frozen=True):
    """Something that people should know.

    Attributes:
        text: One line.
    """

    text: str


Event: TypeAlias = Signed | Reached | Planned | Read | Waiting | Closed | Stopping | Noticed
Observer: TypeAlias = Callable[[Event], None]
"""Told of every event, from any thread; one that raises ends the collection."""


def nobody(_event: Event) -> None:
    """Listen to nothing."""
