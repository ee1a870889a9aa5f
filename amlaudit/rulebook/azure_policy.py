"""Turns Azure Policy definitions into checks of the resources of an estate.

https://learn.microsoft.com/azure/governance/policy/concepts/policy-applicability
"""

import json
from collections.abc import Collection, Iterator, Mapping
from functools import cache
from importlib.resources import files
from typing import Any, Final

from msgspec import Struct
from msgspec.structs import replace

from amlaudit.core import arm_id
from amlaudit.core.estate import Estate
from amlaudit.core.gap import Gap, NoDataError, Reason
from amlaudit.core.hidden import gap_at
from amlaudit.core.references import groups_above
from amlaudit.core.relations import ACTIVITY_LOG_EXPORT, DIAGNOSTIC_SETTING
from amlaudit.core.resource import Resource
from amlaudit.core.rule import Check
from amlaudit.core.subject import Subject
from amlaudit.core.verdict import Status, Verdict
from amlaudit.engine.policy.aliases import Aliases
from amlaudit.engine.policy.applicability import is_beneath
from amlaudit.engine.policy.children import Held, children_of, held, unseen
from amlaudit.engine.policy.definition import PolicyDefinition
from amlaudit.engine.policy.documents import value_at
from amlaudit.engine.policy.evaluate import Outcome, State, compile_policy
from amlaudit.engine.policy.fields import place_of
from amlaudit.engine.policy.frame import Search
from amlaudit.language.values import Unknown, is_list

_STATUSES: Final = {
    State.NON_COMPLIANT: Status.FAIL,
    State.COMPLIANT: Status.PASS,
    State.NOT_APPLICABLE: Status.NOT_APPLICABLE,
    State.MANUAL: Status.MANUAL,
    State.ERROR: Status.UNKNOWN,
    State.UNKNOWN: Status.UNKNOWN,
}

_ALWAYS: Final = frozenset({"displayName", "location", "tenantId"})
"""What every subscription or resource group has.

https://learn.microsoft.com/rest/api/resources/subscriptions/get
"""


@cache
def shipped_aliases() -> Aliases:
    """Return the alias table shipped with the package."""
    table = files("amlaudit.rulebook").joinpath("data", "policy_aliases.json")
    document: dict[str, Any] = json.loads(table.read_text("utf-8"))
    return Aliases(frozenset(document["types"]), document["exceptions"])


def policy_check(
    definition: PolicyDefinition,
    parameters: Mapping[str, object] | None = None,
    aliases: Aliases | None = None,
) -> Check:
    """Return the check of a rule that evaluates a policy definition on a resource.

    Args:
        definition: The definition.
        parameters: Values of its parameters, or of its set's parameters; the others have defaults.
        aliases: The alias table; None: the shipped one.

    Raises:
        DefinitionError: The service would not accept the parameters.
    """
    evaluate = compile_policy(definition, parameters or {}, aliases or shipped_aliases())

    def check(subject: Subject) -> Verdict:
        return verdict_of(evaluate(subject.resource, EstateSurroundings(subject)))

    return check


def verdict_of(outcome: Outcome) -> Verdict:
    """Return the verdict for the outcome of an evaluation."""
    gap = outcome.gap
    return Verdict(
        _STATUSES[outcome.state],
        outcome.message,
        gap.reason if gap else None,
        gap.permission if gap else "",
        outcome.evidence,
    )


