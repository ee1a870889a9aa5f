"""Reads waivers from YAML, strictly: anything misspelled or missing is an error with its place."""

from collections.abc import Mapping
from pathlib import Path
from typing import Final

from amlaudit.core.patterns import late_pattern
from amlaudit.core.place import Place
from amlaudit.core.waiver import Waiver, WaiverKind
from amlaudit.strict_yaml import Node, read_yaml

VERSION: Final = 1
"""Version of the format of waiver files."""

_NEEDED: Final = ("id", "rule", "scope", "kind", "reason", "owner", "expires")
_KEYS: Final = (*_NEEDED, "subject", "approved_by", "ticket", "created", "evidence_sha256")
_WHY: Final = {
    "reason": "say why the fail is acceptable: reason: …",
    "owner": "say who is responsible: owner: name@example.com",
    "expires": "say when it ends: expires: YYYY-MM-DD",
}
_SHA256: Final = late_pattern(r"[0-9a-f]{64}")


def read_waivers(path: Path) -> tuple[Waiver, ...]:
    """Read the waivers of a file, in its order.

    Raises:
        AmlauditError: It cannot be read or is invalid; the message names file, line and column.
    """
    return waivers_in(read_yaml(path, path.as_posix()))


def waivers_in(root: Node) -> tuple[Waiver, ...]:
    """Read the waivers in the root node of a file; see `read_waivers`."""
    found: dict[str, Waiver] = {}
    for node in list_in(root).members():
        waiver = _read(node)
        if waiver.id in found:
            node.error(f'duplicate waiver id "{waiver.id}"', advice="give one of them another id")
        found[waiver.id] = waiver
    return tuple(found.values())


def list_in(root: Node) -> Node:
    """Return the node of the list of waivers in a file."""
    keys = root.mapping(("version", "waivers"), "a waiver file")
    if "version" not in keys:
        root.error("the file has no version", advice=f"start it with version: {VERSION}")
    if keys["version"].scalar() != VERSION:
        keys["version"].error(f"the version of a waiver file must be {VERSION}")
    if "waivers" not in keys:
        root.error("the file has no list of waivers", advice="add waivers: []")
    return keys["waivers"]


def _read(node: Node) -> Waiver:
    """Read one waiver."""
    keys = node.mapping(_KEYS, "a waiver")
    for key in _NEEDED:
        if key not in keys:
            node.error(f'a waiver needs "{key}"', advice=_WHY.get(key, f"add {key}: …"))
    created = keys.read("created", Node.day, None)
    expires = keys["expires"].day()
    if created and created > expires:
        keys["expires"].error(f"expires on {expires}, before its creation on {created}")
    return Waiver(
        id=keys["id"].text(),
        rule=_read_rule(keys["rule"]),
        scope=_read_scope(keys["scope"]),
        subject=_text(keys, "subject", "*"),
        kind=WaiverKind(keys["kind"].one_of(WaiverKind)),
        reason=keys["reason"].text(),
        owner=keys["owner"].text(),
        expires=expires,
        approved_by=_text(keys, "approved_by"),
        ticket=_text(keys, "ticket"),
        created=created,
        evidence_sha256=keys.read("evidence_sha256", _read_hash, ""),
        place=Place(node.file, *node.position),
    )


def _text(keys: Mapping[str, Node], key: str, default: str = "") -> str:
    """Read an optional text; it may be empty if present."""
    if key not in keys:
        return default
    value = keys[key].scalar()
    return value if isinstance(value, str) else keys[key].text()


def _read_rule(node: Node) -> str:
    """Read the waived rule; a pattern that matches every rule is refused."""
    pattern = node.text()
    if not pattern.strip("*"):
        node.error("a waiver cannot cover every rule", advice="give a rule id, or part of one")
    return pattern


def _read_scope(node: Node) -> str:
    """Read an ARM id, or a pattern of ids."""
    scope = node.text()
    if not scope.startswith(("/", "*")):
        node.error(f'"{scope}" is not an ARM id', advice="start it with /subscriptions/… or with *")
    return scope.rstrip("/") or scope


def _read_hash(node: Node) -> str:
    """Read the hash of the evidence that a waiver is given for."""
    text = str(node.scalar()).lower()
    if not _SHA256.fullmatch(text):
        node.error("expected 64 hexadecimal digits", advice="`amlaudit waive add` writes the hash")
    return text
