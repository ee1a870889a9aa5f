"""The documents that an Azure serves, indexed by id, by type, and by scope."""

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping

from amlaudit.core import arm_id
from amlaudit.core.resource import Document

_AFTER_SLASH = "0"
"""The character after `/`: every id under a scope is between the two."""


class Holdings:
    """Documents by their normalised ids, in order."""

    def __init__(self, documents: Iterable[Document]) -> None:
        """Index documents; of two with the same id the later one is kept."""
        found = {arm_id.normalise(str(each["id"])): each for each in documents}
        self._by_id = dict(sorted(found.items()))
        self._of_type: defaultdict[str, list[str]] = defaultdict(list)
        for resource_id in self._by_id:
            self._of_type[arm_id.type_of(resource_id)].append(resource_id)

    def __contains__(self, resource_id: str) -> bool:
        """Tell whether there is a document with this id."""
        return resource_id in self._by_id

    def __iter__(self) -> Iterator[tuple[str, Document]]:
        """Yield ids and documents."""
        return iter(self._by_id.items())

    def __getitem__(self, resource_id: str) -> Document:
        """Return the document with an id."""
        return self._by_id[resource_id]

    def get(self, resource_id: str) -> Document | None:
        """Return the document with an id, None if there is none."""
        return self._by_id.get(resource_id)

    @property
    def types(self) -> frozenset[str]:
        """Every ARM type with a document."""
        return frozenset(self._of_type)

    def of_type(self, arm_type: str, scope: str = arm_id.ROOT) -> Iterator[tuple[str, Document]]:
        """Yield ids and documents of a type at and under a scope."""
        ids = self._of_type.get(arm_type, [])
        if scope == arm_id.ROOT:
            found = ids
        else:
            first, last = (bisect_left(ids, scope + end) for end in ("/", _AFTER_SLASH))
            itself = [scope] if arm_id.type_of(scope) == arm_type and scope in self._by_id else []
            found = [*itself, *ids[first:last]]
        for each in found:
            yield each, self._by_id[each]

    def subscriptions(self) -> Mapping[str, Document]:
        """Return the subscriptions by their bare ids."""
        return {
            arm_id.name_of(each): document
            for each, document in self.of_type(arm_id.SUBSCRIPTION_TYPE)
        }


def display_name(document: Document) -> str:
    """Return the display name of a subscription."""
    return str(document.get("displayName") or document.get("name") or "")


def groups_above(document: Document) -> set[str]:
    """Return the names of the management groups above a subscription, in lower case."""
    properties = document.get("properties")
    if not isinstance(properties, Mapping):
        return set()
    chain = properties.get("managementGroupAncestorsChain") or ()
    return {str(group.get("name")).lower() for group in chain}
