"""Snapshots of the Bicep command line: the resources that a parameters file is predicted to give.

https://learn.microsoft.com/azure/azure-resource-manager/bicep/bicep-cli#snapshot
"""

from collections.abc import Iterator, Mapping
from typing import Any

from amlaudit.core.arm_id import ROOT, normalise, type_of
from amlaudit.core.gap import Gap, Reason
from amlaudit.core.resource import AS_DECLARED
from amlaudit.scanners.deployments.declaration import declared
from amlaudit.scanners.deployments.links import Entry, complete
from amlaudit.scanners.deployments.what_if import resolved
from amlaudit.scanners.files.input import Input
from amlaudit.scanners.files.json_text import object_of, objects_of
from amlaudit.scanners.files.shapes import Found


def recognise(value: object) -> bool:
    """Tell whether a file is a snapshot of Bicep."""
    return isinstance(value, Mapping) and isinstance(value.get("predictedResources"), list)


def contents(file: Input) -> Iterator[Found]:
    """Yield the predicted resources, and a gap for each that is none of Azure's."""
    predicted = object_of(file.located()).get("predictedResources")
    resources: dict[str, Mapping[str, Any]] = {}
    for each in objects_of(predicted):
        resource_id = normalise(str(each.get("id") or ""))
        if type_of(resource_id):
            resources[resource_id] = each
        else:
            yield _no_resource(each, file)
    entries = {
        key: Entry(
            str(each["id"]),
            type_of(key),
            {name: resolved(member) for name, member in each.items()} | {"id": each["id"]},
            str(file.place(each)),
            is_new=True,
        )
        for key, each in resources.items()
    }
    complete(entries)
    for key, entry in entries.items():
        place = file.place(resources[key])
        yield declared(entry.body, api_version=AS_DECLARED, place=place, is_new=True)


def _no_resource(each: Mapping[str, Any], file: Input) -> Found:
    """Return the gap of something that is predicted and has no ARM id."""
    kind = str(each.get("type") or "resource")
    detail = f"{file.place(each)}: {kind} has no id of Azure Resource Manager"
    return Found(gap=Gap(ROOT, f"{kind} in {file.name}", Reason.UNSUPPORTED, detail))
