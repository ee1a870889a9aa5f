"""What a scanner is: the reads that collect one area of an estate, as data."""

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from functools import cached_property
from pathlib import Path
from types import MappingProxyType
from typing import Any, Final, Literal

from msgspec import Struct, field
from msgspec.structs import replace

from amlaudit.core.arm_id import normalise, resource_group_of, subscription_of, type_of
from amlaudit.core.resource import Document

MAX_PAGES: Final = 1000
"""A longer list is assumed never to end."""


def type_read_by(action: str) -> str:
    """Return the ARM type that an action of the form `Provider/type/read` grants reading."""
    return action.lower().removesuffix("/read")


class GraphQuery(Struct, frozen=True, dict=True):
    """One query of Azure Resource Graph over all subscriptions.

    Attributes:
        file: The `.kql` file, in the package of the areas.
        actions: The permissions that the principal needs, one for each type that the query returns.
            The graph silently omits what the caller may not see, so each permission is proven
            first.
        api_versions: Version that shapes the rows of a type, by action, where their table does not
            name it: the newest stable one of the provider, according to the graph's documentation.
    """

    file: str
    actions: tuple[str, ...]
    api_versions: Mapping[str, str] = MappingProxyType({})

    @cached_property
    def text(self) -> str:
        """The query, without its header of comments."""
        written = Path(__file__).with_name("areas").joinpath(self.file).read_text("utf-8")
        return "\n".join(line for line in written.splitlines() if not line.startswith("//"))

    def version_of(self, row: Mapping[str, object]) -> str:
        """Return the API version that shaped a row, empty if it is not known."""
        stated = row.get("apiVersion")
        return str(stated or self._versions_by_type.get(str(row.get("type")).lower(), ""))

    @cached_property
    def _versions_by_type(self) -> Mapping[str, str]:
        """The versions by ARM type."""
        return {type_read_by(action): each for action, each in self.api_versions.items()}


class ArmRead(Struct, frozen=True):
    """One request to Azure Resource Manager for each resource of a type.

    Attributes:
        of: ARM type of the resources it is made for.
        path: What is appended to the resource's id.
        of_group: It is made for the resource's resource group, once for all resources of the group.
        api_version: The API version requested; it determines which properties are returned.
        action: The permission that the principal needs.
        yields: ARM type of what it returns.
        single: It returns one document, not a list of them.
        empty_on_404: The service answers 404 for "none is set".
        none_code: Error code by which the service says that there can be none, empty if there is no
            such code.
        most_pages: Maximum number of list pages read; what comes after them is a gap.
        method: GET, or POST for a query on the guard's list.
        parameters: Additional query parameters.
        days: Number of days before the start of the collection to query; 0: no time span.
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
    most_pages: int = MAX_PAGES
    method: Literal["GET", "POST"] = "GET"
    parameters: Mapping[str, str] = field(default_factory=dict)
    days: int = 0
    document: Callable[[Mapping[str, Any]], Document] = dict
    of_group: bool = False

    def place_of(self, resource_id: str) -> str:
        """Return the id to which its path is appended, for a given resource."""
        return resource_group_of(resource_id) if self.of_group else resource_id

    def up_to(self, moment: datetime) -> "ArmRead":
        """Return the read for a collection that began at a given moment, UTC."""
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
        queries: Graph queries, each made once.
        reads: Requests, each made for every resource of its type.
    """

    name: str
    queries: tuple[GraphQuery, ...] = ()
    reads: tuple[ArmRead, ...] = ()

    def up_to(self, moment: datetime) -> "Scanner":
        """Return the scanner for a collection that began at a given moment, UTC."""
        return replace(self, reads=tuple(each.up_to(moment) for each in self.reads))


def document_of_location(row: Mapping[str, Any]) -> Document:
    """Return the region of a resource, at the resource's provider, as an ARM document."""
    place = normalise(str(row.get("id", "")))
    provider = str(row.get("type") or type_of(place)).partition("/")[0]
    region = str(row.get("location", "")).lower()
    return {
        "id": f"{subscription_of(place)}/providers/{provider}/locations/{region}",
        "name": region,
        "type": f"{provider}/locations",
        "properties": {},
    }


def without(row: Mapping[str, Any], name: str) -> Document:
    """Return a row's document without one of its properties, named in lower case."""
    properties = row.get("properties")
    if not isinstance(properties, Mapping):
        return dict(row)
    kept = {key: each for key, each in properties.items() if key.lower() != name}
    return {**row, "properties": kept}