class EstateSurroundings(Struct, frozen=True):
    """The surroundings of a resource in its estate; see `Surroundings`."""

    subject: Subject

    def group(self) -> Mapping[str, object]:
        """See `Surroundings.group`."""
        group_id = arm_id.resource_group_of(self.subject.id)
        if not group_id:
            raise NoDataError(_no_scope(self.subject.resource, "resource group"))
        spelled = _spelled(self.subject.resource, group_id)
        facts = _facts(self.subject.estate, group_id, ("location", "tags", "managedBy"))
        # built-in rules read managedBy of every group, but only managed ones have it
        return {"managedBy": None, **facts, "id": spelled, "name": arm_id.name_of(spelled)}

    def subscription(self) -> Mapping[str, object]:
        """See `Surroundings.subscription`."""
        subscription_id = arm_id.subscription_of(place_of(self.subject.resource))
        if subscription_id == arm_id.ROOT:
            raise NoDataError(_no_scope(self.subject.resource, "subscription"))
        facts = _facts(self.subject.estate, subscription_id, ("displayName", "tenantId", "tags"))
        named = {"subscriptionId": arm_id.name_of(subscription_id), "id": subscription_id}
        return {**facts, **named}

    def groups_above(self) -> Collection[str]:
        """See `Surroundings.groups_above`."""
        subscription_id = arm_id.subscription_of(place_of(self.subject.resource))
        subscription = self.subject.estate.store.get(subscription_id)
        known = groups_above(subscription.body) if subscription else None
        if known is None:
            detail = f"the management groups above {subscription_id} are unknown"
            part = arm_id.MANAGEMENT_GROUP_TYPE
            raise NoDataError(Gap(subscription_id, part, Reason.NOT_COLLECTED, detail))
        return known

    def related(self, search: Search) -> Iterator[Resource]:
        """See `Surroundings.related`."""
        resource, estate = self.subject.resource, self.subject.estate
        scope_id = resource.id
        if resource.type == arm_id.SUBSCRIPTION_TYPE and search.arm_type == DIAGNOSTIC_SETTING:
            yield from self._activity_log_settings()
            return
        if where := _shown(resource, search.arm_type):
            apart = {each.id: each for each in estate.store.inside(scope_id, search.arm_type)}
            yield from apart.values()  # declared by themselves, or read
            yield from (each for each in _within(resource, where) if each.id not in apart)
            return
        if search.arm_type.startswith(f"{resource.type}/"):
            yield from estate.store.inside(scope_id, search.arm_type)
        elif is_beneath(search, resource.type):
            yield from estate.store.under(scope_id, search.arm_type)
        else:
            scope_id = self._scope_of(search)
            yield from estate.store.inside(scope_id, search.arm_type)
        if gap := estate.sight(scope_id, search.arm_type):
            raise NoDataError(gap)

    def _activity_log_settings(self) -> Iterator[Resource]:
        """Yield the diagnostic settings of a subscription itself, not of the resources in it.

        Raises:
            NoDataError: There may be more.
        """
        subscription_id, estate = self.subject.id, self.subject.estate
        for each in estate.store.under(subscription_id, ACTIVITY_LOG_EXPORT):
            yield replace(each, type=DIAGNOSTIC_SETTING)
        if gap := estate.sight(subscription_id, ACTIVITY_LOG_EXPORT):
            raise NoDataError(gap)

    def _scope_of(self, search: Search) -> str:
        """Return the id of the resource group or subscription that a search looks in."""
        subscription_id = arm_id.subscription_of(place_of(self.subject.resource))
        group_id = arm_id.resource_group_of(self.subject.id)
        if search.everywhere or not (search.group or group_id):
            return subscription_id
        if search.group:
            return arm_id.normalise(f"{subscription_id}/resourceGroups/{search.group}")
        return group_id


def _shown(resource: Resource, arm_type: str) -> Held | None:
    """Return where the document of a resource shows children of a type, None if it does not."""
    where = held(arm_type)
    if where is None or arm_type.rpartition("/")[0] != resource.type:
        return None
    listed = is_list(value_at(resource.body, where.path))
    return where if listed or not where.always else None


def _within(resource: Resource, where: Held) -> Iterator[Resource]:
    """Yield the children that the document of a resource shows.

    Raises:
        NoDataError: It is not known whether these are all, or what they are.
    """
    if gap := gap_at(resource, where.path, whole=True):
        raise NoDataError(gap)
    yield from children_of(resource, where)
    if gap := unseen(resource, where):
        raise NoDataError(gap)


def _facts(estate: Estate, scope_id: str, names: tuple[str, ...]) -> dict[str, object]:
    """Return some properties of a resource group or subscription, each `Unknown` if not known.

    If a document lacks what every scope has, it was left out, and counts as unknown, not absent.
    """
    scope = estate.store.get(scope_id)
    if scope is None:
        part = arm_id.type_of(scope_id)
        detail = f"{scope_id} was not read"
        gap = estate.sight(scope_id, part) or Gap(scope_id, part, Reason.NOT_COLLECTED, detail)
        return dict.fromkeys(names, Unknown(gap))
    found: dict[str, object] = {"tags": {}}
    for name in names:
        gap_inside = gap_at(scope, (name,), whole=True)
        value = Unknown(gap_inside) if gap_inside else value_at(scope.body, (name,))
        if value is None and name in _ALWAYS:
            detail = f"the document of {scope_id} does not contain its {name}"
            value = Unknown(Gap(scope_id, name, Reason.NOT_COLLECTED, detail))
        if value is not None:
            found[name] = value
    return found


def _spelled(resource: Resource, scope_id: str) -> str:
    """Return the id of a scope above a resource as the resource's own id spells it."""
    written = value_at(resource.body, ("id",))
    shown = str(written)[: len(scope_id)]
    return shown if shown.lower() == scope_id else scope_id


def _no_scope(resource: Resource, kind: str) -> Gap:
    """Return the gap left by a resource that is in no scope of a kind."""
    return Gap(resource.id, "id", Reason.UNSUPPORTED, f"{resource.id} is not in a {kind}")
