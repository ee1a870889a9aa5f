"""Property paths into ARM documents, and the one function that reads the value at one."""

from collections.abc import Mapping, Sequence
from enum import Enum
from functools import lru_cache
from typing import Final, NamedTuple, TypeAlias

from amlaudit.core.patterns import late_pattern

Steps: TypeAlias = tuple[str, ...]
"""A parsed path: the keys from the root of a document to a value."""


class Absent(Enum):
    """The type of `ABSENT`."""

    ABSENT = "absent"


ABSENT: Final = Absent.ABSENT
"""The result of reading where a document has no value; an explicit null counts as none."""


class Misfit(NamedTuple):
    """The result of reading where the shape of the document does not match the path.

    Attributes:
        path: The path as far as it could be followed.
        found: What is there, in words.
    """

    path: str
    found: str


_STEP = late_pattern(r"(?:^|\.)([A-Za-z0-9_$@-]+)|\['([^']+)'\]")
_NAME = late_pattern(r"[A-Za-z0-9_$@-]+")
"""A step that needs no quotes."""

_WORDS: Final[tuple[tuple[type | tuple[type, ...], str], ...]] = (
    (bool, "a boolean"),
    (str, "a string"),
    ((int, float), "a number"),
    (Mapping, "an object"),
    (Sequence, "a list"),
)


def describe(value: object) -> str:
    """Return in words what kind of JSON value this is: "a string", "a list", "null"."""
    return next((words for kind, words in _WORDS if isinstance(value, kind)), "null")


@lru_cache(maxsize=4096)  # the paths of rules, parsed for every resource
def parse_path(text: str) -> Steps:
    """Return the steps of a dotted path; a key with dots is written `tags['cost.centre']`.

    Raises:
        ValueError: The text is not a path.
    """
    steps: list[str] = []
    position = 0
    while match := _STEP.match(text, position):
        steps.append(match[1] or match[2])
        position = match.end()
    if not steps or position != len(text):
        raise ValueError(f"{text!r} is not a property path")
    return tuple(steps)


@lru_cache(maxsize=4096)
def spell_path(steps: Steps) -> str:
    """Return the steps as `parse_path` reads them, list positions as `name[0]`."""
    spelled = ""
    for step in steps:
        if step.isdecimal():
            spelled += f"[{step}]"
        elif _NAME.fullmatch(step):
            spelled += f".{step}" if spelled else step
        else:
            spelled += f"['{step}']"
    return spelled


def read(document: object, steps: Steps) -> object:
    """Return the value at the path, `ABSENT`, or a `Misfit`.

    Keys are matched exactly, else ignoring case: Azure's own providers, templates and exports
    disagree on the case of property names, and Azure ignores it.
    """
    value = document
    for depth, step in enumerate(steps):
        if value.__class__ is not dict and not isinstance(value, Mapping):  # an ABC answers slowly
            return Misfit(spell_path(steps[:depth]), describe(value))
        found = value.get(step, ABSENT)
        if found is ABSENT:
            found = _get_ignoring_case(value, step)
        if found is None or found is ABSENT:
            return ABSENT
        value = found
    return value


def _get_ignoring_case(mapping: Mapping[str, object], key: str) -> object:
    """Return the value whose key equals `key` ignoring case, else `ABSENT`."""
    spelled = spelling_of(key, tuple(mapping))
    return ABSENT if spelled is None else mapping[spelled]


@lru_cache(maxsize=8192)  # documents of a type have few distinct sets of keys
def spelling_of(key: str, keys: tuple[str, ...]) -> str | None:
    """Return the first of several keys that equals `key` ignoring case, None if none does."""
    wanted = key.lower()
    return next((each for each in keys if each.lower() == wanted), None)


def tree_of(values: Mapping[Steps, object]) -> dict[str, object]:
    """Return values by path as a tree of nested objects."""
    tree: dict[str, object] = {}
    for head in dict.fromkeys(path[0] for path in values):
        beneath = {path[1:]: value for path, value in values.items() if path[0] == head}
        tree[head] = beneath[()] if () in beneath else tree_of(beneath)
    return tree
