"""Where SARIF results point: at a declaration, into the inventory, or at the configuration.

A cloud resource has no source file, and GitHub refuses a result without one. Places do not move
between runs over the same files, or alerts would be closed and opened anew.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from typing import Final
from urllib.parse import quote

from amlaudit.core.errors import AmlauditError, Exit
from amlaudit.core.place import Place
from amlaudit.core.report import ResourceRef
from amlaudit.reporters.encoding import given
from amlaudit.reporters.inventory import lines_of
from amlaudit.reporters.sarif.options import SarifOptions, Where
from amlaudit.reporters.texts import clean, number, plain

CONFIG: Final = "amlaudit.yaml"
"""The file that puts resources in scope; its first line is always there."""
ROOT: Final = "%SRCROOT%"

WHY: Final = (
    "A result points at the declaration of its resource if that is known, else at its line in the "
    f"inventory, else at line 1 of {CONFIG}, the file that puts the resource in scope: a cloud "
    "resource has no source file. The logical location names the resource."
)

_LONGEST_ID: Final = 500
_MOST_LOCATED: Final = 100
_DRIVE: Final = re.compile(r"[A-Za-z]:")
_CALLED: Final = {
    Where.IAC: "declared here",
    Where.INVENTORY: "listed here",
    Where.CONFIG: "put in scope here",
}


@dataclass(frozen=True, slots=True)
class Places:
    """Which files results point at.

    Attributes:
        wanted: Which kind is wanted.
        inventory: Path of the inventory, empty where there is none.
        lines: Where it names each resource, by id.
    """

    wanted: Where
    inventory: str = ""
    lines: Mapping[str, int] = field(default_factory=dict)

    @classmethod
    def of(cls, options: SarifOptions) -> "Places":
        """Return the places that options ask for.

        Raises:
            AmlauditError: The inventory cannot be read.
        """
        if not options.inventory:
            return cls(options.location)
        try:
            text = Path(options.inventory).read_text("utf-8")
        except (OSError, ValueError) as error:
            raise AmlauditError(
                "E302",
                f"Cannot read inventory {options.inventory}",
                cause=str(error),
                advice="write it with `--report inventory=PATH`",
                exit_code=Exit.INPUT_OUTPUT,
            ) from error
        return cls(options.location, options.inventory, lines_of(text))

    def locations(self, resources: Sequence[ResourceRef]) -> dict[str, object]:
        """Return the location of a result, and the related ones."""
        known = self._known(resources)
        first = next((each for each in self._order() if each in known), Where.CONFIG)
        others = [each for each in known if each is not first]
        physical = _physical(known[first])
        artifact = physical["artifactLocation"]
        described = {**artifact, "description": {"text": _described(resources)}}
        location = {
            "physicalLocation": {**physical, "artifactLocation": described},
            "logicalLocations": [
                {**given(name=clean(each.name)), "fullyQualifiedName": each.id, "kind": "resource"}
                for each in resources[:_MOST_LOCATED]
            ],
        }
        related = [
            {"id": count, "physicalLocation": _physical(known[each]), "message": _message(each)}
            for count, each in enumerate(others, 1)
        ]
        return {"locations": [location], **given(relatedLocations=related or None)}

    def _order(self) -> Iterator[Where]:
        """Yield the kinds of places, those that are wanted first."""
        if self.wanted is not Where.AUTO:
            yield self.wanted
        else:
            yield from (Where.IAC, Where.INVENTORY)

    def _known(self, resources: Sequence[ResourceRef]) -> dict[Where, Place]:
        """Return the places that are known of what a result is about."""
        config = {Where.CONFIG: Place(CONFIG, 1)}
        if len(resources) > 1:
            return config
        (resource,) = resources
        line = self.lines.get(resource.id)
        declared = resource.place if resource.place and _is_inside(resource.place) else None
        return {
            **({Where.IAC: declared} if declared else {}),
            **({Where.INVENTORY: Place(self.inventory, line)} if line else {}),
            **config,
        }


def _is_inside(place: Place) -> bool:
    """Tell whether a file lies in the folder that the audit runs in, which is the repository."""
    path = PurePosixPath(place.path)
    return not (path.is_absolute() or ".." in path.parts or _DRIVE.match(place.path))


def _physical(place: Place) -> dict[str, dict[str, object]]:
    """Return a place as SARIF spells it."""
    return {
        "artifactLocation": {"uri": quote(place.path, errors="replace"), "uriBaseId": ROOT},
        "region": {
            "startLine": place.line,
            "startColumn": place.column,
            "endLine": max(place.end_line, place.line),
            "endColumn": place.column,
        },
    }


def _message(where: Where) -> dict[str, str]:
    """Return what a related location is."""
    return {"text": f"{_CALLED[where].capitalize()}."}


def _described(resources: Sequence[ResourceRef]) -> str:
    """Return what a result is about: `subscription / group / workspace / item`."""
    if len(resources) > 1:
        return number(len(resources), "resource")
    resource_id = resources[0].id
    names = re.sub(r"/providers/[^/]+", "", resource_id).split("/")[2::2]
    return plain(" / ".join(names) or resource_id, _LONGEST_ID)
