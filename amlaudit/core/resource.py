"""A resource as Azure describes it, and where that description came from."""

from collections.abc import Mapping
from datetime import datetime
from types import MappingProxyType
from typing import Final, TypeAlias

from msgspec import Struct

from amlaudit.core.gap import Gap
from amlaudit.core.path import Steps
from amlaudit.core.place import Lines, Place, Written

Document: TypeAlias = Mapping[str, object]
"""An ARM document: keys as the service spells them, JSON values."""


AS_DECLARED: Final = "as declared"
"""In place of an API version: all that was declared is there, whichever version Azure uses.

What such a document omits is left to Azure, rather than hidden by an API version.
"""


Gaps: TypeAlias = tuple[tuple[Steps, Gap], ...]
"""Parts of a document that are not known, by their path (steps lower case)."""


class Origin(Struct, frozen=True, gc=False):
    """Where a document came from.

    Attributes:
        source: The call (`GET /subscriptions/…`) or the file that returned it.
        api_version: Version of the API that shaped it, `AS_DECLARED`, or `""` if the source does
            not say.
        collected_at: When it was read, UTC; for a file, when the file was read.
    """

    source: str
    api_version: str
    collected_at: datetime


class Resource(Struct, frozen=True):
    """One ARM resource.

    Attributes:
        id: Normalised ARM id, see `amlaudit.core.arm_id`.
        type: ARM type, lower case.
        name: As Azure spells it.
        body: The ARM document.
        origin: Where the document came from.
        gaps: Parts of the document that are not known, nor is anything beneath their paths.
        place: Where it is declared; None: it was read, not declared.
        lines: The lines of its declared properties; None: not known.
    """

    id: str
    type: str
    name: str
    body: Document
    origin: Origin
    gaps: Gaps = ()
    place: Place | None = None
    lines: Lines | None = None

    @property
    def written(self) -> Written:
        """Where it and each of its properties are declared."""
        return Written(self.place, self.lines)


def frozen(value: object) -> object:
    """Return a JSON value that rule code cannot modify: all rules share the documents."""
    if isinstance(value, str | bool):  # most are, and ABC checks are slow
        return value
    if isinstance(value, Mapping):
        return MappingProxyType({key: frozen(member) for key, member in value.items()})
    if isinstance(value, list):
        return tuple(frozen(member) for member in value)
    return value
