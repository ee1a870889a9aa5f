"""Snapshots of the Bicep CLI: the predicted resources of a parameters file.

https://learn.microsoft.com/azure/azure-resource-manager/bicep/bicep-cli#snapshot
"""

from collections.abc import Iterator, Mapping
from functools import partial
from typing import Any, Final

from msgspec.structs import replace

from amlaudit.core.arm_id import ROOT, normalise, resource_group_of, type_of
from amlaudit.core.gap import Gap, Reason, identity_of
from amlaudit.core.place import Place
from amlaudit.core.relations import PRIVATE_ENDPOINT
from amlaudit.core.resource import AS_DECLARED
from amlaudit.scanners.deployments.creators import creators_in, requested_in
from amlaudit.scanners.deployments.declaration import Unresolved, declared
from amlaudit.scanners.deployments.diagnostics import Hidden, hidden_by, vouched_for
from amlaudit.scanners.deployments.entry import Entry, put_together
from amlaudit.scanners.deployments.links import complete
from amlaudit.scanners.deployments.predicted_expressions import PredictedExpressions, read_with
from amlaudit.scanners.files.found import Found
from amlaudit.scanners.files.input import Input
from amlaudit.scanners.files.json_values import object_of

_LOCATION_OF_GROUP: Final = "[resourcegroup().location]"


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
    groups = {resource_group_of(normalise(each)) for each in ids.values()}
    read = partial(_read, expressions, groups.pop() if len(groups) == 1 else "")
    for pointer, each in predicted:
        key = normalise(ids[pointer])
        if type_of(key):
            body = {name: read_with(member, read) for name, member in each.items()}
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


def _read(expressions: PredictedExpressions, group_id: str, expression: str) -> object:
    """Return an expression's value; that of the only group's location, by its identity.

    Args:
        expressions: The context.
        group_id: Normalised id of the group of all resources; empty: they are in several.
        expression: The expression.
    """
    found = expressions.read(expression)
    is_location = expression.replace(" ", "").lower() == _LOCATION_OF_GROUP
    if isinstance(found, Unresolved) and is_location and group_id:
        return found._replace(stands_for=identity_of(group_id, "location"))
    return found


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
