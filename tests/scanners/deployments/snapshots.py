"""Snapshots of what is there before a deployment."""

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from amlaudit.core.collection import Collection
from amlaudit.core.resource import Origin
from amlaudit.core.scope import Scope
from amlaudit.scanners.call import Call
from amlaudit.scanners.documents import resources_of
from amlaudit.scanners.snapshot import SnapshotWriter
from tests.estates import READ_AT

VERSION = "2026-01-01"


def snapshot(
    path: Path, documents: Iterable[dict[str, Any]], seen: Mapping[str, Iterable[str]]
) -> Path:
    """Write a snapshot, and return its path.

    Args:
        path: Its path.
        documents: The documents in it.
        seen: By scope, the types of which it is known to contain all resources.
    """
    with SnapshotWriter(path) as writer:
        how = Collection(Scope(), ("live",), started_at=READ_AT, ended_at=READ_AT)
        writer.begin(how)
        call = writer.add_call(Call("GET", "/x", VERSION, "200", READ_AT))
        for each in documents:
            writer.add_resources(resources_of(each, Origin("", VERSION, READ_AT)), call)
        for scope_id, types in seen.items():
            writer.add_seen(scope_id, *types)
        writer.finish(how).close()
    return path
