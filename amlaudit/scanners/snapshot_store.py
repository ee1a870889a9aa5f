"""Reads a snapshot back, one document at a time; see `amlaudit.scanners.snapshot`."""

import re
import sqlite3
from collections import Counter
from collections.abc import Collection as Many
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing, contextmanager, suppress
from datetime import datetime
from functools import cached_property, lru_cache
from pathlib import Path
from sys import intern
from typing import Any, Final

from amlaudit.core import arm_id
from amlaudit.core.caching import keep
from amlaudit.core.collection import Collection
from amlaudit.core.errors import AmlauditError, Exit
from amlaudit.core.estate import Estate
from amlaudit.core.gap import Gap, Reason
from amlaudit.core.patterns import late_pattern
from amlaudit.core.place import Lines, Place
from amlaudit.core.resource import Origin, Resource
from amlaudit.core.scope import Scope
from amlaudit.databases import distrust, foreign_parts, misfits
from amlaudit.scanners.extent import Extent
from amlaudit.scanners.journal import has_cuts
from amlaudit.scanners.snapshot_packing import unpack, unpack_gaps
from amlaudit.scanners.snapshot_schema import (
    APPLICATION_ID,
    SCHEMA,
    SCHEMA_VERSION,
    document_in,
    is_under,
    value_in,
)

_MAGIC: Final = b"SQLite format 3\x00"

_MAX_KEPT: Final = 2048
"""Decoded documents kept in the cache, oldest out first.

Related resources are evaluated close together, except where a thousand workspaces share one group
with everything they use, as in a deployment: a smaller cache would decode them again for every
neighbour.
"""

_MAX_SIGHTS: Final = 8192
"""Scopes whose read parts are cached, oldest out first: a quarter of a kilobyte each."""

_PLACED: Final = late_pattern(
    r'\[("(?:[^"\\]|\\.)*"(?:,\d+){3},"(?:[^"\\]|\\.)*"),(.*)\]', re.DOTALL
)
"""Where a resource is declared, and the lines of its properties there."""

_MAX_LISTS: Final = 256
"""Cached lists: those of a resource itself are requested once, those of its scopes often."""

_DAMAGE: Final = (sqlite3.Error, ValueError, TypeError, KeyError, RecursionError)
"""Exceptions that a damaged file raises in its reader."""


