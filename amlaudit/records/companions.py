"""Reads back companions as written by `amlaudit.reporters.fields`."""

from collections.abc import Mapping
from typing import Any, Final

from amlaudit.core.companions import Companion, Deed
from amlaudit.core.path import parse_path
from amlaudit.core.relations import RELATIONS
from amlaudit.records.members import line

_DEEPEST: Final = 64
_TEXTS: Final = ("type_name", "api_version", "name", "under", "via_version", "member")


def companion_of(fields: Mapping[str, Any]) -> Companion:
    """Return a companion: what must be different besides the resource itself.

    Raises:
        KeyError: It is something else; so are TypeError, ValueError and AttributeError.
    """
    deed, texts = Deed(fields["deed"]), {name: line(fields, name, "") for name in _TEXTS}
    body, joined = (dict(fields.get(name, {}).items()) for name in ("body", "joined"))
    if texts["name"].count("/") >= max(1, texts["type_name"].count("/")):
        raise ValueError(f"{texts['name']!r} has too many segments for a {texts['type_name']}")
    for path in (*(body if deed is Deed.SET else ()), *joined, *filter(None, [texts["member"]])):
        parse_path(path)
    _refuse_deep((body, joined))
    return Companion(
        deed=deed,
        **texts,
        via=tuple(each for each in fields.get("via", ()) if RELATIONS[each] is not None),
        body=body,
        joined=joined,
        along=tuple(companion_of(each) for each in fields.get("along", ())),
    )


def _refuse_deep(value: object, depth: int = 0) -> None:
    """Raise ValueError if a JSON value is nested more deeply than any document."""
    if depth > _DEEPEST:
        raise ValueError(f"it nests deeper than {_DEEPEST} levels")
    if isinstance(value, Mapping):
        value = list(value.values())
    if isinstance(value, list | tuple):
        for each in value:
            _refuse_deep(each, depth + 1)
