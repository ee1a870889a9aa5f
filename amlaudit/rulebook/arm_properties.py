"""The properties of ARM types, which tell a misspelt path from one that Azure just left empty.

`data/arm_properties.json` lists them by ARM type, each type with the API version and source of its
list, and under `more` what other sources add; the entry `*` has what every ARM document has. A path
has `[]` after a list, `{}` after a map with free keys, and `**` where the description ends:
anything may be below.
"""

import json
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any, Final

from msgspec import Struct, field

from amlaudit.core.path import Steps, spell_path
from amlaudit.core.patterns import late_pattern

MEMBER: Final = "[]"
"""The step from a list or a map to what all of its members have."""

_FILE: Final = Path(__file__).with_name("data") / "arm_properties.json"
_VALUE: Final = "{}"
_ANYTHING: Final = "**"
_EVERY_TYPE: Final = "*"
_STEP: Final = late_pattern(r"[^.\[\]{}]+|\[\]|\{\}")


class _Part(Struct, frozen=True):
    """A place in the documents of a type: its name in Azure's spelling, and its children.

    Attributes:
        name: Its name.
        parts: Its children, by lower-case name, `[]`, `{}` or `**`.
    """

    name: str = ""
    parts: dict[str, "_Part"] = field(default_factory=dict)

    def below(self, step: str) -> "_Part | None":
        """Return the place that a step leads to, None if it leads nowhere."""
        if _ANYTHING in self.parts:
            return self
        if step == MEMBER:
            return self.parts.get(MEMBER) or self.parts.get(_VALUE)
        return self.parts.get(step.lower()) or self.parts.get(_VALUE)

    def paths(self) -> Iterator[str]:
        """Yield the paths to places below that do not lead through a list or a map."""
        for key, part in self.parts.items():
            if key not in (MEMBER, _VALUE, _ANYTHING):
                yield part.name
                for path in part.paths():
                    yield f"{part.name}.{path}"


def check_path(arm_type: str, within: Steps, steps: Steps) -> str | None:
    """Return why a path is not a field of a type, None if it is one.

    Args:
        arm_type: ARM type, lower case; a type without a known list has any field.
        within: The list or map whose members have the path, with `MEMBER` for each step into one;
            empty for a path from the root of the document.
        steps: The path.
    """
    start = _root_of(arm_type)
    for step in within:
        start = start and start.below(step)
    if not start:
        return None
    place = start
    for step in steps:
        found = place.below(step)
        if not found:
            spelled = spell_path((*within, *steps)).replace(f"['{MEMBER}']", MEMBER)
            hint = _nearest(start, place, step, steps[-1])
            return f"{spelled} is not a field of {arm_type}.{hint and f' Did you mean {hint}?'}"
        place = found
    return None


def is_list(arm_type: str, within: Steps, steps: Steps) -> bool:
    """Tell whether a path leads to a list, and not to a map; see `check_path`."""
    place = _root_of(arm_type)
    for step in (*within, *steps):
        place = place and place.below(step)
    return place is not None and MEMBER in place.parts and _VALUE not in place.parts


def api_version_of(arm_type: str) -> str:
    """Return the API version that the properties of a type are listed for, empty if none."""
    return str(_read_types().get(arm_type, {}).get("api_version", ""))


def known_types() -> frozenset[str]:
    """Return the ARM types whose properties are known, lower case."""
    return frozenset(_read_types()) - {_EVERY_TYPE}


def _nearest(start: _Part, place: _Part, step: str, last: str) -> str:
    """Return the most likely intended path for a step that leads nowhere, empty if there is none.

    Args:
        start: Where the path starts.
        place: How far it led.
        step: The step that leads nowhere from there.
        last: The last step of the path, which may be found in a single place elsewhere.
    """
    from difflib import get_close_matches  # noqa: PLC0415 - only mistakes need it

    here = {key: part.name for key, part in place.parts.items() if part.name}
    if close := get_close_matches(step.lower(), here, n=1):
        return here[close[0]]
    elsewhere = [path for path in start.paths() if path.lower().split(".")[-1] == last.lower()]
    return elsewhere[0] if len(elsewhere) == 1 else ""


@cache
def _root_of(arm_type: str) -> _Part | None:
    """Return the root of the documents of a type, None if nothing is known of the type."""
    types = _read_types()
    if arm_type not in types:
        return None
    root = _Part()
    for row in (types[_EVERY_TYPE], types[arm_type]):
        for paths in (row["properties"], *row.get("more", {}).values()):
            for path in paths:
                place = root
                for step in _STEP.findall(path):
                    place = place.parts.setdefault(step.lower(), _Part(step))
    return root


@cache
def _read_types() -> dict[str, Any]:
    """Read the lists shipped with the package, by ARM type."""
    types: dict[str, Any] = json.loads(_FILE.read_text("utf-8"))
    return types