class SnapshotStore:
    """The documents of a snapshot, read one at a time; see `amlaudit.core.estate.Store`."""

    def __init__(self, db: sqlite3.Connection, narrowed_to: Scope) -> None:
        """Read from an open snapshot, and judge only what is in scope."""
        self._db = db
        recorded = map(_gap, db.execute("SELECT * FROM gap"))
        self._gaps = {(gap.scope_id, gap.part): gap for gap in recorded}
        self._decoded: dict[str, Resource] = {}
        self._lists: dict[tuple[str, str, str], tuple[Resource, ...]] = {}
        self._origins: dict[tuple[int, str], Origin] = {}
        self._sights: dict[str, frozenset[str]] = {}
        self._distinct_sights: dict[frozenset[str], frozenset[str]] = {}
        ids = (each for (each,) in self._rows("SELECT id FROM resource"))
        self._extent = Extent(narrowed_to, ids, self._rows("SELECT source, target FROM link"))

    def close(self) -> None:
        """Close the file."""
        self._db.close()

    def get(self, resource_id: str) -> Resource | None:
        """See `Store.get`."""
        known = self._decoded.get(resource_id)
        return known or next(self._resources("WHERE id = ?", resource_id), None)

    def _resources_named(self, rows: Iterator[tuple[str]]) -> Iterator[Resource]:
        """Yield the resources for rows of ids; cached documents are not read again."""
        return filter(None, (self.get(resource_id) for (resource_id,) in rows))

    def of_type(self, arm_type: str) -> Iterator[Resource]:
        """See `Store.of_type`."""
        for resource in self._resources("WHERE type = ? ORDER BY id", arm_type):
            if self._is_judged(resource.id):
                yield resource

    def of_types(self, arm_types: Many[str]) -> Iterator[Resource]:
        """See `Store.of_types`."""
        # Not by the index of types, which would require sorting all of them afterwards.
        marks = ", ".join("?" * len(arm_types))
        for resource in self._resources(f"WHERE +type IN ({marks}) ORDER BY id", *arm_types):
            if self._is_judged(resource.id):
                yield resource

    def ids_of_type(self, arm_type: str) -> Iterator[str]:
        """See `Store.ids_of_type`."""
        rows = self._rows("SELECT id FROM resource WHERE type = ? ORDER BY id", arm_type)
        for (resource_id,) in rows:
            if self._is_judged(resource_id):
                yield resource_id

    def subscriptions(self) -> Sequence[str]:
        """See `Store.subscriptions`."""
        return self._subscriptions

    @cached_property
    def _subscriptions(self) -> Sequence[str]:
        """The value of `subscriptions`; finding it requires a pass over all resources."""
        rows = self._rows(
            "SELECT DISTINCT substr(id, 1, 14 + instr(substr(id || '/', 16), '/')) FROM resource"
        )
        named = {arm_id.subscription_of(prefix) for (prefix,) in rows}
        return sorted((named | set(self.collection().reached)) - {arm_id.ROOT})

    def under(self, parent_id: str, arm_type: str) -> Iterator[Resource]:
        """See `Store.under`."""
        if not self._has_any_under(parent_id, arm_type):
            return iter(())
        return self._cached_list("WHERE parent = ? AND type = ? ORDER BY id", parent_id, arm_type)

    def inside(self, scope_id: str, arm_type: str) -> Iterator[Resource]:
        """See `Store.inside`."""
        where = f"type = ? AND {is_under('id')}"
        query = f"SELECT id FROM resource WHERE {where} ORDER BY id"  # noqa: S608 - a text of this module
        return self._resources_named(self._rows(query, arm_type, scope_id, scope_id))

    def naming(self, target_id: str, relation: str) -> Iterator[Resource]:
        """See `Store.naming`."""
        query = "SELECT source FROM link WHERE target = ? AND relation = ? ORDER BY source"
        return self._resources_named(self._rows(query, target_id, relation))

    def sight(self, scope_id: str, part: str) -> Gap | bool:
        """See `Store.sight`."""
        seen = self._sights.get(scope_id)
        if seen is None:
            seen = self._parts_seen(scope_id)
        return self._gaps.get((scope_id, part)) or part in seen

    def gaps(self) -> Iterator[Gap]:
        """See `Store.gaps`."""
        return iter(self._all_gaps)

    @cached_property
    def _all_gaps(self) -> Sequence[Gap]:
        """The gaps that `gaps` yields; finding them requires a pass over all resources."""
        rows = self._rows("SELECT gaps FROM resource WHERE gaps IS NOT NULL")
        with _damage_reported():
            inside = [gap for (packed,) in rows for _, gap in unpack_gaps(packed)]
        return sorted((*self._gaps.values(), *inside), key=lambda gap: (gap.scope_id, gap.part))

    def concerns(self, scope_id: str) -> bool:
        """See `Store.concerns`."""
        return self._extent.concerns(scope_id)

    def counts(self) -> Mapping[str, int]:
        """See `Store.counts`."""
        found = Counter(
            dict(self._rows("SELECT type, count(*) FROM resource GROUP BY type ORDER BY type"))
        )
        found.subtract(map(arm_id.type_of, self._assumed))
        return {arm_type: count for arm_type, count in found.items() if count}

    def collection(self) -> Collection:
        """See `Store.collection`."""
        return self._collection

    @cached_property
    def _collection(self) -> Collection:
        """The value of `collection`; ages are counted up to its end."""
        calls = dict(
            self._rows("SELECT status, count(*) FROM call GROUP BY status ORDER BY status")
        )
        with _damage_reported():
            about = dict(self._rows("SELECT key, value FROM about"))
            return unpack(about["collection"], calls)

    @cached_property
    def _assumed(self) -> frozenset[str]:
        """Ids of what was neither read nor declared."""
        return frozenset(self._collection.assumed)

    def _parts_seen(self, scope_id: str) -> frozenset[str]:
        """Return the parts of a scope that were read completely; every evaluation needs some.

        There are as many scopes as resources with attachments, but few distinct sets of parts, each
        stored once.
        """
        rows = self._rows("SELECT part FROM seen WHERE scope = ?", scope_id)
        seen = frozenset(part for (part,) in rows)
        return keep(
            self._sights, scope_id, self._distinct_sights.setdefault(seen, seen), _MAX_SIGHTS
        )

    def _has_any_under(self, parent_id: str, arm_type: str) -> bool:
        """Tell whether resources of a type are attached to a resource; if in doubt, they are.

        Most resources have no lock, budget or role assignment of their own: this answers that
        without a query, at the cost of one number for each that has.
        """
        return hash((parent_id, arm_type)) in self._attachments

    @cached_property
    def _attachments(self) -> frozenset[int]:
        """A number for each pair of a resource and a type attached to it."""
        return frozenset(map(hash, self._rows("SELECT DISTINCT parent, type FROM resource")))

    def _cached_list(self, where: str, first: str, second: str) -> Iterator[Resource]:
        """Return the resources of a query that the next rule repeats."""
        key = (where, first, second)
        found = self._lists.get(key)
        if found is None:
            found = keep(self._lists, key, tuple(self._resources(*key)), _MAX_LISTS)
        return iter(found)

    def _rows(self, query: str, *values: str | int) -> Iterator[Any]:
        """Yield the rows of a query, each a tuple of its columns."""
        try:
            # Not `yield from`, which would close the cursor of a query that is not read to its end,
            # possibly after the file was closed.
            for row in self._db.execute(query, values):  # noqa: UP028 - see above
                yield row
        except _DAMAGE as error:
            raise _damaged(error) from error

    def _resources(self, where: str, *values: str) -> Iterator[Resource]:
        """Yield the resources of a query."""
        columns = "id, type, name, body, api_version, gaps, place, call"
        query = f"SELECT {columns} FROM resource {where}"  # noqa: S608 - only texts of this module
        for row in self._rows(query, *values):
            known = self._decoded.get(row[0])
            yield known or keep(self._decoded, row[0], self._decode(row), _MAX_KEPT)

    def _decode(self, row: tuple[str, str, str, str, str, str | None, str | None, int]) -> Resource:
        """Return the resource of a row.

        The parts that findings keep are the same objects each time it is read.
        """
        resource_id, stored_type, name, body, version, gaps, place, call = row
        try:
            resource_id = intern(resource_id)
            arm_type = arm_id.type_of(resource_id)
            if arm_type != stored_type:
                raise ValueError(f"{resource_id} is not a {stored_type}")
            origin = self._origin(call, version)
            packed = unpack_gaps(gaps) if gaps else ()
            declared, lines = _declared_at(place)
            read = document_in(body)
            return Resource(resource_id, arm_type, name, read, origin, packed, declared, lines)
        except _DAMAGE as error:
            raise _damaged(error) from error

    def _origin(self, call: int, version: str) -> Origin:
        """Return a document's origin, shared by all that one call returned in one version."""
        origin = self._origins.get((call, version))
        if origin is None:
            query = "SELECT method, path, at FROM call WHERE id = ?"
            ((method, path, at),) = self._rows(query, call)
            read = Origin(f"{method} {path}", version, datetime.fromisoformat(at))
            origin = keep(self._origins, (call, version), read, _MAX_KEPT)
        return origin

    def _is_judged(self, resource_id: str) -> bool:
        """Tell whether a resource is in scope, itself or through what it lies under."""
        return resource_id not in self._assumed and self._extent.holds(resource_id)


