"""The shapes of ARM documents in files, recognised by content."""

import json
from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final
from urllib.parse import urlsplit

from msgspec.structs import replace

from amlaudit.core import arm_id
from amlaudit.core.gap import Gap, Reason
from amlaudit.core.relations import (
    DENY_ASSIGNMENT,
    JOB,
    KEY,
    LOG_TABLE,
    METRIC,
    ROLE_ELIGIBILITY,
    ROLE_SCHEDULE,
    SECRET,
)
from amlaudit.core.resource import Document
from amlaudit.scanners.api_versions import version_of
from amlaudit.scanners.areas import all_scanners
from amlaudit.scanners.areas.endpoints import document_of_metric
from amlaudit.scanners.areas.policy import document_of_state
from amlaudit.scanners.documents import WITHOUT_PROPERTIES
from amlaudit.scanners.faults import error_of_answer, error_of_body
from amlaudit.scanners.files.cli_rows import ENVELOPE, is_flat, is_of_extension, unflattened
from amlaudit.scanners.files.found import Found
from amlaudit.scanners.files.json_values import object_in
from amlaudit.scanners.files.powershell_rows import as_azure_shows
from amlaudit.scanners.scanner import type_read_by

_COLLECTED: Final = frozenset(
    arm_type.lower()
    for scanner in all_scanners()
    for arm_type in (
        *(read.yields for read in scanner.reads),
        *(type_read_by(action) for query in scanner.queries for action in query.actions),
    )
)
"""Types that a collection holds."""

_OF_DOCUMENTS: Final = "GET"
"""Requests whose API version is that of the documents in the answer; that of queries is not."""

_NOT_OF_STATES: Final = frozenset({"componentId", "principalOid"})
"""Keys of what is similar to a policy state: the state of a part of a resource, and an event."""

_OBJECTS: Final = ("identity", "properties", "sku", "systemData", "tags")
"""Keys of a resource whose value is an object."""

_AS_COLLECTED: Final[Mapping[str, Callable[[Mapping[str, Any]], Document]]] = {
    read.yields: read.document
    for scanner in all_scanners()
    for read in scanner.reads
    if read.yields
    in (DENY_ASSIGNMENT, JOB, KEY, LOG_TABLE, ROLE_ELIGIBILITY, ROLE_SCHEDULE, SECRET)
}
"""How a collection stores rows of some types: without what must not be kept, under their own
scope."""


def contents(value: Any, name: str) -> Iterator[Found]:  # noqa: ANN401 - any JSON value
    """Yield the content of a JSON file.

    Args:
        value: The file's JSON value.
        name: The file's name, for the gap of a part that is not understood.
    """
    match value:
        case {"method": str(method), "url": str(url), "status": int(status), "body": body}:
            version = version_of(url) if method.upper() == _OF_DOCUMENTS else ""
            for found in _recorded(url, status, body, name):
                yield replace(found, api_version=found.api_version or version)
        case {"data": {"columns": list(columns), "rows": list(rows)}}:
            names = [str(column.get("name")) for column in columns if isinstance(column, dict)]
            named = (
                dict(zip(names, row, strict=False)) if isinstance(row, list) else row
                for row in rows
            )
            yield from _of_graph(value, list(named), name)
        case {"data": list(rows)} if not isinstance(value.get("id"), str):
            yield from _of_graph(value, rows, name)
        case {"value": list(rows)} if not isinstance(value.get("id"), str):
            yield from _rows(rows, name)
            if value.get("nextLink") or value.get("@odata.nextLink"):
                yield _not_read(name, f"{name} is one of several pages; the next one is missing")
        case list():  # a list of rows, or of whole answers
            for each in value:
                yield from contents(each, name)
        case {"error": {"code": str()}} if not isinstance(value.get("id"), str):
            yield _refused(value, name)
        case _:
            yield from _rows([value], name)


def _of_graph(answer: Mapping[str, Any], rows: list[Any], name: str) -> Iterator[Found]:
    """Yield the content of a graph answer, and that it is incomplete if it is."""
    yield from _rows(rows, name)
    if _is_cut(answer, rows):
        total = _total_of(answer)
        of_all = "" if total is None else f" of {total}"
        yield _not_read(name, f"{name} contains only {len(rows)}{of_all} rows")


def _is_cut(answer: Mapping[str, Any], rows: list[Any]) -> bool:
    """Tell whether a graph answer holds fewer rows than it says there are."""
    total = _total_of(answer)
    goes_on = any(answer.get(key) for key in ("$skipToken", "skipToken", "skip_token"))
    truncated = str(answer.get("resultTruncated")).lower() == "true"
    return goes_on or truncated or (total is not None and total > len(rows))


