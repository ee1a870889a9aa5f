"""Reads companions from YAML: the changes a fix makes to other resources than the judged one."""

from collections.abc import Mapping
from functools import partial
from typing import Final

from msgspec.structs import replace

from amlaudit.core.companions import ITSELF, Companion, Deed, filled_in, texts_in
from amlaudit.core.conditions import ParameterValue
from amlaudit.core.relations import RELATIONS
from amlaudit.core.suggestions import did_you_mean
from amlaudit.rulebook.arm_properties import api_version_of
from amlaudit.rulebook.condition_reader import read_path
from amlaudit.strict_yaml import Keys, Node

_KEYS: Final = (
    "add", "set", "join", "remove", "of", "name", "under", "via", "body", "along", "api_version",
)  # fmt: skip
_OWN: Final = ("{parameters.", "{texts.")
_WHOLE: Final = "all of it"
"""What is removed if it is not a member of a list."""


def read_companions(node: Node, arm_type: str) -> tuple[Companion, ...]:
    """Return what else has to change along with a resource of a type, in written order."""
    return tuple(_read_companion(each, arm_type) for each in node.items())


def _read_companion(node: Node, arm_type: str) -> Companion:
    """Read one companion, which has `add`, `set` and `join`, or `remove`."""
    keys = node.mapping(_KEYS, "a companion")
    via = keys.read("via", _read_relations, ())
    reached = _type_reached(node, via, arm_type)
    along = keys.read("along", partial(read_companions, arm_type=arm_type), ())
    under = keys.read("under", Node.text, "")
    version = keys.read("api_version", Node.text, "")
    if "add" in keys:
        return Companion(
            deed=Deed.ADD,
            type_name=keys["add"].text(),
            api_version=version,
            name=_text(node, keys, "name"),
            under=under or "{id}",
            via=via,
            body=_object(keys, "body"),
            along=along,
        )
    if "remove" in keys:
        member = keys["remove"].text()
        path = "" if member == _WHOLE else member
        return Companion(deed=Deed.REMOVE, under=ITSELF, via=via, member=path, along=along)
    if not keys.keys() & {"set", "join"}:
        node.error("a companion needs add, set, join or remove")
    return Companion(
        deed=Deed.SET,
        type_name=_text(node, keys, "of"),
        api_version=version,
        under=under or ITSELF,
        via=via,
        body=_by_path(keys, "set", reached),
        joined=_by_path(keys, "join", reached),
        along=along,
    )


def _read_relations(node: Node) -> tuple[str, ...]:
    """Read one relation, or several to follow one after the other."""
    return tuple(each.text() for each in (node.items() if node.is_list else [node]))


def _text(node: Node, keys: Keys, key: str) -> str:
    """Read a required text of a companion."""
    if key not in keys:
        node.error(f'a companion of this kind needs "{key}"')
    return keys[key].text()


def _type_reached(node: Node, via: tuple[str, ...], arm_type: str) -> str:
    """Return the ARM type that relations lead to from a type."""
    for relation in via:
        if relation not in RELATIONS or not RELATIONS[relation].starts_at(arm_type):
            hint = did_you_mean(relation, RELATIONS)
            node.error(f'a {arm_type} has no relation "{relation}".{hint}')
        arm_type = RELATIONS[relation].target
    return arm_type


def _object(keys: Keys, key: str) -> dict[str, object]:
    """Read the JSON object of a key, empty if there is none."""
    value = keys.read(key, Node.json, {})
    return value if isinstance(value, dict) else keys[key].error(f"{key} must be an object")


def _by_path(keys: Keys, key: str, arm_type: str) -> dict[str, object]:
    """Read values by property path; the paths must be fields of a type."""
    found: dict[str, object] = {}
    for path, (at, value) in keys.read(key, Node.entries, {}).items():
        read_path(at, arm_type, ())
        found[path] = value.json()
    return found


def completed(companion: Companion, parameters: Mapping[str, ParameterValue]) -> Companion:
    """Return a companion with API versions and the values of a rule's parameters filled in."""
    words = {f"parameters.{name}": _plain(value) for name, value in parameters.items()}
    words |= {f"texts.{name}": str(value) for name, value in parameters.items()}
    fields = {name: getattr(companion, name) for name in ("name", "body", "joined")}
    if any(mark in text for field in fields.values() for text in texts_in(field) for mark in _OWN):
        fields = {name: filled_in(value, words) for name, value in fields.items()}
    known = companion.api_version or api_version_of(companion.type_name.lower())
    along = tuple(completed(each, parameters) for each in companion.along)
    reached = RELATIONS[companion.via[-1]].target if companion.via else ""
    return replace(
        companion,
        api_version=known,
        along=along,
        via_version=api_version_of(reached),
        **fields,
    )


def _plain(value: ParameterValue) -> object:
    """Return a value in its JSON form."""
    return list(value) if isinstance(value, tuple) else value
