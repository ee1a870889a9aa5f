"""An in-memory store of an estate's documents, for rule cases and tests."""

from collections import Counter, defaultdict
from collections.abc import Container, Iterator, Mapping, Sequence

from msgspec import Struct, field

from amlaudit.core.arm_id import ROOT, is_within, subscription_of
from amlaudit.core.collection import Collection
from amlaudit.core.gap import Gap
from amlaudit.core.references import attached_to, links_of
from amlaudit.core.resource import Resource


class MemoryStore(Struct):
    """An in-memory store of a few resources, for rule cases and tests.

    Attributes:
        resources: All resources.
        seen: (scope id, ARM type) of everything that was read completely.
        missing: The recorded gaps.
        context: Ids of resources that rules may reach but that are not judged.
        how: How they were read.
    """

    resources: tuple[Resource, ...] = ()
    seen: frozenset[tuple[str, str]] = frozenset()
    missing: tuple[Gap, ...] = ()
    context: frozenset[str] = frozenset()
    how: Collection = Collection()
    _by_id: Mapping[str, Resource] = field(default_factory=dict)
    _by_type: Mapping[str, list[Resource]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Index the resources by id, and by type in the order of their ids."""
        self._by_id = {each.id: each for each in self.resources}
        by_type: defaultdict[str, list[Resource]] = defaultdict(list)
        for each in sorted(self.resources, key=lambda each: each.id):
            by_type[each.type].append(each)
        self._by_type = by_type

    def get(self, resource_id: str) -> Resource | None:
        """See `Store.get`."""
        return self._by_id.get(resource_id)

    def of_type(self, arm_type: str) -> Iterator[Resource]:
        """See `Store.of_type`."""
        return (each for each in self._of(arm_type) if each.id not in self.context)

    def of_types(self, arm_types: Container[str]) -> Iterator[Resource]:
        """See `Store.of_types`."""
        found = (each for each in self.resources if each.type in arm_types)
        judged = (each for each in found if each.id not in self.context)
        return iter(sorted(judged, key=lambda each: each.id))

    def ids_of_type(self, arm_type: str) -> Iterator[str]:
        """See `Store.ids_of_type`."""
        return (each.id for each in self.of_type(arm_type))

    def subscriptions(self) -> Sequence[str]:
        """See `Store.subscriptions`."""
        named = {subscription_of(each.id) for each in self.resources}
        return sorted((named | set(self.how.reached)) - {ROOT})

    def under(self, parent_id: str, arm_type: str) -> Iterator[Resource]:
        """See `Store.under`."""
        return (
            each
            for each in self._of(arm_type)
            if attached_to(each.id, each.type, each.body) == parent_id
        )

    def inside(self, scope_id: str, arm_type: str) -> Iterator[Resource]:
        """See `Store.inside`."""
        return (each for each in self._of(arm_type) if is_within(each.id, scope_id))

    def naming(self, target_id: str, relation: str) -> Iterator[Resource]:
        """See `Store.naming`."""
        found = (each for each in self.resources if (relation, target_id) in links_of(each))
        return iter(sorted(found, key=lambda each: each.id))

    def sight(self, scope_id: str, part: str) -> Gap | bool:
        """See `Store.sight`."""
        for gap in self.missing:
            if (gap.scope_id, gap.part) == (scope_id, part):
                return gap
        return (scope_id, part) in self.seen

    def gaps(self) -> Iterator[Gap]:
        """See `Store.gaps`."""
        inside = (gap for each in self.resources for _, gap in each.gaps)
        return iter(sorted((*self.missing, *inside), key=lambda gap: (gap.scope_id, gap.part)))

    def concerns(self, scope_id: str) -> bool:  # noqa: ARG002 - all of it is to be judged
        """See `Store.concerns`."""
        return True

    def counts(self) -> Mapping[str, int]:
        """See `Store.counts`."""
        return Counter(each.type for each in self.resources)

    def collection(self) -> Collection:
        """See `Store.collection`."""
        return self.how

    def close(self) -> None:
        """See `Store.close`; nothing is held open."""

    def _of(self, arm_type: str) -> list[Resource]:
        """Return the resources of a type, by id."""
        return self._by_type.get(arm_type, [])
