"""Edits waiver files line by line, so that everything else in them stays as it was written."""

import json
from datetime import date
from typing import Final

from msgspec.structs import fields, replace

from amlaudit.core.waiver import Waiver
from amlaudit.rulebook.waiver_reader import VERSION, list_in, waivers_in
from amlaudit.rulebook.yaml_lines import indent_of, lines_of, member_lines
from amlaudit.strict_yaml import Node, parse_yaml

EMPTY: Final = f"version: {VERSION}\nwaivers: []\n"
"""A waiver file that waives nothing."""


def with_waiver(text: str, waiver: Waiver, shown_as: str) -> str:
    """Return the text of a waiver file with one more waiver at the end of its list.

    Args:
        text: The content of the file.
        waiver: The waiver.
        shown_as: The file's name in messages.

    Raises:
        AmlauditError: The file is invalid, or its list is not written line by line.
    """
    root = parse_yaml(text, shown_as)
    before, listed = waivers_in(root), _list_in_lines(root)
    lines = lines_of(text)
    members = listed.members()
    if members:
        at, indent = members[-1].last_line, indent_of(lines[members[-1].position[0] - 1])
    else:
        at, indent = listed.last_line, "  "
        lines[at - 1] = lines[at - 1].replace("[]", "", 1).rstrip() + "\n"
    lines[at:at] = member_lines(_fields_of(waiver), indent)
    return _checked("".join(lines), (*before, waiver), shown_as)


def without_waivers(text: str, ids: set[str], shown_as: str) -> str:
    """Return the text of a waiver file without some waivers; see `with_waiver`.

    The comment directly above a waiver, with no blank line in between, is removed with it.
    """
    root = parse_yaml(text, shown_as)
    before, listed = waivers_in(root), _list_in_lines(root)
    lines = lines_of(text)
    for node, waiver in reversed(list(zip(listed.members(), before, strict=True))):
        if waiver.id in ids:
            _cut(lines, node.position[0] - 1, node.last_line)
    left = tuple(each for each in before if each.id not in ids)
    if before and not left:
        key = root.entries()["waivers"][0].position[0] - 1
        lines[key] = lines[key].replace("waivers:", "waivers: []", 1)
    return _checked("".join(lines), left, shown_as)


def next_id(waivers: tuple[Waiver, ...]) -> str:
    """Return an id that no waiver has: `W-` and the next number."""
    taken = {each.id for each in waivers}
    numbers = [int(each[2:]) for each in taken if each.startswith("W-") and each[2:].isdecimal()]
    return f"W-{max(numbers, default=0) + 1:03}"


def _list_in_lines(root: Node) -> Node:
    """Return the list of waivers, each on lines of its own."""
    listed = list_in(root)
    if listed.members() and listed.is_in_brackets:
        listed.error("the list is written in brackets", advice="write each waiver on its own lines")
    return listed


def _cut(lines: list[str], start: int, end: int) -> None:
    """Remove lines, with the comment directly above them and one of two blank lines around."""
    while start and lines[start - 1].lstrip().startswith("#"):
        start -= 1
    if start and not lines[start - 1].strip() and end < len(lines) and not lines[end].strip():
        end += 1
    del lines[start:end]


def _fields_of(waiver: Waiver) -> dict[str, str]:
    """Return the fields of a waiver as YAML spells them, omitting unset ones."""
    found: dict[str, str] = {}
    for field in fields(waiver):
        value = getattr(waiver, field.name)
        is_set = value not in (None, "") or field.name == "subject"
        if is_set and field.name != "place":
            is_day = isinstance(value, date)
            found[field.name] = str(value) if is_day else json.dumps(value, ensure_ascii=False)
    return found


def _checked(text: str, expected: tuple[Waiver, ...], shown_as: str) -> str:
    """Return a text after checking that it contains exactly the expected waivers."""
    root = parse_yaml(text, shown_as)
    found = waivers_in(root)
    if [replace(each, place=None) for each in found] != [
        replace(each, place=None) for each in expected
    ]:
        root.error("the file cannot be edited line by line in the way it is written")
    return text
