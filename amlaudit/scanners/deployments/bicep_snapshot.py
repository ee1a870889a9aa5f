"""Snapshots of the Bicep CLI: the predicted resources of a parameters file.

https://learn.microsoft.com/azure/azure-resource-manager/bicep/bicep-cli#snapshot
"""

from collections.abc import Iterator, Mapping
from typing import Any

from msgspec.structs import replace

from amlaudit.core.arm_id import ROOT, normalise, type_of
from amlaudit.core.gap import Gap, Reason
from amlaudit.core.place import Place
from amlaudit.core.relations import PRIVATE_ENDPOINT
from amlaudit.core.resource import AS_DECLARED
from amlaudit.scanners.deployments.creators import creators_in, requested_in
from amlaudit.scanners.deployments.declaration import declared
from amlaudit.scanners.deployments.diagnostics import Hidden, hidden_by, vouched_for
from amlaudit.scanners.deployments.entry import Entry, put_together
from amlaudit.scanners.deployments.links import complete
from amlaudit.scanners.deployments.predicted_expressions import PredictedExpressions, read_with
from amlaudit.scanners.files.found import Found
from amlaudit.scanners.files.input import Input
from amlaudit.scanners.files.json_values import object_of


def recognise(value: object) -> bool:
    """Tell whether a file is a snapshot of Bicep."""
    return isinstance(value, Mapping) and isinstance(value.get("predictedResources"), list)


def contents(file: Input) -> Iterator[Found]:
    """Yield the predicted resources, and a gap for each that is not an Azure resource."""
    predicted = list(_predicted(object_of(file.value).get("predictedResources")))
    hidden = Hidden()
    diagnostics = object_of(file.value).get("diagnostics")
    yield from hidden.add_anything(hidden_by(diagnostics, file.name))
    pointers: dict[str, str] = {}
    entries: dict[str, Entry] = {}
    expressions = PredictedExpressions(file.home)
    ids = {pointer: expressions.id_of(each.get("id")) for pointer, each in predicted}
    for pointer, each in predicted:
        expressions.add(ids[pointer], each)
    for pointer, each in predicted:
        key = normalise(ids[pointer])
        if type_of(key):
            body = {name: read_with(member, expressions.read) for name, member in each.items()}
            body["id"] = ids[pointer]
            address = str(file.place(pointer))
            entry = Entry(ids[pointer], type_of(key), body, address, is_new=True)
            put_together(entries, key, entry)
            pointers[key] = pointer
        else:
            yield _no_resource(each, file.place(pointer), file)
    yield from hidden.add_anything(creators_in(entries))
    yield from requested_in(entries)
    complete(entries, may_lack_endpoints=hidden.hides(PRIVATE_ENDPOINT))
    for key, entry in entries.items():
        written = file.written(pointers[key])
        found = declared(entry.body, api_version=AS_DECLARED, written=written, is_new=True)
        yield replace(found, seen=vouched_for(found.seen, hidden))


def _predicted(resources: object) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """Yield the (JSON pointer, resource) pairs predicted."""
    for index, each in enumerate(resources if isinstance(resources, list) else ()):
        if object_of(each):
            yield f"/predictedResources/{index}", each


def _no_resource(each: Mapping[str, Any], place: Place, file: Input) -> Found:
    """Return the gap for something predicted that has no ARM id."""
    kind = str(each.get("type") or "resource")
    detail = f"{place}: {kind} has no Azure Resource Manager id"
    return Found(gap=Gap(ROOT, f"{kind} in {file.name}", Reason.UNSUPPORTED, detail))
