"""The estate: every resource that was read, how they hang together, and what is not known."""

from collections import defaultdict
from collections.abc import Collection as Many
from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from itertools import chain, islice, product
from typing import Any, Final, NamedTuple

from amlaudit.core import arm_id
from amlaudit.core.around import Neighbours, and_more, gathered
from amlaudit.core.context import LABELS, Label
from amlaudit.core.gap import Gap, NoDataError, Reason
from amlaudit.core.keeping import keep
from amlaudit.core.references import GROUPS_ABOVE, groups_above, names_of, said_at
from amlaudit.core.relation_kinds import (
    Above,
    AtOrAbove,
    ByName,
    Children,
    Inside,
    Named,
    Referrers,
)
from amlaudit.core.relations import MANAGEMENT_GROUP_PARTS, RELATIONS, SUBSCRIPTION_PARTS
from amlaudit.core.resource import Resource
from amlaudit.core.store import Store
from amlaudit.core.verdict import Evidence

_MOST_REMEMBERED: Final = 512
"""Resources whose neighbours are remembered, oldest out first: one rule after the other asks for
those of all that are judged together."""

_MOST_AROUND: Final = 256
"""Neighbours by one relation that are remembered; more are looked up each time, one at a time."""


class _Sayers(NamedTuple):
    """Who says the names of resources.

    Attributes:
        ids: The ids of those who say a name, by that name, lower case.
        missing: Why there may be more; None: there are no others.
    """

    ids: Mapping[str, Iterable[str]]
    missing: Gap | None


