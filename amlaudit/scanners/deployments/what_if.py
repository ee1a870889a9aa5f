"""Results of the what-if operation: what each resource will be after a deployment.

In the form of the REST API (`properties.changes`), of the Azure CLI (`changes`) and of PowerShell
(`Changes`); for a deployment stack, `properties.changes.resourceChanges`.
https://learn.microsoft.com/rest/api/resources/deployments/what-if
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

from msgspec.structs import replace

from amlaudit.core.arm_id import ROOT, normalise, type_of
from amlaudit.core.gap import Gap, Reason
from amlaudit.core.patterns import late_pattern
from amlaudit.core.relations import PRIVATE_ENDPOINT
from amlaudit.scanners.deployments.creators import creators_in, requested_in
from amlaudit.scanners.deployments.declaration import Unresolved, declared
from amlaudit.scanners.deployments.diagnostics import Hidden, hidden_by, vouched_for
from amlaudit.scanners.deployments.entry import Entry, put_together
from amlaudit.scanners.deployments.links import complete
from amlaudit.scanners.deployments.powershell import CUT, is_cut, translated
from amlaudit.scanners.deployments.predicted_expressions import PredictedExpressions, read_with
from amlaudit.scanners.files.found import ANYTHING, Found
from amlaudit.scanners.files.input import Input
from amlaudit.scanners.files.json_values import object_of, objects_of

_UNTOUCHED: Final = ("Ignore", "NoEffect")
"""Existing resources that the deployment leaves unchanged; often only listed."""

_OF_STACKS: Final[Mapping[str, str]] = {
    "create": "Create", "delete": "Delete", "detach": "Ignore", "modify": "Modify",
    "nochange": "NoChange", "unsupported": "Unsupported",
}  # fmt: skip
"""Change types of a deployment stack, and the equivalent ones of a deployment.

https://github.com/Azure/azure-rest-api-specs/blob/main/specification/resources/resource-manager/Microsoft.Resources/deploymentStacks/stable/2025-07-01/deploymentStacks.json
"""
_UNCERTAIN: Final = "whether it changes is decided only at deployment"
_AS_IT_IS: Final = frozenset({*_UNTOUCHED, "NoChange"})
_MASK: Final = late_pattern(r"\*{3,}")
"""Shown by the operation for a secret, and for what it mistakes for one."""


def recognise(value: object) -> bool:
    """Tell whether a file is a result of the what-if operation."""
    return _changes_of(value) is not None


def contents(file: Input) -> Iterator[Found]:
    """Yield the future resources, and a gap for each that is not predicted."""
    answer = object_of(translated(file.value))
    if answer.get("error") or str(answer.get("status") or "Succeeded") != "Succeeded":
        detail = f"{file.name} is the result of a what-if that failed"
        yield Found(gap=Gap(ROOT, f"content of {file.name}", Reason.API_ERROR, detail))
    hidden = Hidden()
    yield from hidden.add_anything(hidden_by(_field(answer, "diagnostics"), file.name))
    changes = [*(_changes_of(file.value) or ()), *_potential(answer)]
    expressions = _expressions(changes, file)
    changed: dict[str, Entry] = {}
    unchanged: dict[str, Entry] = {}
    for change in changes:
        if change.get("extension"):
            yield _of_extension(change, file)
            continue
        each = _change(change, file, expressions)
        if isinstance(each, Entry):
            entries = unchanged if str(change["changeType"]) in _UNTOUCHED else changed
            put_together(entries, normalise(each.id), each)
            continue
        if each.document is None and each.gap:
            hidden.add(each.gap.part)
        yield each
    yield from hidden.add_anything(creators_in(changed))
    yield from requested_in(changed)
    everything = unchanged | changed
    complete(everything, may_lack_endpoints=hidden.hides(PRIVATE_ENDPOINT))
    for key, entry in everything.items():
        version, is_changed = str(entry.body.get("apiVersion") or ""), key in changed
        found = declared(entry.body, api_version=version, is_new=entry.is_new)
        seen = vouched_for(found.seen, hidden)
        yield replace(found, whole=is_changed, left_alone=not is_changed, seen=seen)


def _expressions(changes: Sequence[Mapping[str, Any]], file: Input) -> PredictedExpressions:
    """Return the context for expressions in changes, which may refer to any resource in them."""
    expressions = PredictedExpressions(file.home)
    for change in changes:
        expressions.add(str(change.get("resourceId") or ""), _shown_in(change))
    return expressions


def _shown_in(change: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return the resource that a change shows: as it will be, else as it is."""
    return object_of(change.get("after")) or object_of(change.get("before"))


def _field(answer: Mapping[str, Any], key: str) -> object:
    """Return a field that accompanies the changes of a result, in any of its shapes."""
    return answer.get(key) or object_of(answer.get("properties")).get(key)


