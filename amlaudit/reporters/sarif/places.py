"""Where SARIF results point: to a declaration, into the inventory, or to the configuration.

A cloud resource has no source file, and GitHub rejects a result without one. Locations are stable
across runs over the same files; otherwise alerts would be closed and reopened.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Final, NamedTuple

from msgspec import Struct, field

from amlaudit.core.errors import AmlauditError, Exit
from amlaudit.core.place import Place
from amlaudit.core.report import Report, ResourceRef
from amlaudit.core.scope import Scope
from amlaudit.reporters.encoding import given
from amlaudit.reporters.inventory import Block, blocks_of
from amlaudit.reporters.sarif.locations import Location, place_of, read_locations
from amlaudit.reporters.sarif.names import by_name
from amlaudit.reporters.sarif.options import Profile, SarifOptions, Where
from amlaudit.reporters.sarif.regions import Fields, physical
from amlaudit.reporters.sarif.repository import Repository
from amlaudit.reporters.sarif.scope_lines import scope_line
from amlaudit.reporters.texts import clean, number, plain
from amlaudit.sizes import LARGEST_JSON, bytes_of

WHY: Final = (
    "A result points at the declaration of its resource if that is known, else at its line in the "
    "inventory, else at the line of the configuration that puts it in scope: a cloud resource has "
    "no source file. The logical location names the resource."
)

_LONGEST_ID: Final = 500
MAX_LOCATED: Final = 100
"""Maximum number of resources that a result names."""
_CALLED: Final = {
    Where.IAC: "declared here",
    Where.INVENTORY: "listed here",
    Where.CONFIG: "put in scope here",
}


class Located(NamedTuple):
    """The location of a result.

    Attributes:
        fields: Its location and related locations, as SARIF objects.
        links: Links to the related locations, as a sentence for the end of its message.
    """

    fields: Fields
    links: str


class Places(Struct, frozen=True):
    """Determines the files that results point to.

    Attributes:
        options: The SARIF options.
        repository: The files.
        requested: The requested scope, as the configuration may spell it.
        inventory: The lines of each resource in the inventory, by id.
        locations: Where users say that resources are declared.
        named: Where resources found by name are declared, by id.
    """

    options: SarifOptions
    repository: Repository
    requested: Sequence[str] = ()
    inventory: Mapping[str, Block] = field(default_factory=dict)
    locations: Sequence[Location] = ()
    named: Mapping[str, Place] = field(default_factory=dict)

    @classmethod
    def of(cls, report: Report, options: SarifOptions) -> "Places":
        """Return the places for some options.

        Raises:
            AmlauditError: A file that they name cannot be read, or is invalid.
        """
        repository = Repository(Path(options.repository) if options.repository else None)
        return cls(
            options,
            repository,
            _requested(report.collection.scope),
            blocks_of(_text_of(options.inventory)) if options.inventory else {},
            read_locations(Path(options.locations)) if options.locations else (),
            by_name(repository, (each.resource for each in report.findings)),
        )

    def notes(self) -> Iterator[str]:
        """Yield the errors in users' statements of where resources are declared."""
        for each in self.locations:
            if not self.repository.has(each.place):
                yield f"{each.written} line {each.place} does not exist; no result points to it"

    def located(
        self,
        resources: Sequence[ResourceRef],
        paths: Sequence[str] = (),
        written: Place | None = None,
    ) -> Located:
        """Return the location of a result.

        Args:
            resources: The subjects of the result.
            paths: The properties concerned, most relevant first.
            written: Where the judged deployment declares the failing property.
        """
        known = self._known(resources, paths, written)
        first = next((each for each in self._order() if each in known), Where.CONFIG)
        others = [each for each in known if each is not first]
        shown = self._physical(known[first])
        described = {**shown["artifactLocation"], "description": {"text": _described(resources)}}
        location = {
            "physicalLocation": {**shown, "artifactLocation": described},
            "logicalLocations": [
                {**given(name=clean(each.name)), "fullyQualifiedName": each.id, "kind": "resource"}
                for each in resources[:MAX_LOCATED]
            ],
        }
        related = [
            {
                "id": count,
                "physicalLocation": self._physical(known[each]),
                "message": _description(each),
            }
            for count, each in enumerate(others, 1)
        ]
        fields = {"locations": [location], **given(relatedLocations=related or None)}
        return Located(fields, _links(others))

    def _physical(self, place: Place) -> Mapping[str, Fields]:
        """Return a place as a SARIF object; its lines are only shown to viewers and archives."""
        with_snippets = self.options.profile is not Profile.GITHUB
        return physical(place, self.repository.lines(place.path), with_snippets=with_snippets)

    def _order(self) -> Iterator[Where]:
        """Yield the kinds of places, preferred ones first."""
        if self.options.location is not Where.AUTO:
            yield self.options.location
        else:
            yield from (Where.IAC, Where.INVENTORY)

    def _known(
        self, resources: Sequence[ResourceRef], paths: Sequence[str], written: Place | None
    ) -> dict[Where, Place]:
        """Return the known places for the subjects of a result."""
        if len(resources) > 1:
            return {Where.CONFIG: self._in_scope("")}
        (resource,) = resources
        line = _inventory_line(self.inventory.get(resource.id, {}), paths)
        found = {
            Where.IAC: self._failing_line(resource, paths, written),
            Where.INVENTORY: Place(self.options.inventory, line) if line else None,
            Where.CONFIG: self._in_scope(resource.id),
        }
        return {where: place for where, place in found.items() if place}

    def _failing_line(
        self, resource: ResourceRef, paths: Sequence[str], written: Place | None
    ) -> Place | None:
        """Return where a failing property is declared, else its resource; None: not known."""
        declared = self._declared(resource)
        if written and declared == resource.place and self.repository.has(written):
            return written
        return declared and self.repository.at_property(declared, paths)

    def _declared(self, resource: ResourceRef) -> Place | None:
        """Return where a resource is declared: according to users, to the evidence, or by name."""
        places = (
            place_of(self.locations, resource.id),
            resource.place,
            self.named.get(resource.id),
        )
        return next((each for each in places if each and self.repository.has(each)), None)

    def _in_scope(self, resource_id: str) -> Place:
        """Return the configuration line that puts a resource in scope."""
        lines = self.repository.lines(self.options.config) or ()
        return Place(self.options.config, scope_line(lines, resource_id, self.requested))


