"""What only a preview of an API shows, as documents beside those of the stable version.

All rules judge by the stable version, whose documents nothing may take the place of: a preview may
change any day. Who needs what it alone shows follows a relation to it.
"""

from collections.abc import Callable, Iterable, Mapping
from functools import partial
from typing import Any

from amlaudit.core import arm_id
from amlaudit.core.path import ABSENT, Misfit, Steps, parse_path, read, tree_of
from amlaudit.core.resource import Document


def preview(api_version: str, *paths: str) -> Callable[[Mapping[str, Any]], Document]:
    """Return what makes a document of some properties of a row, and of nothing else in it.

    Args:
        api_version: The preview that the row is of; it names the document.
        paths: The properties that only the preview shows, and what tells what they are of.
    """
    return partial(_document, api_version=api_version, paths=tuple(map(parse_path, paths)))


def _document(row: Mapping[str, Any], api_version: str, paths: Iterable[Steps]) -> Document:
    """Return the document of a row; of one without an id nothing, of an odd one all properties.

    One that is listed without properties has none here either, and so a gap.
    """
    if not isinstance(row.get("id"), str) or not arm_id.type_of(arm_id.normalise(row["id"])):
        return {}
    identified = {
        "id": f"{row['id']}/previews/{api_version}",
        "name": api_version,
        "type": f"{row.get('type')}/previews",
    }
    if row.get("properties") is None:  # listed without them, which says nothing of what is there
        return identified
    shown = {path: value for path in paths if (value := read(row, path)) is not ABSENT}
    if any(isinstance(value, Misfit) for value in shown.values()):
        return {"properties": row.get("properties"), **identified}
    return {"properties": {}, **tree_of(shown), **identified}
