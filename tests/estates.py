"""Small estates for tests: resources with made-up ids, and stores that say what was seen."""

from datetime import UTC, datetime

from amlaudit.core.arm_id import normalise, type_of
from amlaudit.core.estate import Estate
from amlaudit.core.gap import Gap, Reason
from amlaudit.core.memory import MemoryStore
from amlaudit.core.path import parse_path
from amlaudit.core.resource import Document, Origin, Resource
from amlaudit.core.subject import Subject

SUBSCRIPTION = "/subscriptions/11111111-1111-4111-8111-111111111111"
GROUP = f"{SUBSCRIPTION}/resourcegroups/rg"
WORKSPACE_ID = f"{GROUP}/providers/microsoft.machinelearningservices/workspaces/ws"
STORAGE_ID = f"{GROUP}/providers/microsoft.storage/storageaccounts/st"
READ_AT = datetime(2026, 1, 1, tzinfo=UTC)


def resource(
    resource_id: str,
    body: Document | None = None,
    *,
    gaps: tuple[str, ...] = (),
    api_version: str = "",
) -> Resource:
    """Return a resource; each of `gaps` is a path at which its document is unknown."""
    key = normalise(resource_id)
    inside = tuple(
        (tuple(step.lower() for step in parse_path(path)), gap(key, path)) for path in gaps
    )
    origin = Origin("test", api_version, READ_AT)
    return Resource(key, type_of(key), key.rpartition("/")[2], body or {}, origin, inside)


def gap(scope_id: str, part: str, reason: Reason = Reason.FORBIDDEN, permission: str = "") -> Gap:
    """Return a gap."""
    return Gap(scope_id, part, reason, f"{part}: {reason}", permission)


def estate(
    *resources: Resource,
    seen: tuple[tuple[str, str], ...] = (),
    missing: tuple[Gap, ...] = (),
) -> Estate:
    """Return an estate of a few resources."""
    return Estate(MemoryStore(resources, frozenset(seen), missing))


def subject(body: Document, *, gaps: tuple[str, ...] = (), api_version: str = "") -> Subject:
    """Return a single workspace, ready to be judged."""
    workspace = resource(WORKSPACE_ID, body, gaps=gaps, api_version=api_version)
    return Subject(workspace, estate(workspace))