def _declared_at(packed: str | None) -> tuple[Place | None, Lines | None]:
    """Return where a resource is declared, and the lines of its properties there."""
    if packed is None:
        return None, None
    match = _PLACED.fullmatch(packed)
    if match is None:
        raise ValueError("the place where a resource is declared is malformed")
    path, *rest = value_in(f"[{match[1]}]")
    return Place(intern(path), *rest), _lines_in(match[2])


@lru_cache(maxsize=256)  # resources of a kind mostly look alike
def _lines_in(text: str) -> Lines | None:
    """Return the lines of declared properties, one object for all resources with the same lines."""
    lines: Lines | None = value_in(text)
    return lines


def is_snapshot(path: Path) -> bool:
    """Tell from its first bytes whether a file is a SQLite database."""
    with path.open("rb") as file:
        return file.read(len(_MAGIC)) == _MAGIC


def is_cut(path: Path) -> bool:
    """Tell whether a file is a snapshot whose collection was cut off by its deadline.

    Raises:
        sqlite3.Error: It cannot be read.
    """
    if not is_snapshot(path):
        return False
    with closing(connect(f"{path.absolute().as_uri()}?mode=ro")) as db:
        return has_cuts(db)


def open_snapshot(path: Path, narrowed_to: Scope) -> Estate:
    """Return the estate of a snapshot file, in which only what is in scope is judged.

    Raises:
        AmlauditError: It is damaged, not a snapshot, or of a version that this one cannot read.
    """
    with _damage_reported(path):
        db = connect(f"{path.absolute().as_uri()}?mode=ro")
        try:
            return Estate(_checked(path, db, narrowed_to))
        except BaseException:
            db.close()
            raise


