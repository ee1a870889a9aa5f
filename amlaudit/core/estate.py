"""The estate: every resource that was read, how resources relate, and what is not known."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping
from datetime import datetime
from itertools import chain, islice, product
from typing import Any, Final

from amlaudit.core import arm_id
from amlaudit.core.caching import keep
from amlaudit.core.context import LABELS, Label
from amlaudit.core.coverage import MANAGEMENT_GROUP_PARTS, SUBSCRIPTION_PARTS
from amlaudit.core.gap import Gap, NoDataError, Reason, not_collected
from amlaudit.core.neighbours import Mentions, Neighbours, gathered
from amlaudit.core.references import (
    GROUPS_ABOVE,
    groups_above,
    is_in_managed_network,
    name_at,
    names_of,
    parents_of,
)
from amlaudit.core.relation_kinds import (
    Above,
    AtOrAbove,
    ByName,
    Children,
    Inside,
    Named,
    Referrers,
)
from amlaudit.core.relations import RELATIONS
from amlaudit.core.resource import Resource
from amlaudit.core.store import Store
from amlaudit.core.verdict import Evidence

_MAX_REMEMBERED: Final = 512
"""Resources whose neighbours are cached, oldest evicted first: each rule in turn asks for those of
all resources that are judged together."""

_MAX_NEIGHBOURS: Final = 256
"""Neighbours by one relation that are cached; more are looked up each time, one at a time."""


class Estate:
    """The resources of one audit and everything known about what is missing.

    The estate answers every query with what was read and the accompanying gap, if any; an empty
    answer without a gap proves that there is nothing.

    Attributes:
        store: What was read.
        labels: How to interpret its tags.
        fresh_since: A document read before this moment is too old to tell the age of anything;
            None: none is too old.
        indexes: What readings have collected once from the whole estate, by topic; they live as
            long as the estate.
        tags: What tags say about a resource, by its id and the label; see `Subject.find_tag`.
        outcomes: The outcomes of conditions on resources; see `amlaudit.engine.sharing`.
    """

    def __init__(
        self,
        store: Store,
        labels: Mapping[str, Label] = LABELS,
        fresh_since: datetime | None = None,
    ) -> None:
        """Wrap what was read; nothing has been queried yet."""
        self.store = store
        self.labels = labels
        self.fresh_since = fresh_since
        self.indexes: dict[str, object] = {}
        self.tags: dict[tuple[str, str], Evidence | Gap] = {}
        self.outcomes: dict[str, dict[Any, Any]] = {}
        self._neighbours: dict[str, dict[str, Neighbours]] = {}
        self._referrer_gaps: dict[tuple[Referrers, bool, str], Gap | None] = {}
        self._mentions: dict[ByName, Mentions] = {}
        self._missing: tuple[Gap, ...] | None = None

    def over(self, store: Store) -> "Estate":
        """Return the estate of another store, interpreted in the same way."""
        return Estate(store, self.labels, self.fresh_since)

    def close(self) -> None:
        """Release what the store holds open; the estate cannot be queried afterwards."""
        self.store.close()

    def of_type(self, arm_type: str) -> Iterator[Resource]:
        """Yield the resources of a type that are to be judged, by id."""
        return self.store.of_type(arm_type)

    def of_types(self, arm_types: Collection[str]) -> Iterator[Resource]:
        """Yield the resources of several types that are to be judged; see `Store.of_types`."""
        return self.store.of_types(arm_types)

    def gaps(self) -> tuple[Gap, ...]:
        """Return the gaps in what is to be judged, by scope and part.

        They include parts that no record covers. A gap elsewhere still hides evidence.
        """
        if self._missing is None:  # scans every resource, for evaluation and for reports
            # What is nested in a document inherits the gaps of that document: list each once.
            found = dict.fromkeys((*self.store.gaps(), *self._unrecorded()))
            concerned = (gap for gap in found if self.store.concerns(gap.scope_id))
            self._missing = tuple(sorted(concerned, key=lambda gap: (gap.scope_id, gap.part)))
        return self._missing

    def _unrecorded(self) -> Iterator[Gap]:
        """Yield a gap for each part of a complete collection that this one does not mention."""
        for scope_id, part in self._collected_parts():
            gap = self.sight(scope_id, part)
            if gap and self._recorded(scope_id, part) is False:
                yield gap

    def _collected_parts(self) -> Iterator[tuple[str, str]]:
        """Yield (scope id, part) of everything that a complete collection covers."""
        for subscription_id in self.store.subscriptions():
            yield from ((subscription_id, part) for part in SUBSCRIPTION_PARTS)
            if self.store.get(subscription_id) is None:
                yield subscription_id, arm_id.SUBSCRIPTION_TYPE
        yield from product(self._management_groups(), MANAGEMENT_GROUP_PARTS)
        children = [each for each in RELATIONS.values() if isinstance(each, Children)]
        for parent in sorted({parent for each in children for parent in each.parents}):
            parts = [each.target for each in children if parent in each.parents]
            for resource_id in self.store.ids_of_type(parent):
                yield from ((resource_id, part) for part in parts)

    def _management_groups(self) -> set[str]:
        """Return the ids of all management groups known to be above a subscription."""
        known = filter(None, map(self.store.get, self.store.subscriptions()))
        return {group for each in known for group in groups_above(each.body) or ()}

    def sight(self, resource_id: str, part: str) -> Gap | None:
        """Return the gap in a part of a resource or scope, None if all of it was read.

        A part is an ARM type. What is recorded for a scope applies to everything under it unless a
        nearer scope overrides it; a part with no record at all was not collected.
        """
        known = self._recorded(resource_id, part)
        if known is True:
            return None
        if isinstance(known, Gap):
            return known
        above = self._recorded(resource_id, part.rpartition("/")[0])
        if isinstance(above, Gap):  # children of unseen resources were not seen either
            return above
        return not_collected(resource_id, part)

    def _recorded(self, resource_id: str, part: str) -> Gap | bool:
        """Return the record of a part that is nearest to a resource; see `Store.sight`."""
        for scope_id in arm_id.scopes_of(resource_id):
            known = self.store.sight(scope_id, part)
            if known is not False:
                return known
        return False

    def neighbours(self, resource: Resource, relation: str) -> Iterable[Resource]:
        """Return the resources that a relation leads to.

        Successive rules ask for those of the same resource, so they are cached, unless there are
        too many.

        Raises:
            NoDataError: After the last one that is known, if there may be more.
            ValueError: There is no such relation from a resource of this type.
        """
        by_relation = self._neighbours.get(resource.id)
        if by_relation is None:
            by_relation = keep(self._neighbours, resource.id, {}, _MAX_REMEMBERED)
        known = by_relation.get(relation)
        if known is None:
            following = self._follow(resource, relation)
            known = gathered(islice(following, _MAX_NEIGHBOURS + 1))
            if len(known.resources) > _MAX_NEIGHBOURS:
                return chain(known.resources, following)
            by_relation[relation] = known
        return known.then_raise() if known.missing else known.resources

    def _follow(self, resource: Resource, relation: str) -> Iterator[Resource]:
        """Yield the neighbours as the store has them; see `neighbours`."""
        found = RELATIONS.get(relation)
        if not found or not found.starts_at(resource.type):
            raise ValueError(f"a {resource.type} has no relation {relation!r}")
        match found:
            case Named():
                yield from self._referenced(resource, found)
            case Children(target):
                yield from self.store.under(resource.id, target)
                self._ensure_read(resource.id, target)
            case Inside(target):
                yield from self.store.inside(resource.id, target)
                self._ensure_read(resource.id, target)
            case Above(target):
                yield from self._above(resource.id, target)
            case AtOrAbove(target, on_management_groups):
                scopes = self._scopes(resource, above_subscription=on_management_groups)
                for scope_id in scopes:
                    yield from self.store.under(scope_id, target)
                self._ensure_read(resource.id, target)
                if target in MANAGEMENT_GROUP_PARTS:
                    self._ensure_read_at_each_scope(resource, target)
            case ByName():
                yield from self._mentioning(arm_id.name_of(resource.id), found)
            case _:
                naming = self.store.naming(resource.id, found.relation)
                yield from (each for each in naming if each.type == found.target)
                self._ensure_referrers_known(resource.id, found)

    def find(self, resource_id: str) -> Resource | None:
        """Return the resource with a normalised id, None if there is none.

        Raises:
            NoDataError: It was not seen, but may exist.
        """
        if not (found := self.store.get(resource_id)):
            self._ensure_read(arm_id.resource_group_of(resource_id), arm_id.type_of(resource_id))
        return found

    def _ensure_read(self, scope_id: str, part: str) -> None:
        """Raise NoDataError unless all of a part was read."""
        if gap := self.sight(scope_id, part):
            raise NoDataError(gap)

    def _ensure_read_at_each_scope(self, resource: Resource, part: str) -> None:
        """Raise NoDataError unless a part was read completely for each scope above separately."""
        group = arm_id.resource_group_of(resource.id)
        if group and self.store.sight(group, part) is False:  # a subscription covers only itself
            raise NoDataError(not_collected(group, part))
        for scope_id in self.scopes_of(resource):
            if arm_id.type_of(scope_id) in (arm_id.SUBSCRIPTION_TYPE, arm_id.MANAGEMENT_GROUP_TYPE):
                self._ensure_read(scope_id, part)

    def _ensure_referrers_known(self, resource_id: str, relation: Referrers) -> None:
        """Raise NoDataError unless it is known what every resource of a type refers to.

        For a resource that is yet to be created, it is enough to know this of the resources seen:
        no other can refer to it yet. Whoever established that records it at the resource itself.
        """
        is_new = self.store.sight(resource_id, relation.target) is True
        within = arm_id.subscription_of(resource_id) if relation.in_subscription else arm_id.ROOT
        key = (relation, is_new, within)
        if key not in self._referrer_gaps:
            unseen = iter(()) if is_new else self._gaps_in_types(relation.target, within)
            gaps = chain(unseen, self._gaps_in_references(relation, within))
            self._referrer_gaps[key] = next(gaps, None)
        if gap := self._referrer_gaps[key]:
            raise NoDataError(gap)

    def _mentioning(self, name: str, relation: ByName) -> Iterator[Resource]:
        """Yield the resources that mention a name, then raise for the first that is not known."""
        if relation not in self._mentions:
            self._mentions[relation] = self._mentions_of(relation)
        known = self._mentions[relation]
        yield from filter(None, map(self.store.get, known.by_name.get(name, ())))
        if known.missing:
            raise NoDataError(known.missing)

    def _mentions_of(self, relation: ByName) -> Mentions:
        """Return who mentions which names in the whole estate, so that it is scanned only once."""
        by_name: defaultdict[str, list[str]] = defaultdict(list)
        missing: Gap | None = None
        for subscription_id in self.store.subscriptions():
            for each in self.store.inside(subscription_id, relation.target):
                for name in dict.fromkeys(self._names_mentioned(each, relation)):
                    if isinstance(name, Gap):
                        missing = missing or name
                    else:
                        by_name[name].append(each.id)
            missing = missing or self.sight(subscription_id, relation.target)
        return Mentions(by_name, missing)

    def _names_mentioned(self, resource: Resource, relation: ByName) -> Iterator[str | Gap]:
        """Yield the names that a resource and its contents mention, and a gap for each unknown."""
        yield from name_at(resource, relation.path)
        try:
            for held in self.neighbours(resource, relation.relation):
                yield from name_at(held, relation.held_path)
        except NoDataError as error:
            yield error.gap

    def _gaps_in_types(self, arm_type: str, within: str) -> Iterator[Gap]:
        """Yield the gaps in which resources of a type exist, in one subscription or (root) any."""
        everywhere = within == arm_id.ROOT
        for subscription_id in self.store.subscriptions() if everywhere else (within,):
            yield from self._gaps_in_type(subscription_id, arm_type)

    def _gaps_in_references(self, relation: Referrers, within: str) -> Iterator[Gap]:
        """Yield the gaps in what the resources that were seen there refer to."""
        names = RELATIONS[relation.relation]
        for gap in self.store.gaps():
            if not arm_id.is_within(gap.scope_id, within):
                continue
            if isinstance(names, Named) and arm_id.type_of(gap.scope_id) == relation.target:
                resource = self.store.get(gap.scope_id)
                found = names_of(resource, names) if resource else iter(())
                yield from (each for each in found if isinstance(each, Gap))

    def _gaps_in_type(self, subscription_id: str, arm_type: str) -> Iterator[Gap]:
        """Yield the gaps in which resources of a type a subscription has.

        A type that is read per parent is known if it was read for all parents.
        """
        gap = self.sight(subscription_id, arm_type)
        if not gap:
            return
        parents = parents_of(arm_type)
        if not parents:
            yield gap
        for parent in sorted(parents):
            yield from self._gaps_in_type(subscription_id, parent)
            for resource in self.store.inside(subscription_id, parent):
                if gap := self.sight(resource.id, arm_type):
                    yield gap

    def _referenced(self, resource: Resource, relation: Named) -> Iterator[Resource]:
        """Yield the resources that a property refers to, then raise for the first unknown one.

        Nobody sees the private endpoints of managed networks, which are Azure's own.
        """
        missing: Gap | None = None
        for name in names_of(resource, relation):
            if isinstance(name, Gap):
                missing = missing or name
            elif arm_id.type_of(name) != relation.target:
                detail = f"{name} is referenced where a {relation.target} was expected"
                missing = missing or Gap(resource.id, name, Reason.UNSUPPORTED, detail)
            elif found := self.store.get(name):
                yield found
            elif not (is_in_managed_network(name) and self._is_outside(name)):
                missing = missing or self._unseen(name)
        if missing:
            raise NoDataError(missing)

    def _is_outside(self, resource_id: str) -> bool:
        """Tell whether a resource is in a subscription that is not part of the audit."""
        return arm_id.subscription_of(resource_id) not in self.store.subscriptions()

    def _above(self, resource_id: str, target: str) -> Iterator[Resource]:
        """Yield the resource of a type that contains an id, or raise if it was not seen."""
        for scope_id in arm_id.scopes_of(resource_id):
            if arm_id.type_of(scope_id) == target:
                found = self.store.get(scope_id)
                if found is None:
                    raise NoDataError(self._unseen(scope_id))
                yield found

    def _unseen(self, resource_id: str) -> Gap:
        """Return the gap that explains why a referenced resource is not in the estate."""
        kind = arm_id.type_of(resource_id)
        # Tenant-level resources are read with the subscriptions that they apply to.
        is_of_tenant = arm_id.subscription_of(resource_id) == arm_id.ROOT
        places = self.store.subscriptions() if is_of_tenant else [resource_id]
        if gap := next(filter(None, (self.sight(place, kind) for place in places)), None):
            return Gap(resource_id, kind, gap.reason, gap.detail, gap.permission)
        return Gap(
            resource_id,
            kind,
            Reason.NOT_COLLECTED,
            f"{resource_id} is referenced but was not found: deleted, or hidden from the caller",
        )

    def scopes_of(self, resource: Resource) -> Iterator[str]:
        """Yield the ids of all scopes that contain a resource, management groups last.

        Raises:
            NoDataError: After the last one that is known, if the management groups are not.
        """
        yield from self._scopes(resource, above_subscription=True)

    def _scopes(self, resource: Resource, *, above_subscription: bool) -> Iterator[str]:
        """Yield the ids of all scopes that contain a resource.

        Raises:
            NoDataError: After the last one that is known, if the management groups are not.
        """
        yield from arm_id.scopes_of(resource.id)
        subscription_id = arm_id.subscription_of(resource.id)
        if subscription_id == arm_id.ROOT or not above_subscription:
            return
        subscription = self.store.get(subscription_id)
        if subscription is None:
            raise NoDataError(self._unseen(subscription_id))
        groups = groups_above(subscription.body)
        if groups is None:
            why = self.sight(subscription_id, arm_id.SUBSCRIPTION_TYPE)
            reason, permission = (why.reason, why.permission) if why else (Reason.NOT_COLLECTED, "")
            detail = f"the management groups above {subscription_id} are unknown"
            raise NoDataError(
                Gap(subscription_id, ".".join(GROUPS_ABOVE), reason, detail, permission)
            )
        yield from groups
