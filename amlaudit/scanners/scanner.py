"""What a scanner is: the reads that one area of an estate is collected by, as data."""

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from functools import cached_property
from pathlib import Path
from typing import Any, Final, Literal

from msgspec import Struct, field
from msgspec.structs import replace

from amlaudit.core.arm_id import resource_group_of
from amlaudit.core.resource import Document

MOST_PAGES: Final = 1000
"""A list longer than this is taken for one that never ends."""


def type_read_by(action: str) -> str:
    """Return the ARM type that an action of the form `Provider/type/read` lets one read."""
    return action.lower().removesuffix("/read")


class GraphQuery(Struct, frozen=True, dict=True):
    """One query of Azure Resource Graph over all subscriptions.

    Attributes:
        file: The `.kql` file, in the package of the areas.
        actions: What the principal must be allowed, one for each type that the query returns. The
            graph silently leaves out what the caller may not see, so each right is proven first.
        api_version: Version that shapes the rows of a table that does not name it: the newest
            stable one of the provider, as the graph's documentation has it.
    """

    file: str
    actions: tuple[str, ...]
    api_version: str = ""

    @cached_property
    def text(self) -> str:
        """The query, without its header of comments."""
        written = Path(__file__).with_name("areas").joinpath(self.file).read_text("utf-8")
        return "\n".join(line for line in written.splitlines() if not line.startswith("//"))


class ArmRead(Struct, frozen=True):
    """One request to Azure Resource Manager for each resource of a type.

    Attributes:
        of: ARM type of the resources it is made for.
        path: What follows the resource's id.
        of_group: It is made for the resource group that the resource lies in, once for all of them.
        api_version: The version asked for; it decides which properties are shown.
        action: What the principal must be allowed.
        yields: ARM type of what it returns.
        single: It returns one document, not a list of them.
        empty_on_404: The service answers 404 for "none is set".
        none_code: Error code by which the service says that there can be none, empty for no such.
        most_pages: Pages of the list that are read; what comes after them is a gap.
        method: GET, or POST for a query on the guard's list.
        parameters: Further query parameters.
        days: Days up to the beginning of the collection that are asked about; 0: no span of time.
        document: Makes an ARM document of a returned row, for services that return something else.
    """

    of: str
    path: str
    api_version: str
    action: str
    yields: str
    single: bool = False
    empty_on_404: bool = False
    none_code: str = ""
    most_pages: int = MOST_PAGES
    method: Literal["GET", "POST"] = "GET"
    parameters: Mapping[str, str] = field(default_factory=dict)
    days: int = 0
    document: Callable[[Mapping[str, Any]], Document] = dict
    of_group: bool = False

    def place_of(self, resource_id: str) -> str:
        """Return the id that its path follows, where it is made for a resource."""
        return resource_group_of(resource_id) if self.of_group else resource_id

    def up_to(self, moment: datetime) -> "ArmRead":
        """Return the read as a collection makes it that began at a moment, UTC."""
        if not self.days:
            return self
        first, last = (
            f"{each:%Y-%m-%dT%H:%M:%SZ}" for each in (moment - timedelta(self.days), moment)
        )
        return replace(self, parameters={**self.parameters, "timespan": f"{first}/{last}"})


class Scanner(Struct, frozen=True):
    """The reads of one area.

    Attributes:
        name: The area.
        queries: Graph queries, made once.
        reads: Requests, made for each resource of their type.
    """

    name: str
    queries: tuple[GraphQuery, ...] = ()
    reads: tuple[ArmRead, ...] = ()

    def up_to(self, moment: datetime) -> "Scanner":
        """Return the scanner of a collection that began at a moment, UTC."""
        return replace(self, reads=tuple(each.up_to(moment) for each in self.reads))


def without(row: Mapping[str, Any], name: str) -> Document:
    """Return the document of a row without one of its properties, named in lower case."""
    properties = row.get("properties")
    if not isinstance(properties, Mapping):
        return dict(row)
    kept = {key: each for key, each in properties.items() if key.lower() != name}
    return {**row, "properties": kept}
