"""Where a deployment goes, and the ids that resources get there.

https://learn.microsoft.com/azure/azure-resource-manager/templates/template-functions-resource
"""

from collections.abc import Sequence
from enum import StrEnum
from functools import cached_property
from typing import Final

from msgspec import Struct

from amlaudit.language.values import EvaluationError
from amlaudit.scanners.deployments.templates.pending import (
    Pending,
    Tentative,
    composed,
    is_blank,
    joined,
    spelled,
    tentative,
)

_NO_SUBSCRIPTION: Final = "00000000-0000-0000-0000-000000000000"
_NO_GROUP: Final = "resource-group-of-the-deployment"
_NO_MANAGEMENT_GROUP: Final = "management-group-of-the-deployment"
_RESOURCE_GROUPS: Final = "microsoft.resources/resourcegroups"
_SUBSCRIPTIONS: Final = ("microsoft.resources/subscriptions", "microsoft.subscription/aliases")


class Level(StrEnum):
    """The kind of scope that a template is deployed to."""

    GROUP = "resource group"
    SUBSCRIPTION = "subscription"
    MANAGEMENT_GROUP = "management group"
    TENANT = "tenant"
    EXTENSION = "resource"
    """An extension goes to the resource that it extends."""


class Target(Struct, frozen=True, dict=True):
    """Where a deployment goes; unknown parts have made-up substitutes.

    Attributes:
        level: The kind of scope.
        subscription: Id of the subscription, a UUID.
        group: Name of the resource group.
        management_group: Name of the management group.
        extended: Id of the resource that an extension goes to.
    """

    level: Level = Level.GROUP
    subscription: object = tentative(
        _NO_SUBSCRIPTION, "the subscription is chosen at deployment", solid=True
    )
    group: object = tentative(_NO_GROUP, "the resource group is chosen at deployment", solid=True)
    management_group: object = tentative(
        _NO_MANAGEMENT_GROUP, "the management group is chosen at deployment", solid=True
    )
    extended: object = ""

    @cached_property
    def subscription_id(self) -> object:
        """ARM id of the subscription."""
        return joined("/subscriptions/", self.subscription)

    @cached_property
    def group_id(self) -> object:
        """ARM id of the resource group."""
        return joined("/subscriptions/", self.subscription, "/resourceGroups/", self.group)

    @cached_property
    def management_group_id(self) -> object:
        """ARM id of the management group."""
        return joined("/providers/Microsoft.Management/managementGroups/", self.management_group)

    @cached_property
    def scope(self) -> object:
        """ARM id of the deployment's scope, empty for the tenant."""
        return {
            Level.GROUP: self.group_id,
            Level.SUBSCRIPTION: self.subscription_id,
            Level.MANAGEMENT_GROUP: self.management_group_id,
            Level.TENANT: "",
            Level.EXTENSION: self.extended,
        }[self.level]


def target_of(scope: object) -> Target:
    """Return the target for the id of a scope."""
    text = spelled(scope).strip("/")
    match [part for part in text.split("/") if part]:
        case []:
            return Target(Level.TENANT)
        case [first, subscription] if first.lower() == "subscriptions":
            return Target(Level.SUBSCRIPTION, composed(subscription, scope))
        case [first, subscription, _, group] if first.lower() == "subscriptions":
            return Target(Level.GROUP, composed(subscription, scope), composed(group, scope))
        case [_, _, kind, name] if kind.lower() == "managementgroups":
            return Target(Level.MANAGEMENT_GROUP, management_group=composed(name, scope))
        case _:
            return Target(Level.EXTENSION, extended=scope)


def id_under(scope: object, arm_type: object, names: Sequence[object]) -> object:
    """Return the id of a resource under a scope.

    Args:
        scope: The id of the scope, empty for the tenant.
        arm_type: The type, `Microsoft.Storage/storageAccounts/blobServices`.
        names: One name for each segment of the type after the first.

    Raises:
        EvaluationError: The type has a different number of segments.
    """
    namespace, *kinds = spelled(arm_type).strip("/").split("/")
    if len(kinds) != len(names) or not kinds:
        raise EvaluationError(f"{spelled(arm_type)} takes {len(kinds)} names, not {len(names)}")
    if isinstance(arm_type, Pending):
        return arm_type.named("")
    if spelled(arm_type).lower() == _RESOURCE_GROUPS:
        return joined(scope, "/resourceGroups/", names[0])
    if spelled(arm_type).lower() in _SUBSCRIPTIONS and not spelled(scope):
        return joined("/subscriptions/", names[0])
    pairs = [
        part for pair in zip(kinds, names, strict=True) for part in ("/", pair[0], "/", pair[1])
    ]
    return joined(scope, "/providers/", namespace, *pairs)


