"""An estate's documents with some of them changed, as a fix plan would leave them."""

from collections import Counter, defaultdict
from collections.abc import Collection as Many
from collections.abc import Iterable, Iterator, Mapping, Sequence
from heapq import merge
from typing import TypeAlias

from amlaudit.core.arm_id import is_within, normalise
from amlaudit.core.collection import Collection
from amlaudit.core.edits import Edit, declared_origin, flat
from amlaudit.core.gap import Gap
from amlaudit.core.references import attached_to, links_of
from amlaudit.core.resource import Origin, Resource
from amlaudit.core.store import Store
from amlaudit.rehearsal.answers import answers_to

Documents: TypeAlias = Mapping[str, Resource | None]
"""Future resources by normalised id; None: deleted."""


def edited(store: Store, edits: Iterable[Edit], like: Origin) -> "EditedStore":
    """Return a store with edits applied.

    Args:
        store: The original store.
        edits: The edits, in order.
        like: Origin of a document of the estate: created documents have the same age.
    """
    changed: dict[str, Resource | None] = {}
    origin = declared_origin(like)

    def apply(edit: Edit) -> Resource | None:
        key = normalise(edit.id)
        before = changed[key] if key in changed else store.get(key)
        changed[key] = edit.on(before, origin)
        return changed[key]

    for edit in flat(edits):
        resource = apply(edit)
        for answer in answers_to(resource) if resource else ():
            apply(answer)
    return EditedStore(store, changed)


class EditedStore:
    """A store with some documents changed; see `Store`."""

    __slots__ = ("_attached", "_by_type", "_links", "_named", "_new", "documents", "store")

    def __init__(self, store: Store, documents: Documents) -> None:
        """Lay documents over a store.

        Args:
            store: The original store.
            documents: The changed documents.
        """
        self.store = store
        self.documents: dict[str, Resource | None] = {}
        self._by_type: defaultdict[str, dict[str, Resource]] = defaultdict(dict)
        self._attached: defaultdict[tuple[str, str], set[str]] = defaultdict(set)
        self._links: dict[str, frozenset[tuple[str, str]]] = {}
        self._named: defaultdict[tuple[str, str], set[str]] = defaultdict(set)
        self._new: set[str] = set()
        self.take(documents)

    def take(self, documents: Documents) -> None:
        """Add further changed documents, replacing those with the same ids."""
        for key, held in documents.items():
            self._forget(key)
            self.documents[key] = held
            if held:
                self._index(held)

    def _forget(self, key: str) -> None:
        """Remove a document from the indexes; record it as new if its id was not read."""
        if before := self.documents.get(key):
            del self._by_type[before.type][key]
            self._attached[_place_of(before)].discard(key)
            for link in self._links.pop(key):
                self._named[link].discard(key)
        elif key not in self.documents and not self.store.get(key):
            self._new.add(key)

    def _index(self, resource: Resource) -> None:
        """Add a document to the indexes."""
        self._by_type[resource.type][resource.id] = resource
        self._attached[_place_of(resource)].add(resource.id)
        self._links[resource.id] = frozenset(links_of(resource))
        for link in self._links[resource.id]:
            self._named[link].add(resource.id)

    def _merged(self, kept: Iterator[Resource], added: Iterable[Resource]) -> Iterator[Resource]:
        """Yield unchanged documents together with changed ones, by id."""
        others = sorted(added, key=lambda each: each.id)
        same = (each for each in kept if each.id not in self.documents)
        return merge(same, others, key=lambda each: each.id) if others else same

    def _existing(self, ids: Iterable[str]) -> Iterator[Resource]:
        """Yield the changed or new documents with some ids."""
        return filter(None, (self.documents[each] for each in ids))

    def _changed_of_type(self, arm_type: str) -> Iterable[Resource]:
        """Return the changed or new resources of a type."""
        return self._by_type[arm_type].values() if arm_type in self._by_type else ()

    def get(self, resource_id: str) -> Resource | None:
        """See `Store.get`."""
        if resource_id in self.documents:
            return self.documents[resource_id]
        return self.store.get(resource_id)

    def of_type(self, arm_type: str) -> Iterator[Resource]:
        """See `Store.of_type`; a resource not judged before is not judged after a change either."""
        for each in self.ids_of_type(arm_type):
            if found := self.get(each):
                yield found

    def of_types(self, arm_types: Many[str]) -> Iterator[Resource]:
        """See `Store.of_types`."""
        return merge(*map(self.of_type, arm_types), key=lambda each: each.id)

    def ids_of_type(self, arm_type: str) -> Iterator[str]:
        """See `Store.ids_of_type`."""
        known = {each for each in self.store.ids_of_type(arm_type) if self._is_kept(each)}
        new = {each.id for each in self._changed_of_type(arm_type) if each.id in self._new}
        return iter(sorted(known | new))

    def _is_kept(self, resource_id: str) -> bool:
        """Tell whether something that was read still exists."""
        return resource_id not in self.documents or self.documents[resource_id] is not None

    def subscriptions(self) -> Sequence[str]:
        """See `Store.subscriptions`."""
        return self.store.subscriptions()

    def under(self, parent_id: str, arm_type: str) -> Iterator[Resource]:
        """See `Store.under`."""
        added = self._existing(self._attached.get((parent_id, arm_type), ()))
        return self._merged(self.store.under(parent_id, arm_type), added)

    def inside(self, scope_id: str, arm_type: str) -> Iterator[Resource]:
        """See `Store.inside`."""
        added = (each for each in self._changed_of_type(arm_type) if is_within(each.id, scope_id))
        return self._merged(self.store.inside(scope_id, arm_type), added)

    def naming(self, target_id: str, relation: str) -> Iterator[Resource]:
        """See `Store.naming`."""
        added = self._existing(self._named.get((relation, target_id), ()))
        return self._merged(self.store.naming(target_id, relation), added)

    def sight(self, scope_id: str, part: str) -> Gap | bool:
        """See `Store.sight`; new resources are fully known."""
        return scope_id in self._new or self.store.sight(scope_id, part)

    def gaps(self) -> Iterator[Gap]:
        """See `Store.gaps`."""
        return self.store.gaps()

    def concerns(self, scope_id: str) -> bool:
        """See `Store.concerns`."""
        return self.store.concerns(scope_id)

    def close(self) -> None:
        """See `Store.close`."""
        self.store.close()

    def counts(self) -> Mapping[str, int]:
        """See `Store.counts`."""
        counts = Counter(self.store.counts())
        for key, held in self.documents.items():
            if key in self._new and held:
                counts[held.type] += 1
            elif held is None and (gone := self.store.get(key)):
                counts[gone.type] -= 1
        return +counts

    def collection(self) -> Collection:
        """See `Store.collection`."""
        return self.store.collection()


def _place_of(resource: Resource) -> tuple[str, str]:
    """Return the parent of a document, and its type."""
    return attached_to(resource.id, resource.type, resource.body), resource.type