@contextmanager
def _damage_reported(path: Path | None = None) -> Iterator[None]:
    """Turn any exception that a damaged file raises in its reader into one error that says so."""
    try:
        yield
    except _DAMAGE as error:
        raise _damaged(error, path) from error


def _damaged(error: Exception, path: Path | None = None) -> AmlauditError:
    """Return the error for an exception that a damaged file raised."""
    return _cannot_read(path, f"it is damaged: {error}")


def _checked(path: Path, db: sqlite3.Connection, narrowed_to: Scope) -> SnapshotStore:
    """Return the store of an open file, if it is a complete snapshot of this version."""
    distrust(db)
    (application,) = db.execute("PRAGMA application_id").fetchone()
    (version,) = db.execute("PRAGMA user_version").fetchone()
    if application != APPLICATION_ID:
        raise _cannot_read(path, "it is a SQLite database, but not an amlaudit snapshot")
    if version != SCHEMA_VERSION:
        raise _cannot_read(path, f"it has schema {version}, this version reads {SCHEMA_VERSION}")
    if foreign := foreign_parts(db, SCHEMA):
        raise _cannot_read(
            path, f"it contains objects that no snapshot has: {', '.join(foreign[:3])}"
        )
    if db.execute("PRAGMA integrity_check(1)").fetchone() != ("ok",):  # compares indexes, too
        raise _cannot_read(path, "it is damaged")
    if wrong := misfits(db):
        raise _cannot_read(path, f"it is damaged: {', '.join(wrong)}")
    db.execute("SELECT 1 FROM call, gap, link, resource, seen LIMIT 0")  # do all tables exist?
    if db.execute("SELECT 1 FROM about").fetchone() is None:
        raise _cannot_read(path, "its collection was interrupted before it started")
    return SnapshotStore(db, narrowed_to)


def connect(name: str) -> sqlite3.Connection:
    """Return a connection that threads may share, in write-ahead mode where the file allows it."""
    db = sqlite3.connect(name, uri=name.startswith("file:"), check_same_thread=False)
    with suppress(sqlite3.OperationalError):  # a read-only file keeps its mode
        db.execute("PRAGMA journal_mode = WAL")
    db.execute("PRAGMA synchronous = NORMAL")
    return db


def _gap(row: tuple[str, str, str, str, str]) -> Gap:
    """Return the gap of a row."""
    scope_id, part, reason, detail, permission = row
    return Gap(scope_id, part, Reason(reason), detail, permission)


def _cannot_read(path: Path | None, cause: str) -> AmlauditError:
    """Return the error for a snapshot that cannot be read."""
    return AmlauditError(
        "E302",
        f"Cannot read snapshot {path or ''}".rstrip(),
        cause=cause,
        advice="collect it again",
        exit_code=Exit.INPUT_OUTPUT,
    )
