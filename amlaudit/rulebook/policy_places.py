"""Where in its file something is wrong with a policy."""

from collections.abc import Iterator, Mapping, Sequence
from functools import cached_property
from pathlib import Path
from typing import Final, NamedTuple, TypeAlias

from amlaudit.core.patterns import late_pattern
from amlaudit.language.values import items
from amlaudit.rulebook.policy_selectors import folded
from amlaudit.sizes import LARGEST_JSON, bytes_of
from amlaudit.strict_json import MisreadError, parse_with_places, text_of_json

_Path: TypeAlias = tuple[str, ...]
"""The keys from the root of a JSON value to a member, lower case, and indexes as text."""

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
        parsed = self._parsed
        base = parsed.base(name) if parsed else None
        if parsed is None or base is None:
            return self._shown_as
        steps = [step.lower() for step in _STEP.findall(at.partition(":")[0])]
        path = max((_followed(parsed.places, base, each) for each in _spellings(steps)), key=len)
        line, column = parsed.places[path]
        return f"{self._shown_as}:{line}:{column}"

    @cached_property
    def _parsed(self) -> "_Parsed | None":
        """The parsed file; None: it is nested deeper than is followed."""
        try:
            value, places = parse_with_places(text_of_json(bytes_of(self._file, LARGEST_JSON)))
        except MisreadError:
            return None
        is_one = isinstance(value, Mapping) and bool(folded(value).keys() & {*_OUTER, "if"})
        named: dict[str, list[_Path]] = {}
        for path, each in _policies_in(value, ()):
            if isinstance(name := folded(each).get("name"), str):
                named.setdefault(name, []).append(path)
        return _Parsed(places, named, is_one)


class _Parsed(NamedTuple):
    """A parsed file.

    Attributes:
        places: The line and column of each member, by path.
        named: The paths of what may be policies, by name.
        is_one: Whether the whole file is a single policy.
    """

    places: Mapping[_Path, tuple[int, int]]
    named: Mapping[str, Sequence[_Path]]
    is_one: bool

    def base(self, name: str) -> _Path | None:
        """Return the path of a policy, by its name; None: it is not clear."""
        if self.is_one:
            return ()
        paths = self.named.get(name, ())
        return paths[0] if len(paths) == 1 else None


def _policies_in(value: object, path: _Path) -> Iterator[tuple[_Path, Mapping[str, object]]]:
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


def _followed(places: Mapping[_Path, object], start: _Path, steps: list[str]) -> _Path:
    """Return how far a path leads that begins somewhere."""
    path = start
    for step in steps:
        if (*path, step) not in places:
            break
        path = (*path, step)
    return path
