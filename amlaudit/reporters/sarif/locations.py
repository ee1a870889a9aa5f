"""`amlaudit.locations.yaml`: where resources are declared, as recorded by users.

    version: 1
    locations:
      "*/workspaces/mlw-fraud": infra/main.bicep:12

The first pattern that matches the id of a resource applies.
"""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

from amlaudit.core.place import Place, place_in
from amlaudit.core.scope import matches
from amlaudit.strict_yaml import Node, read_yaml


class Location(NamedTuple):
    """Where resources are declared whose ids match a pattern.

    Attributes:
        pattern: `*` stands for any text.
        place: Where they are declared.
        written: Location of this entry, as `file:line:column`.
    """

    pattern: str
    place: Place
    written: str


def read_locations(path: Path) -> tuple[Location, ...]:
    """Return the locations of a file.

    Raises:
        AmlauditError: It cannot be read, or is invalid.
    """
    fields = read_yaml(path, path.name).mapping(("version", "locations"), "a locations file")
    return tuple(_each(fields["locations"])) if "locations" in fields else ()


def _each(node: Node) -> Iterator[Location]:
    """Yield the locations of a mapping."""
    for pattern, (_, value) in node.entries().items():
        place = place_in(value.text())
        if place is None:
            value.error("expected a file and a line", advice="write it as infra/main.bicep:12")
        yield Location(pattern, place, value.place)


def place_of(locations: Sequence[Location], resource_id: str) -> Place | None:
    """Return where a resource is declared, None if no pattern matches its id."""
    return next((each.place for each in locations if matches(each.pattern, resource_id)), None)
