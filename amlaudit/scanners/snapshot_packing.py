"""Serialisation of the parts of a snapshot that have no columns of their own."""

import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final

from msgspec import convert
from msgspec.json import Decoder
from msgspec.structs import asdict

from amlaudit.core.collection import Collection
from amlaudit.core.resource import Gaps
from amlaudit.core.scope import Scope
from amlaudit.scanners.snapshot_schema import text_of

_decode_gaps: Final = Decoder(Gaps).decode


def pack(collection: Collection) -> str:
    """Return a collection as JSON text, without its calls, which have a table of their own."""
    fields = asdict(collection) | {"calls": {}, "scope": asdict(collection.scope)}
    return json.dumps(fields, default=datetime.isoformat, sort_keys=True)


def unpack(text: str, calls: Mapping[str, int]) -> Collection:
    """Return the collection that `pack` wrote."""
    fields: dict[str, Any] = json.loads(text)
    asked = fields.pop("scope")
    tenant = asked.pop("tenant", "")
    scope = Scope(**{key: tuple(value) for key, value in asked.items()}, tenant=tenant)
    started, ended = (fields.pop(key) for key in ("started_at", "ended_at"))
    return Collection(
        scope=scope,
        sources=tuple(fields["sources"]),
        principal=fields["principal"],
        tenant=fields["tenant"],
        started_at=datetime.fromisoformat(started) if started else None,
        ended_at=datetime.fromisoformat(ended) if ended else None,
        reached=tuple(fields["reached"]),
        calls=calls,
        is_deployment=bool(fields.get("is_deployment")),
        assumed=tuple(fields.get("assumed", ())),
    )


def pack_gaps(gaps: Gaps) -> str | None:
    """Return the gaps inside a document as JSON text, None for none."""
    return text_of(gaps) if gaps else None


def unpack_gaps(text: str) -> Gaps:
    """Return the gaps that `pack_gaps` wrote.

    Raises:
        ValueError: It contains no gaps.
    """
    try:
        return _decode_gaps(text)
    except ValueError:  # also for half of a surrogate pair in a property name
        return convert(json.loads(text), Gaps)