class Estate:
    """The resources of one audit and everything known about what is missing.

    The estate answers every question with what was read and with the gap that stands beside it;
    an empty answer without a gap is proof that there is nothing.

    Attributes:
        store: What was read.
        labels: How its tags are to be understood.
        fresh_since: The moment before which a document is too old to be asked how old something
            is; None: none is.
        indexes: What readings gathered of all of it once, by topic; gone with the estate.
        told: What tags say of a resource, by its id and the label; see `Subject.find_tag`.
        outcomes: How conditions came out on resources; see `amlaudit.engine.sharing`.
    """

    def __init__(
        self,
        store: Store,
        labels: Mapping[str, Label] = LABELS,
        fresh_since: datetime | None = None,
    ) -> None:
        """Take what was read; nothing has been asked yet."""
        self.store = store
        self.labels = labels
        self.fresh_since = fresh_since
        self.indexes: dict[str, object] = {}
        self.told: dict[tuple[str, str], Evidence | Gap] = {}
        self.outcomes: dict[str, dict[Any, Any]] = {}
        self._around: dict[str, dict[str, Neighbours]] = {}
        self._unnamed: dict[tuple[str, bool], Gap | None] = {}
        self._sayers: dict[ByName, _Sayers] = {}
        self._missing: tuple[Gap, ...] | None = None

    def over(self, store: Store) -> "Estate":
        """Return the estate of another store, understood in the same way."""
        return Estate(store, self.labels, self.fresh_since)

    def close(self) -> None:
        """Give back what the store holds open; nothing can be asked after."""
        self.store.close()

    def of_type(self, arm_type: str) -> Iterator[Resource]:
        """Yield the resources of a type that are to be judged, by id."""
        return self.store.of_type(arm_type)

    def of_types(self, arm_types: Many[str]) -> Iterator[Resource]:
        """Yield the resources of several types that are to be judged; see `Store.of_types`."""
        return self.store.of_types(arm_types)

    def gaps(self) -> tuple[Gap, ...]:
        """Return every gap, by scope and part: the recorded ones, and what nobody vouches for."""
        if self._missing is None:  # a look at every resource, for whoever judges or reports
            # What stands inside a document has the gaps of that document, told once.
            found = dict.fromkeys((*self.store.gaps(), *self._unvouched()))
            self._missing = tuple(sorted(found, key=lambda gap: (gap.scope_id, gap.part)))
        return self._missing

    def _unvouched(self) -> Iterator[Gap]:
        """Yield a gap for each part that a complete collection has and this one says nothing of."""
        for scope_id, part in self._parts():
            gap = self.sight(scope_id, part)
            if gap and self._recorded(scope_id, part) is False:
                yield gap

    def _parts(self) -> Iterator[tuple[str, str]]:
        """Yield (scope id, part) of everything that a complete collection vouches for."""
        for subscription_id in self.store.subscriptions():
            yield from ((subscription_id, part) for part in SUBSCRIPTION_PARTS)
        yield from product(self._groups(), MANAGEMENT_GROUP_PARTS)
        children = [each for each in RELATIONS.values() if isinstance(each, Children)]
        for parent in sorted({parent for each in children for parent in each.parents}):
            parts = [each.target for each in children if parent in each.parents]
            for resource_id in self.store.ids_of_type(parent):
                yield from ((resource_id, part) for part in parts)

    def _groups(self) -> set[str]:
        """Return the ids of the management groups that are known to be above a subscription."""
        known = filter(None, map(self.store.get, self.store.subscriptions()))
        return {group for each in known for group in groups_above(each.body) or ()}

    def sight(self, resource_id: str, part: str) -> Gap | None:
        """Return the gap in a part of a resource or scope, None if all of it was read.

        A part is an ARM type. What holds for a scope holds for everything under it unless
        something nearer says otherwise; what nobody vouches for was not collected.
        """
        known = self._recorded(resource_id, part)
        if known is not False:
            return None if known is True else known
        above = self._recorded(resource_id, part.rpartition("/")[0])
        if isinstance(above, Gap):  # the children of what was not seen were not seen either
            return above
        return _not_collected(resource_id, part)

    def _recorded(self, resource_id: str, part: str) -> Gap | bool:
        """Return what is recorded of a part nearest to a resource, False if nothing is."""
        for scope_id in arm_id.scopes_of(resource_id):
            known = self.store.sight(scope_id, part)
            if known is not False:
                return known
        return False

    def neighbours(self, resource: Resource, relation: str) -> Iterable[Resource]:
        """Return the resources that a relation leads to.

        One rule after the other asks for those of one resource, which are therefore remembered,
        unless there are more than there is room for.

        Raises:
            NoDataError: After the last one that is known, if there may be more.
            ValueError: There is no such relation from a resource of this type.
        """
        around = self._around.get(resource.id)
        if around is None:
            around = keep(self._around, resource.id, {}, _MOST_REMEMBERED)
        known = around.get(relation)
        if known is None:
            following = self._follow(resource, relation)
            known = gathered(islice(following, _MOST_AROUND + 1))
            if len(known.resources) > _MOST_AROUND:
                return chain(known.resources, following)
            around[relation] = known
        return and_more(known.resources, known.missing) if known.missing else known.resources

    def _follow(self, resource: Resource, relation: str) -> Iterator[Resource]:
        """Yield the neighbours as the store has them; see `neighbours`."""
        found = RELATIONS.get(relation)
        if not found or not found.starts_at(resource.type):
            raise ValueError(f"no relation {relation!r} leads from a {resource.type}")
        match found:
            case Named():
                yield from self._referenced(resource, found)
            case Children(target):
                yield from self.store.under(resource.id, target)
                self._prove(resource.id, target)
            case Inside(target):
                yield from self.store.inside(resource.id, target)
                self._prove(resource.id, target)
            case Above(target):
                yield from self._above(resource.id, target)
            case AtOrAbove(target, on_management_groups):
                scopes = self._scopes(resource, above_subscription=on_management_groups)
                for scope_id in scopes:
                    yield from self.store.under(scope_id, target)
                self._prove(resource.id, target)
                if target in MANAGEMENT_GROUP_PARTS:
                    self._prove_of_each_scope(resource, target)
            case ByName():
                yield from self._saying(arm_id.name_of(resource.id), found)
            case _:
                naming = self.store.naming(resource.id, found.relation)
                yield from (each for each in naming if each.type == found.target)
                self._prove_named(resource.id, found)

    def find(self, resource_id: str) -> Resource | None:
        """Return the resource of a normalised id, None if there is none of it.

        Raises:
            NoDataError: It was not seen, and may be there.
        """
        if not (found := self.store.get(resource_id)):
            self._prove(arm_id.resource_group_of(resource_id), arm_id.type_of(resource_id))
        return found

    def _prove(self, scope_id: str, part: str) -> None:
        """Raise NoDataError unless all of a part was read."""
        if gap := self.sight(scope_id, part):
            raise NoDataError(gap)

    def _prove_of_each_scope(self, resource: Resource, part: str) -> None:
        """Raise NoDataError unless all of a part was read of each scope above, by itself."""
        group = arm_id.resource_group_of(resource.id)
        if group and self.store.sight(group, part) is False:  # a subscription vouches for itself
            raise NoDataError(_not_collected(group, part))
        for scope_id in self.scopes_of(resource):
            if arm_id.type_of(scope_id) in (arm_id.SUBSCRIPTION_TYPE, arm_id.MANAGEMENT_GROUP_TYPE):
                self._prove(scope_id, part)

    def _prove_named(self, resource_id: str, relation: Referrers) -> None:
        """Raise NoDataError unless it is known of every resource of a type what it names.

        Of what is yet to be made it is enough to know that of those that are seen: no other names
        it so far. Who has seen that says so at the resource itself.
        """
        is_new = self.store.sight(resource_id, relation.target) is True
        key = (relation.relation, is_new)
        if key not in self._unnamed:
            unseen = iter(()) if is_new else self._gaps_in_types(relation.target)
            gaps = chain(unseen, self._gaps_in_naming(relation))
            self._unnamed[key] = next(gaps, None)
        if gap := self._unnamed[key]:
            raise NoDataError(gap)

    def _saying(self, name: str, relation: ByName) -> Iterator[Resource]:
        """Yield who says a name, then raise for the first of whom it is not known."""
        if relation not in self._sayers:
            self._sayers[relation] = self._sayers_of(relation)
        known = self._sayers[relation]
        yield from filter(None, map(self.store.get, known.ids.get(name, ())))
        if known.missing:
            raise NoDataError(known.missing)

    def _sayers_of(self, relation: ByName) -> _Sayers:
        """Return who says which names in the whole estate, or each resource would ask them all."""
        ids: defaultdict[str, list[str]] = defaultdict(list)
        missing: Gap | None = None
        for subscription_id in self.store.subscriptions():
            for each in self.store.inside(subscription_id, relation.target):
                for name in dict.fromkeys(self._names_said(each, relation)):
                    if isinstance(name, Gap):
                        missing = missing or name
                    else:
                        ids[name].append(each.id)
            missing = missing or self.sight(subscription_id, relation.target)
        return _Sayers(ids, missing)

    def _names_said(self, resource: Resource, relation: ByName) -> Iterator[str | Gap]:
        """Yield the names that a resource and what it holds say, and a gap for each not known."""
        yield from said_at(resource, relation.path)
        try:
            for held in self.neighbours(resource, relation.relation):
                yield from said_at(held, relation.held_path)
        except NoDataError as error:
            yield error.gap

    def _gaps_in_types(self, arm_type: str) -> Iterator[Gap]:
        """Yield what is not known of which resources of a type there are, in any subscription."""
        for subscription_id in self.store.subscriptions():
            yield from self._gaps_in_type(subscription_id, arm_type)

    def _gaps_in_naming(self, relation: Referrers) -> Iterator[Gap]:
        """Yield what is not known of whom the resources that are seen name."""
        names = RELATIONS[relation.relation]
        for gap in self.store.gaps():
            if isinstance(names, Named) and arm_id.type_of(gap.scope_id) == relation.target:
                resource = self.store.get(gap.scope_id)
                found = names_of(resource, names) if resource else iter(())
                yield from (each for each in found if isinstance(each, Gap))

    def _gaps_in_type(self, subscription_id: str, arm_type: str) -> Iterator[Gap]:
        """Yield what is not known of which resources of a type a subscription has.

        What is read of each parent by itself is known if it was read of all of them.
        """
        gap = self.sight(subscription_id, arm_type)
        if not gap:
            return
        parents = {
            parent
            for each in RELATIONS.values()
            if isinstance(each, Children) and each.target == arm_type
            for parent in each.parents
        }
        if not parents:
            yield gap
        for parent in sorted(parents):
            yield from self._gaps_in_type(subscription_id, parent)
            for resource in self.store.inside(subscription_id, parent):
                if gap := self.sight(resource.id, arm_type):
                    yield gap

    def _referenced(self, resource: Resource, relation: Named) -> Iterator[Resource]:
        """Yield the resources named by a property, then raise for the first that is not known."""
        missing: Gap | None = None
        for name in names_of(resource, relation):
            if isinstance(name, Gap):
                missing = missing or name
            elif arm_id.type_of(name) != relation.target:
                detail = f"{name} is named where a {relation.target} was expected"
                missing = missing or Gap(resource.id, name, Reason.UNSUPPORTED, detail)
            elif found := self.store.get(name):
                yield found
            else:
                missing = missing or self._unseen(name)
        if missing:
            raise NoDataError(missing)

    def _above(self, resource_id: str, target: str) -> Iterator[Resource]:
        """Yield the resource of a type that an id lies under, or raise if it was not seen."""
        for scope_id in arm_id.scopes_of(resource_id):
            if arm_id.type_of(scope_id) == target:
                found = self.store.get(scope_id)
                if found is None:
                    raise NoDataError(self._unseen(scope_id))
                yield found

    def _unseen(self, resource_id: str) -> Gap:
        """Return why a resource that something refers to is not in the estate."""
        kind = arm_id.type_of(resource_id)
        # What belongs to the tenant is read with the subscriptions that it holds for.
        is_of_tenant = arm_id.subscription_of(resource_id) == arm_id.ROOT
        places = self.store.subscriptions() if is_of_tenant else [resource_id]
        if gap := next(filter(None, (self.sight(place, kind) for place in places)), None):
            return Gap(resource_id, kind, gap.reason, gap.detail, gap.permission)
        return Gap(
            resource_id,
            kind,
            Reason.NOT_COLLECTED,
            f"{resource_id} is referred to but was not seen: deleted, or hidden from the caller",
        )

    def scopes_of(self, resource: Resource) -> Iterator[str]:
        """Yield the ids of all scopes that a resource lies under, management groups last.

        Raises:
            NoDataError: After the last one that is known, if the management groups are not.
        """
        yield from self._scopes(resource, above_subscription=True)

    def _scopes(self, resource: Resource, *, above_subscription: bool) -> Iterator[str]:
        """Yield the ids of all scopes a resource lies under.

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
        chain = groups_above(subscription.body)
        if chain is None:
            why = self.sight(subscription_id, arm_id.SUBSCRIPTION_TYPE)
            reason, permission = (why.reason, why.permission) if why else (Reason.NOT_COLLECTED, "")
            detail = f"the management groups above {subscription_id} are not known"
            raise NoDataError(
                Gap(subscription_id, ".".join(GROUPS_ABOVE), reason, detail, permission)
            )
        yield from chain


def _not_collected(scope_id: str, part: str) -> Gap:
    """Return the gap of a part of a scope that nobody vouches for."""
    return Gap(scope_id, part, Reason.NOT_COLLECTED, f"{part} here were not collected")