def _potential(answer: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    """Yield the potential changes of a result, as changes that it does not predict."""
    for each in objects_of(_field(answer, "potentialChanges")):
        if str(each.get("changeType")) not in _AS_IT_IS:
            yield {**each, "changeType": "Unsupported", "unsupportedReason": _UNCERTAIN}


def _changes_of(value: object) -> list[Mapping[str, Any]] | None:
    """Return the changes that a result lists, None if the value is not such a result."""
    match translated(value):
        case {"properties": {"changes": {"resourceChanges": list(changes)}}}:
            return [_of_stack(object_of(each)) for each in changes]
        case {"properties": {"changes": list(changes)}} | {"changes": list(changes)}:
            whole = all(isinstance(each, Mapping) and "changeType" in each for each in changes)
            return changes if whole else None
        case _:
            return None


def _of_stack(change: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return a change of a deployment stack in the form of a deployment's what-if."""
    fields = object_of(change.get("resourceConfigurationChanges"))
    kind = str(change.get("changeType"))
    is_certain = str(change.get("changeCertainty") or "definite").lower() == "definite"
    return {
        "resourceId": change.get("id"),
        "changeType": _OF_STACKS.get(kind.lower(), kind) if is_certain else "Unsupported",
        "unsupportedReason": change.get("unsupportedReason") or ("" if is_certain else _UNCERTAIN),
        "after": fields.get("after"),
        "before": fields.get("before"),
        "extension": change.get("extension"),
        "type": change.get("type"),
    }


def _change(
    change: Mapping[str, Any], file: Input, expressions: PredictedExpressions
) -> Entry | Found:
    """Return a resource's future document, or the gap in its place."""
    kind, resource_id = str(change["changeType"]), str(change.get("resourceId") or "")
    after = change.get("after")
    if kind == "Unsupported" or not (arm_type := type_of(normalise(resource_id))):
        return _not_predicted(change, file)
    if kind == "Delete":
        return Found(gone=normalise(resource_id))
    if kind in _UNTOUCHED:
        return _left_alone(_shown_in(change), resource_id, arm_type, file)
    if isinstance(after, Mapping):
        read = expressions.read
        body = {key: read_with(_unmasked(value), read) for key, value in after.items()}
        body["id"] = resource_id
        return Entry(resource_id, arm_type, body, resource_id, is_new=kind == "Create")
    # Requested with ResourceIdOnly.
    why = f": {CUT}" if is_cut(after) else ""
    detail = f"{file.name} shows that it changes ({kind}), but not how{why}"
    gap = Gap(normalise(resource_id), "properties", Reason.NOT_COLLECTED, detail)
    return Found({"id": resource_id}, gaps=((("properties",), gap),))


def _left_alone(
    listed: Mapping[str, Any], resource_id: str, arm_type: str, file: Input
) -> Entry | Found:
    """Return an existing, unchanged resource; mostly its properties are not shown."""
    body = {**object_of(_unmasked(listed)), "id": resource_id}
    if isinstance(listed.get("properties"), Mapping):
        return Entry(resource_id, arm_type, body, resource_id, is_new=False)
    detail = f"{file.name} lists it as unchanged, without its properties"
    gap = Gap(normalise(resource_id), "properties", Reason.NOT_COLLECTED, detail)
    version = str(listed.get("apiVersion") or "")
    gaps = ((("properties",), gap),)
    return Found(body, api_version=version, gaps=gaps, declared=True, left_alone=True)


def _of_extension(change: Mapping[str, Any], file: Input) -> Found:
    """Return the gap for something that is not an Azure resource, as of Kubernetes or Graph."""
    kind = str(change.get("type") or "resource")
    name = str(object_of(change.get("extension")).get("name") or change.get("extension"))
    detail = f"{kind} is a resource of the extension {name}, not of Azure"
    return Found(gap=Gap(ROOT, f"{kind} in {file.name}", Reason.UNSUPPORTED, detail))


def _not_predicted(change: Mapping[str, Any], file: Input) -> Found:
    """Return the gap of a resource whose change what-if could not predict."""
    resource_id = normalise(str(change.get("resourceId") or ""))
    arm_type = type_of(resource_id) or str(_shown_in(change).get("type") or "resource").lower()
    why = change.get("unsupportedReason") or "its id is unknown before deployment"
    detail = f"{file.name} does not predict a {arm_type}: {why}"
    scope = resource_id if type_of(resource_id) else ROOT
    gap = Gap(scope, arm_type, Reason.UNRESOLVED, detail)
    unseen = gap if "/" in arm_type else replace(gap, part=ANYTHING)
    # If it exists, all of it may change.
    return Found(gap=gap, gaps=(((), replace(gap, part="properties")),), unseen=unseen)


def _unmasked(value: object) -> object:
    """Return a value with `Unresolved` in place of masked or truncated parts."""
    if is_cut(value):
        return Unresolved(CUT, Reason.NOT_COLLECTED)
    if isinstance(value, str):
        return Unresolved("it is masked") if _MASK.fullmatch(value) else value
    if isinstance(value, Mapping):
        return {key: _unmasked(member) for key, member in value.items()}
    if isinstance(value, list):
        return [_unmasked(member) for member in value]
    return value
