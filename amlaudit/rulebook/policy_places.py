"""Where in its file something is wrong with a policy."""

from collections.abc import Iterator, Mapping
from functools import cached_property
from pathlib import Path
from typing import Final

from amlaudit.core.patterns import late_pattern
from amlaudit.language.values import items
from amlaudit.rulebook.policy_selectors import folded
from amlaudit.sizes import LARGEST_JSON, bytes_of
from amlaudit.strict_json import MisreadError, parse_with_places, text_of_json

_STEP: Final = late_pattern(r"[^.\[\]]+")
_OUTER: Final = frozenset({"policyrule", "policydefinitions", "properties"})
"""Keys of which a definition or set has at least one, lower case."""


class Places:
    """The places of what a JSON file holds, read when the first is asked for."""

    def __init__(self, file: Path, shown_as: str) -> None:
        """Take a file, and what to call it."""
        self._file, self._shown_as = file, shown_as

    def spot(self, name: str, at: str) -> str:
        """Return the file with the line and column of something in one of its policies.

        Args:
            name: The name of the policy, which decides between several in the file.
            at: The JSON path in that policy, `properties.policyRule.if`; what is missing there is
                told by what it is missing from.
        """
        if self._parsed is None:
            return self._shown_as
        value, places = self._parsed
        base = _base(value, name)
        if base is None:
            return self._shown_as
        steps = [step.lower() for step in _STEP.findall(at.partition(":")[0])]
        path = max((_followed(places, base, each) for each in _spellings(steps)), key=len)
        line, column = places[path]
        return f"{self._shown_as}:{line}:{column}"

    @cached_property
    def _parsed(self) -> tuple[object, Mapping[tuple[str, ...], tuple[int, int]]] | None:
        """The JSON value with the places in it; None: it is nested deeper than is followed."""
        try:
            return parse_with_places(text_of_json(bytes_of(self._file, LARGEST_JSON)))
        except MisreadError:
            return None


def _base(found: object, name: str) -> tuple[str, ...] | None:
    """Return the path of a policy in the JSON value of its file; None: it is not clear."""
    if isinstance(found, Mapping) and folded(found).keys() & {*_OUTER, "if"}:
        return ()
    named = [path for path, each in _policies_in(found, ()) if folded(each).get("name") == name]
    return named[0] if len(named) == 1 else None


def _policies_in(
    value: object, path: tuple[str, ...]
) -> Iterator[tuple[tuple[str, ...], Mapping[str, object]]]:
    """Yield what may be policies anywhere in a JSON value, with their paths."""
    if isinstance(value, Mapping):
        if folded(value).keys() & _OUTER:
            yield path, value
        for key, each in value.items():
            yield from _policies_in(each, (*path, key.lower()))
    for index, each in enumerate(items(value)):
        yield from _policies_in(each, (*path, str(index)))


def _spellings(steps: list[str]) -> Iterator[list[str]]:
    """Yield how the path of something in a policy may be spelled in its file.

    A path may omit `properties`, and a rule may have a file of its own.
    """
    yield steps
    yield ["properties", *steps]
    if steps[:1] == ["policyrule"]:
        yield steps[1:]


def _followed(
    places: Mapping[tuple[str, ...], object], start: tuple[str, ...], steps: list[str]
) -> tuple[str, ...]:
    """Return how far a path leads that begins somewhere."""
    path = start
    for step in steps:
        if (*path, step) not in places:
            break
        path = (*path, step)
    return path
