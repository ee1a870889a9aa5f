"""The interface through which an estate reads its stored documents."""

from collections import abc
from collections.abc import Iterator, Mapping, Sequence
from typing import Protocol

from amlaudit.core.collection import Collection
from amlaudit.core.gap import Gap
from amlaudit.core.resource import Resource


class Store(Protocol):
    """Storage of an estate's documents, which are returned one at a time."""

    def get(self, resource_id: str) -> Resource | None:
        """Return one resource by its normalised id."""

    def of_type(self, arm_type: str) -> Iterator[Resource]:
        """Yield the resources of a type that are to be judged, by id."""

    def of_types(self, arm_types: abc.Collection[str]) -> Iterator[Resource]:
        """Yield the resources of several types that are to be judged, by id, whatever their type.

        Resources of one resource group, which are mostly related, come close together.
        """

    def ids_of_type(self, arm_type: str) -> Iterator[str]:
        """Yield the ids of the resources of a type that are to be judged, in order."""

    def subscriptions(self) -> Sequence[str]:
        """Return the ids of the subscriptions that were reached or hold a resource, sorted."""

    def under(self, parent_id: str, arm_type: str) -> Iterator[Resource]:
        """Yield the resources of a type whose parent is `parent_id`, by id."""

    def inside(self, scope_id: str, arm_type: str) -> Iterator[Resource]:
        """Yield the resources of a type whose ids are anywhere under a scope's, by id."""

    def naming(self, target_id: str, relation: str) -> Iterator[Resource]:
        """Yield the resources that refer to the target by a reference relation, by id."""

    def sight(self, scope_id: str, part: str) -> Gap | bool:
        """Return True if all of a part was read, a gap if not, False if there is no record here.

        Args:
            scope_id: Exactly the scope that the record is about.
            part: An ARM type.
        """

    def gaps(self) -> Iterator[Gap]:
        """Yield every recorded gap, by scope and part."""

    def concerns(self, scope_id: str) -> bool:
        """Tell whether what cannot be seen in a scope can be something that is to be judged."""

    def close(self) -> None:
        """Release what the store holds open."""

    def counts(self) -> Mapping[str, int]:
        """Return the number of resources by ARM type, judged or not."""

    def collection(self) -> Collection:
        """Return how the documents were read."""