def _requested(scope: Scope) -> tuple[str, ...]:
    """Return the requested scope of a run, as the configuration may spell it."""
    inner = (*scope.workspaces, *scope.resource_groups)
    return (*inner, *scope.subscriptions, *scope.management_groups)


def _inventory_line(block: Block, paths: Sequence[str]) -> int | None:
    """Return the inventory line of a property, else of its parent, else of the id."""
    for path in paths:
        steps = path.split(".")
        while steps:
            line = block.get(".".join(steps))
            if line:
                return line
            steps.pop()
    return block.get("")


def _text_of(path: str) -> str:
    """Return the text of the inventory.

    Raises:
        AmlauditError: It cannot be read.
    """
    try:
        return bytes_of(Path(path), LARGEST_JSON).decode()
    except (OSError, ValueError) as error:
        raise AmlauditError(
            "E302",
            f"Cannot read inventory {path}",
            cause=str(error),
            advice="write it with `--report inventory=PATH`",
            exit_code=Exit.INPUT_OUTPUT,
        ) from error


def _description(where: Where) -> dict[str, str]:
    """Return the description of a related location."""
    return {"text": f"{_CALLED[where].capitalize()}."}


def _links(related: Sequence[Where]) -> str:
    """Return links to related locations: viewers only show those that a message links to."""
    links = [f"[{_CALLED[each]}]({count})" for count, each in enumerate(related, 1)]
    return f"See also: {', '.join(links)}." if links else ""


def _described(resources: Sequence[ResourceRef]) -> str:
    """Return the subject of a result: `subscription / group / workspace / item`."""
    if len(resources) > 1:
        return number(len(resources), "resource")
    resource_id = resources[0].id
    names = re.sub(r"/providers/[^/]+", "", resource_id).split("/")[2::2]
    return plain(" / ".join(names) or resource_id, _LONGEST_ID)
