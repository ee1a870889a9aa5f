"""The embedded estate as a source: ARM documents and gaps that come with the package.

`estate/*.json` hold lists of ARM documents; `gaps.json` holds what the imagined principal could not
read. Everything else counts as seen, as after a collection without trouble.
"""

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from importlib.resources import files
from itertools import chain, product
from pathlib import Path
from typing import Any, Final

from msgspec import Struct
from msgspec.structs import replace

from amlaudit.core.arm_id import SUBSCRIPTION_TYPE, resource_group_of
from amlaudit.core.collection import Collection
from amlaudit.core.coverage import MANAGEMENT_GROUP_PARTS, SUBSCRIPTION_PARTS
from amlaudit.core.estate import Estate
from amlaudit.core.gap import Gap, Reason
from amlaudit.core.references import groups_above
from amlaudit.core.relation_kinds import Children
from amlaudit.core.relations import (
    CONTAINER_REGISTRY,
    DIAGNOSTIC_SETTING,
    KEY_VAULT,
    LOG_ANALYTICS,
    LOG_TABLE,
    ONLINE_ENDPOINT,
    RELATIONS,
    STORAGE,
    WORKSPACE,
)
from amlaudit.core.resource import Document, Origin, Resource
from amlaudit.core.scope import Scope
from amlaudit.scanners.call import Call
from amlaudit.scanners.documents import resources_of
from amlaudit.scanners.snapshot import SnapshotWriter

READ_AT: Final = datetime(2026, 11, 24, 2, 1, tzinfo=UTC)
"""The moment at which the embedded estate is taken to have been read."""


_API_VERSION: Final = "2025-12-01"
"""Of every document, as if all services had one: that of Azure Machine Learning."""

_WITH_SETTINGS: Final = (
    WORKSPACE,
    ONLINE_ENDPOINT,
    KEY_VAULT,
    CONTAINER_REGISTRY,
    STORAGE,
)
"""Types of the resources whose diagnostic settings a collection reads."""


def documents() -> Iterator[tuple[str, list[Document]]]:
    """Yield (file name, ARM documents) of the embedded estate, by name."""
    folder = files("amlaudit.demo").joinpath("estate")
    for file in sorted(folder.iterdir(), key=lambda each: each.name):
        if file.name.endswith(".json"):
            yield file.name, json.loads(file.read_text("utf-8"))


def gaps() -> list[Gap]:
    """Return what the imagined principal could not read."""
    rows: list[dict[str, Any]] = json.loads(
        files("amlaudit.demo").joinpath("gaps.json").read_text("utf-8")
    )
    return [Gap(**{**row, "reason": Reason(row["reason"])}) for row in rows]


class Demo(Struct, frozen=True):
    """The embedded estate; see `amlaudit.pipeline.Source`.

    Attributes:
        snapshot: Where a snapshot of it is to lie; None: nowhere.
    """

    snapshot: Path | None = None

    def collect(self, scope: Scope) -> Estate:
        """Return the embedded estate, of which only what a scope asks for is judged."""
        how = Collection(
            scope=scope,
            sources=("the estate that comes with amlaudit",),
            principal="none: Azure was not read",
            started_at=READ_AT,
        )
        with SnapshotWriter(self.snapshot) as writer:
            writer.begin(how)
            for scope_id, part in chain.from_iterable(map(parts_read, _written(writer))):
                writer.add_seen(scope_id, part)
            for gap in gaps():
                writer.add_gap(gap)
            return writer.finish(replace(how, ended_at=READ_AT))


def _written(writer: SnapshotWriter) -> list[Resource]:
    """Keep the resources of the embedded estate, and return them."""
    found: list[Resource] = []
    for name, several in documents():
        call = writer.add_call(Call("DEMO", name, "", "read", READ_AT))
        origin = Origin(name, _API_VERSION, READ_AT)
        resources = [each for document in several for each in resources_of(document, origin)]
        writer.add_resources(resources, call)
        found += resources
    return found


def parts_read(resource: Resource) -> Iterator[tuple[str, str]]:
    """Yield (scope id, ARM type) of all that a collection without trouble reads at a resource."""
    if resource.type == SUBSCRIPTION_TYPE:
        yield from ((resource.id, part) for part in (SUBSCRIPTION_TYPE, *SUBSCRIPTION_PARTS))
        yield from product(groups_above(resource.body) or (), MANAGEMENT_GROUP_PARTS)
    if resource.type == WORKSPACE:
        yield from product((resource_group_of(resource.id),), MANAGEMENT_GROUP_PARTS)
    if resource.type in _WITH_SETTINGS:
        yield resource.id, DIAGNOSTIC_SETTING
    if resource.type == LOG_ANALYTICS:
        yield resource.id, LOG_TABLE
    for relation in RELATIONS.values():
        if isinstance(relation, Children) and resource.type in relation.parents:
            yield resource.id, relation.target
