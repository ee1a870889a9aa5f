"""What only a preview API shows, as documents separate from those of the stable version.

All rules judge by the stable version, whose documents must not be replaced: a preview may change
any day. Rules that need what it alone shows follow a relation to its document.
"""

from collections.abc import Callable, Iterable, Mapping
from functools import partial
from typing import Any

from amlaudit.core import arm_id
from amlaudit.core.path import ABSENT, Misfit, Steps, parse_path, read, tree_of
from amlaudit.core.resource import Document


def preview(api_version: str, *paths: str) -> Callable[[Mapping[str, Any]], Document]:
    """Return a function that makes a document of some properties of a row, and nothing else in it.

    Args:
        api_version: The preview version of the row, after which the document is named.
        paths: The properties that only the preview shows, and those that identify what they belong
            to.
    """
    return partial(_document, api_version=api_version, paths=tuple(map(parse_path, paths)))


def _document(row: Mapping[str, Any], api_version: str, paths: Iterable[Steps]) -> Document:
    """Return a row's document; an empty one without an id, all properties of a malformed one.

    A row listed without properties has none here either, and so a gap.
    """
    if not isinstance(row.get("id"), str) or not arm_id.type_of(arm_id.normalise(row["id"])):
        return {}
    identified = {
        "id": f"{row['id']}/previews/{api_version}",
        "name": api_version,
        "type": f"{row.get('type')}/previews",
    }
    if row.get("properties") is None:  # listed without them, which says nothing about their absence
        return identified
    shown = {path: value for path in paths if (value := read(row, path)) is not ABSENT}
    if any(isinstance(value, Misfit) for value in shown.values()):
        return {"properties": row.get("properties"), **identified}
    return {"properties": {}, **tree_of(shown), **identified}
