"""How the evidence of an audit was read."""

from collections.abc import Mapping
from datetime import datetime

from msgspec import Struct, field
from msgspec.structs import replace

from amlaudit.core.scope import Scope


class Collection(Struct, frozen=True):
    """How the evidence was read.

    Attributes:
        scope: What was asked for.
        sources: What it was read from: the cloud's address, or the files.
        principal: Who read it, empty for files.
        tenant: The tenant id, empty if not known.
        started_at: When reading began, UTC.
        ended_at: When it ended; None: it never did, the snapshot is of an interrupted collection.
        reached: Ids of the scopes that were read.
        calls: Number of calls by HTTP status (`"200"`), or by error.
        is_deployment: Whether everything was declared and nothing was read: then only what is
            declared is judged, and what else its scopes contain is irrelevant.
        assumed: Ids of undeclared workspaces: they are assumed to use what a deployment declares,
            nothing else is known about them, and they are not judged.
    """

    scope: Scope = field(default_factory=Scope)
    sources: tuple[str, ...] = ()
    principal: str = ""
    tenant: str = ""
    started_at: datetime | None = None
    ended_at: datetime | None = None
    reached: tuple[str, ...] = ()
    calls: Mapping[str, int] = field(default_factory=dict)
    is_deployment: bool = False
    assumed: tuple[str, ...] = ()

    def narrowed(self, scope: Scope) -> "Collection":
        """Return how the evidence was read, narrowed to the scope of a run."""
        read = self.scope
        asked = replace(
            read,
            resource_groups=scope.resource_groups or read.resource_groups,
            workspaces=scope.workspaces or read.workspaces,
            excluded=tuple(dict.fromkeys((*read.excluded, *scope.excluded))),
        )
        return replace(self, scope=asked)