def _total_of(answer: Mapping[str, Any]) -> int | None:
    """Return the number of rows that a graph answer states, in the service's or the CLI's form.

    https://learn.microsoft.com/azure/governance/resource-graph/concepts/work-with-data
    """
    total = answer.get("totalRecords", answer.get("total_records"))
    return total if isinstance(total, int) else None


def _recorded(url: str, status: int, body: object, name: str) -> Iterator[Found]:
    """Yield what a recorded answer with its status stands for."""
    value = body
    if isinstance(body, str):
        try:
            value = json.loads(body)
        except (ValueError, RecursionError):
            value = None
    if status < 400:  # noqa: PLR2004
        yield from contents(value, name)
        return
    scope_id, part = _place_of(urlsplit(url).path)
    yield Found(gap=error_of_answer(status, value).gap(scope_id, part))


def _refused(body: Mapping[str, Any], name: str) -> Found:
    """Return the gap for an Azure error in a file, located if it says what it is about."""
    error, scope = error_of_body(body, name)
    if error.permission and scope:
        return Found(gap=error.gap(arm_id.normalise(scope), type_read_by(error.permission)))
    return Found(gap=error.gap(arm_id.ROOT, f"content of {name}"))


def _place_of(path: str) -> tuple[str, str]:
    """Return the (scope id, part) of a request."""
    tidy = arm_id.normalise(path)
    arm_type = arm_id.type_of(tidy)
    if arm_type and tidy.count("/") % 2 == 0:
        return tidy, arm_type
    collection = arm_id.type_of(f"{tidy}/all")
    return arm_id.parent_of(f"{tidy}/all"), collection or tidy


def _rows(rows: list[Any], name: str) -> Iterator[Found]:
    """Yield the content of a list's rows."""
    for row in rows:
        if isinstance(row, Mapping):
            yield from (_row(each, name) for each in as_azure_shows(_with_objects(row)))
        else:
            yield _not_understood(name)


def _with_objects(row: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return a row in which no object is a text, as in exports that were tables in between."""
    objects = ((key, object_in(row.get(key))) for key in _OBJECTS)
    found = {key: value for key, value in objects if value is not None}
    return {**row, **found} if found else row


def _row(row: Mapping[str, Any], name: str) -> Found:
    """Return the content of one row."""
    resource_id = row.get("id")
    if isinstance(resource_id, str) and (arm_type := arm_id.type_of(arm_id.normalise(resource_id))):
        row_type = str(row.get("type")).lower()
        if row_type.startswith(f"{arm_type}/"):
            return _not_understood(name)  # a part of a resource, such as the status of an alert
        if row_type != arm_type and row_type in _COLLECTED:
            return _not_understood(name)  # its id belongs to something else
        return _document(row, arm_type, name)
    is_of_policy = isinstance(row.get("resourceId"), str) and "policyAssignmentId" in row
    if is_of_policy and _NOT_OF_STATES.isdisjoint(row):
        return Found(document_of_state(row))
    return _not_understood(name)


def _document(row: Mapping[str, Any], arm_type: str, name: str) -> Found:
    """Return an ARM document in the form that Azure Resource Manager returns."""
    if (as_collected := _AS_COLLECTED.get(arm_type)) and "properties" in row:
        row = as_collected(row)
    elif arm_type == METRIC:
        return Found(document_of_metric(row))
    version = str(row.get("apiVersion") or "")
    if is_of_extension(row, arm_type):
        return Found({"id": row["id"]}, gaps=(((), _other_form(row, name)),))
    is_whole = isinstance(row.get("properties"), Mapping) or arm_type in WITHOUT_PROPERTIES
    if is_whole or not set(row) - ENVELOPE:
        return Found(row, api_version=version)
    if is_flat(row, arm_type):
        return Found(unflattened(row, arm_type))
    kept = {key: value for key, value in row.items() if key in ENVELOPE}
    return Found(kept, api_version=version, gaps=((("properties",), _other_form(row, name)),))


def _other_form(row: Mapping[str, Any], name: str) -> Gap:
    """Return the gap for a resource not in the form of Azure Resource Manager."""
    resource_id = arm_id.normalise(row["id"])
    detail = (
        f"{name} shows the resource in a different form than Azure Resource Manager; "
        f"export it with `az resource show --ids {resource_id}`"
    )
    return Gap(resource_id, "properties", Reason.UNSUPPORTED, detail)


def _not_read(name: str, detail: str) -> Found:
    """Return the gap for whatever is outside a file that holds only a part."""
    return Found(gap=Gap(arm_id.ROOT, f"rest of {name}", Reason.NOT_COLLECTED, detail))


def _not_understood(name: str) -> Found:
    """Return the gap for something in a file that is not an ARM document."""
    detail = f"{name} contains something that is not an Azure Resource Manager resource"
    return Found(gap=Gap(arm_id.ROOT, f"content of {name}", Reason.UNSUPPORTED, detail))
