"""Controls that have an id but no rule yet."""

from pathlib import Path
from typing import Final

from msgspec import Struct

from amlaudit.core.rule import Severity
from amlaudit.strict_yaml import read_yaml

_FILE: Final = Path(__file__).with_name("data") / "reserve.yaml"


class Reserved(Struct, frozen=True):
    """A control that nothing checks yet, with its reserved id.

    Attributes:
        id: The id of its future rule.
        title: The good state, as a sentence.
        severity: How bad a fail will be.
        area: The folder of its future rule.
    """

    id: str
    title: str
    severity: Severity
    area: str


def reserved() -> tuple[Reserved, ...]:
    """Return every control that has no rule yet, by id."""
    found: list[Reserved] = []
    for area, (_, controls) in read_yaml(_FILE, _FILE.name).entries().items():
        for control, (_, body) in controls.entries().items():
            keys = body.mapping(("severity", "title"), f"control {control}")
            severity = Severity(keys["severity"].one_of(Severity))
            found.append(Reserved(control, keys["title"].text(), severity, area))
    return tuple(sorted(found, key=lambda each: each.id))