def absolute_id(target: Target, written: object) -> object:
    """Return an id that may be written relative to a deployment's scope.

    Raises:
        EvaluationError: It is unknown, or no id.
    """
    text = spelled(written)
    if text.startswith("/"):
        return written
    if is_blank(written):
        raise EvaluationError(written.gap.detail)
    namespace, *rest = text.split("/")
    base = "" if namespace.lower() == "microsoft.management" else target.scope
    names = [composed(name, written) for name in rest[1::2]]
    return id_under(base, "/".join([namespace, *rest[::2]]), names)


def declared_id(scope: object, arm_type: str, name: object) -> object:
    """Return the id of a resource from its type and full name, as templates declare them.

    An extension may be written as a child: type `A/b/providers/locks`, name `x/Microsoft.C/y`.

    Raises:
        EvaluationError: Type and name do not match.
    """
    names = split_name(name)
    if "" in map(spelled, names):
        raise EvaluationError("a part of its name is empty")
    kinds = arm_type.strip("/").split("/")
    at = next((place for place, kind in enumerate(kinds) if kind.lower() == "providers"), 0)
    if not at:
        return id_under(scope, arm_type, names)
    base = id_under(scope, "/".join(kinds[:at]), names[: at - 1])
    namespace, *rest = names[at - 1 :] or [""]
    return id_under(base, "/".join([spelled(namespace), *kinds[at + 1 :]]), rest)


def split_name(name: object) -> list[object]:
    """Return the segments of a name, tentative if the name is."""
    segments = spelled(name).split("/")
    if len(segments) == 1:
        return [name]
    known = name.tail.count("/") if isinstance(name, Tentative) else 0
    split = len(segments) - known
    return [*(composed(each, name) for each in segments[:split]), *segments[split:]]


def resource_id(target: Target, arguments: Sequence[object]) -> object:
    """Return `resourceId()`: under the resource group, or under the deployment's scope.

    Raises:
        EvaluationError: The arguments have none of the accepted forms.
    """
    before, arm_type, names = _parted(arguments)
    scope = target.scope if target.level is not Level.GROUP else target.group_id
    match before:
        case []:
            pass
        case [group] if target.level is Level.GROUP:
            scope = Target(subscription=target.subscription, group=group).group_id
        case [subscription]:
            scope = Target(subscription=subscription).subscription_id
        case [subscription, group]:
            scope = Target(subscription=subscription, group=group).group_id
        case _:
            raise EvaluationError("too many arguments before the type")
    return id_under(scope, arm_type, names)


def subscription_resource_id(target: Target, arguments: Sequence[object]) -> object:
    """Return `subscriptionResourceId()`."""
    before, arm_type, names = _parted(arguments)
    subscription = before[0] if before else target.subscription
    return id_under(Target(subscription=subscription).subscription_id, arm_type, names)


def tenant_resource_id(_: Target, arguments: Sequence[object]) -> object:
    """Return `tenantResourceId()`."""
    _before, arm_type, names = _parted(arguments)
    return id_under("", arm_type, names)


def management_group_resource_id(target: Target, arguments: Sequence[object]) -> object:
    """Return `managementGroupResourceId()`."""
    before, arm_type, names = _parted(arguments)
    group = before[0] if before else target.management_group
    return id_under(Target(management_group=group).management_group_id, arm_type, names)


def extension_resource_id(_: Target, arguments: Sequence[object]) -> object:
    """Return `extensionResourceId()`."""
    if not arguments:
        raise EvaluationError("expected a base id")
    _before, arm_type, names = _parted(arguments[1:])
    return id_under(arguments[0], arm_type, names)


def _parted(arguments: Sequence[object]) -> tuple[list[object], object, list[object]]:
    """Return what precedes the type, the type, and the names."""
    for at, argument in enumerate(arguments):
        if "/" in spelled(argument):
            return list(arguments[:at]), argument, list(arguments[at + 1 :])
    raise EvaluationError("there is no resource type among the arguments")
