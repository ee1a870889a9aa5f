"""Whole ARM documents: everything Azure shows of a resource besides what a case is about."""

from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path
from string import Template
from typing import Any, Final

import yaml

from amlaudit.core import arm_id
from amlaudit.core.path import parse_path

_FILE: Final = Path(__file__).with_name("data") / "documents.yaml"

Body = dict[str, Any]
"""An ARM document while it is being written."""


def make_whole(body: Body, arm_type: str) -> None:
    """Complete a document with all that Azure shows for its kind; existing values are kept.

    Args:
        body: The document, with its id.
        arm_type: Its ARM type, lower case.

    Raises:
        KeyError: No whole document of the kind is available.
    """
    spelled, told_by, documents = _whole_documents()[arm_type]
    by_kind = {_value_at(each, told_by): each for each in documents}
    document = by_kind[_value_at(body, told_by)] if _value_at(body, told_by) else documents[0]
    own_id = str(body["id"])
    name, scope = body.get("name", arm_id.name_of(own_id)), own_id.rpartition("/providers/")[0]
    own = {"id": own_id, "name": name, "scope": scope}
    _fill(body, {"name": name, "type": spelled, **document}, own)


@cache
def _whole_documents() -> Mapping[str, tuple[str, str, Sequence[Body]]]:
    """Return, by ARM type, its spelling, what distinguishes its kinds, and a document of each."""
    held = yaml.safe_load(_FILE.read_text("utf-8"))
    return {
        arm_type.lower(): (arm_type, held["told_by"].get(arm_type, ""), documents)
        for arm_type, documents in held["documents"].items()
    }


def _value_at(body: Body, path: str) -> str:
    """Return the text at a path, lower case; empty if there is none."""
    value: Any = body
    for step in parse_path(path) if path else ():
        value = value.get(step) if isinstance(value, dict) else None
    return value.lower() if isinstance(value, str) else ""


def _fill(body: Body, document: Mapping[str, Any], own: Mapping[str, str]) -> None:
    """Copy into a document what it lacks of another one; lists are left as they are."""
    for key, value in document.items():
        if key not in body:
            body[key] = _copy(value, own)
        elif isinstance(value, dict) and isinstance(body[key], dict):
            _fill(body[key], value, own)


def _copy(value: object, own: Mapping[str, str]) -> object:
    """Return a copy of a value, with placeholders replaced by the resource's own values."""
    if isinstance(value, dict):
        return {key: _copy(each, own) for key, each in value.items()}
    if isinstance(value, list):
        return [_copy(each, own) for each in value]
    return Template(value).safe_substitute(own) if isinstance(value, str) else value
