"""Who may do what: the principals of managed identities, and what role assignments permit.

Roles are identified by the names of their definitions, which are the same in every tenant:
https://learn.microsoft.com/azure/role-based-access-control/built-in-roles
"""

from collections.abc import Collection, Iterable, Iterator
from fnmatch import fnmatchcase
from typing import Final, Literal, TypeAlias

from amlaudit.core import arm_id
from amlaudit.core.patterns import GUID
from amlaudit.core.subject import Subject
from amlaudit.readings.enumerations import one_of
from amlaudit.readings.once import once
from amlaudit.readings.texts import some_text, texts_in

OWNER: Final = "8e3af657-a8ff-443c-a75c-2fe8c4bcb635"
CONTRIBUTOR: Final = "b24988ac-6180-42a0-ab88-20f7382dd24c"
_USER_ACCESS_ADMINISTRATOR: Final = "18d7d88d-d35e-4fb5-a5c3-7773c20a72d9"
_ROLE_ADMINISTRATOR: Final = "f58310d9-a9f6-439a-9e8d-f62e7b41a168"
GRANTS_ROLES: Final = frozenset({OWNER, _USER_ACCESS_ADMINISTRATOR, _ROLE_ADMINISTRATOR})
"""Roles whose holders can make themselves owners."""
PRIVILEGED: Final = GRANTS_ROLES | {CONTRIBUTOR}

PROVIDER: Final = "microsoft.machinelearningservices/"
_ML: Final = PROVIDER + "workspaces/"
SECRET_ACTIONS: Final = frozenset(
    {
        _ML + "listkeys/action",
        _ML + "liststorageaccountkeys/action",
        _ML + "datastores/listsecrets/action",
        _ML + "connections/listsecrets/action",
        _ML + "computes/listkeys/action",
        _ML + "onlineendpoints/listkeys/action",
        _ML + "serverlessendpoints/listkeys/action",
    }
)
"""Actions that return secrets of a workspace, see
https://learn.microsoft.com/azure/machine-learning/how-to-assign-roles."""

OPENING_STORAGE: Final = frozenset(
    {
        "microsoft.storage/storageaccounts/listkeys/action",
        "microsoft.storage/storageaccounts/regeneratekey/action",
        "microsoft.storage/storageaccounts/listaccountsas/action",
        "microsoft.storage/storageaccounts/listservicesas/action",
    }
)
"""Actions that return a key or a signature for a storage account, see
https://learn.microsoft.com/azure/role-based-access-control/permissions/storage."""

_PEOPLE: Final = frozenset({"user", "group", "foreigngroup"})
_PRINCIPALS: Final = _PEOPLE | {"serviceprincipal", "device"}
"""Kinds of principals."""

_MANAGEMENT_GROUP: Final = "/providers/microsoft.management/"
_KINDS_OF_IDENTITIES: Final = (
    "none",
    "systemassigned",
    "userassigned",
    "systemassigned,userassigned",
    "systemassigned, userassigned",
)
_KINDS_OF_ROLES: Final = ("builtinrole", "customrole")
_OF_READERS: Final = {"*/read"}  # names no service
Plane: TypeAlias = Literal["actions", "dataActions"]
_EXCEPTIONS: Final = {"actions": "notActions", "dataActions": "notDataActions"}
_SHOWN_SINCE: Final = {"dataActions": "2018-01-01"}


def kind_of_identity(resource: Subject) -> str:
    """Return the kind of a resource's managed identities, `none` if it has none.

    Raises:
        NoDataError: It is not known, or not one of the known kinds.
    """
    if resource.get("identity", default=None) is None:
        return "none"
    return one_of(resource, "identity.type", _KINDS_OF_IDENTITIES)


def identities_of(resource: Subject) -> frozenset[str]:
    """Return the principals of a resource's managed identities; empty if it has none.

    Raises:
        NoDataError: Not all of them are known.
    """
    kind = kind_of_identity(resource)
    found: set[str] = set()
    if kind.startswith("systemassigned"):
        found.add(some_text(resource, "identity.principalId"))
    if kind.endswith("userassigned"):
        identities = list(resource.each("identity.userAssignedIdentities", keyed=True))
        if not identities:
            raise resource.unfamiliar("identity.userAssignedIdentities", "empty")
        found.update(some_text(identity, "principalId") for identity in identities)
    return frozenset(found)


def with_identities(workspace: Subject) -> Iterator[Subject]:
    """Yield a workspace and its parts that may have their own managed identities.

    Raises:
        NoDataError: After some, if there may be more.
    """
    yield workspace
    for relation in ("computes", "online-endpoints", "batch-endpoints"):
        yield from workspace.follow(relation)


def identities_in(workspace: Subject) -> Iterator[str]:
    """Yield the ids of the user-assigned identities of a workspace, its computes and endpoints.

    Raises:
        NoDataError: After some, if there may be more.
    """
    for part in with_identities(workspace):
        yield from map(arm_id.normalise, attached_to(part))


def attached_to(resource: Subject) -> Iterator[str]:
    """Yield the ids of the user-assigned identities of a resource.

    Raises:
        NoDataError: They are not known, or missing although the resource has some.
    """
    path, named = "identity.userAssignedIdentities", False
    for identity in resource.each(path, default=(), keyed=True):
        named = True
        yield identity.prefix[-1]
    if not named and kind_of_identity(resource).endswith("userassigned"):
        raise resource.unfamiliar(path, "empty")


def holder_of(grant: Subject) -> str:
    """Return the object id of the principal of a role assignment or schedule."""
    return some_text(grant, "properties.principalId")


def role_of(grant: Subject) -> str:
    """Return the name of the role definition that a role assignment grants: a GUID.

    Raises:
        NoDataError: It is not known, or neither a GUID nor of a definition that was seen.
    """
    named = some_text(grant, "properties.roleDefinitionId")
    found = arm_id.name_of(arm_id.normalise(named))
    if not GUID.fullmatch(found) and not any(True for _ in grant.follow("role-definition")):
        raise grant.unfamiliar("properties.roleDefinitionId", named)
    return found


def scope_of(grant: Subject) -> str:
    """Return the normalised id of the scope of a role assignment.

    Raises:
        NoDataError: It is not known, or is not the id of a scope.
    """
    named = some_text(grant, "properties.scope")
    found = arm_id.normalise(named)
    if not arm_id.is_scope(found):
        raise grant.unfamiliar("properties.scope", named)
    return found


def is_wide(grant: Subject) -> bool:
    """Tell whether the scope of a role assignment is at least a resource group, not a resource."""
    scope = scope_of(grant)
    of_group = scope in (arm_id.ROOT, arm_id.resource_group_of(scope))
    of_subscription = scope == arm_id.subscription_of(scope)
    return of_group or of_subscription or scope.startswith(_MANAGEMENT_GROUP)


def grants_to(principals: Collection[str], resource: Subject) -> Iterator[Subject]:
    """Yield the role assignments that principals have on a resource or on a scope above it.

    Roles that they hold as members of a group are not seen.

    Raises:
        NoDataError: After the last one that is known, if there may be more.
    """
    for grant in resource.follow("role-assignments"):
        if holder_of(grant) in principals:
            yield grant


def allows(grant: Subject, actions: Collection[str], plane: Plane = "actions") -> bool:
    """Tell whether the role that an assignment grants allows one of some actions, lower case.

    Raises:
        NoDataError: The role definition is not known.
    """
    some_text(grant, "properties.roleDefinitionId")  # without one, nothing is known
    return any(permits(role, actions, plane) for role in grant.follow("role-definition"))


def permits(role: Subject, actions: Collection[str], plane: Plane = "actions") -> bool:
    """Tell whether a role definition allows one of some actions, lower case.

    https://learn.microsoft.com/azure/role-based-access-control/role-definitions
    """
    question = ("permits", plane, frozenset(actions))
    return once(role, question, lambda each: _permits(each, actions, plane))


def _permits(role: Subject, actions: Collection[str], plane: Plane) -> bool:
    """Return the result of `permits`, read from the role definition."""
    for permission in role.each("properties.permissions"):
        allowed = patterns_in(permission, plane)
        excepted = patterns_in(permission, _EXCEPTIONS[plane])
        if any(_matches(each, allowed) and not _matches(each, excepted) for each in actions):
            return True
    return False


def is_people(grant: Subject) -> bool:
    """Tell whether a role assignment or schedule is for a user or a group, not for a machine."""
    return one_of(grant, "properties.principalType", _PRINCIPALS) in _PEOPLE


def without_end(grants: Iterable[Subject], resource: Subject) -> Iterator[Subject]:
    """Yield the permanent ones of some role assignments over a resource.

    Temporary are those with an end in Privileged Identity Management, and activated ones. It is not
    read if there is no assignment: not every directory has it.

    Raises:
        NoDataError: It is not known how long they last.
    """
    doubtful = list(grants)
    if doubtful:
        schedules = resource.follow("role-schedules")
        temporary = {_terms(each) for each in schedules if _ends(each)}
        yield from (grant for grant in doubtful if _terms(grant) not in temporary)


def _terms(grant: Subject) -> tuple[str, str, str]:
    """Return principal, role and scope of a role assignment or schedule."""
    return holder_of(grant), role_of(grant), scope_of(grant)


def _ends(schedule: Subject) -> bool:
    """Tell whether a role was assigned temporarily, or activated."""
    kinds = ("activated", "assigned")
    if one_of(schedule, "properties.assignmentType", kinds) == "activated":
        return True
    has_end = schedule.get("properties.endDateTime", default="") != ""
    return has_end and bool(schedule.time("properties.endDateTime"))


def custom_ml_roles(subscription: Subject) -> Iterator[Subject]:
    """Yield the custom roles with actions of machine learning that can be assigned here.

    Unassigned ones count too: they are there to be assigned.

    Raises:
        NoDataError: After some, if there may be more.
    """
    for role in subscription.follow("role-definitions"):
        if (
            one_of(role, "properties.type", _KINDS_OF_ROLES) == "customrole"
            and any(_is_for(subscription, scope) for scope in scopes_of(role))
            and any(map(_may_be_ours, actions_in(role) - _OF_READERS))
        ):
            yield role


def _may_be_ours(action: str) -> bool:
    """Tell whether an action is one of machine learning, or a wildcard that covers some."""
    begins, wildcard, _ = action.partition("*")
    return action.startswith(PROVIDER) or (bool(wildcard) and PROVIDER.startswith(begins))


def scopes_of(role: Subject) -> list[str]:
    """Return the normalised ids of the scopes that a role can be assigned in."""
    return list(map(arm_id.normalise, texts_in(role, "properties.assignableScopes")))


def actions_in(role: Subject) -> set[str]:
    """Return the actions that a role names, lower case, wildcards as written."""
    permissions = role.each("properties.permissions")
    return {action for each in permissions for action in patterns_in(each, "actions")}


def _is_for(subscription: Subject, scope: str) -> bool:
    """Tell whether a scope contains a subscription, or is within it."""
    if scope.startswith(_MANAGEMENT_GROUP):
        groups = subscription.each("properties.managementGroupAncestorsChain")
        return arm_id.name_of(scope) in {group.text("name") for group in groups}
    return scope == arm_id.ROOT or arm_id.is_within(scope, subscription.id)


def patterns_in(permission: Subject, path: str) -> list[str]:
    """Return a list of actions, lower case; ARM writes an empty list, or omits it.

    Raises:
        NoDataError: It is not known, also because the API version does not show data actions.
    """
    if since := _SHOWN_SINCE.get(path):
        permission.get(path, default=(), since=since)
    return list(texts_in(permission, path, default=()))


def _matches(action: str, patterns: Collection[str]) -> bool:
    """Tell whether an action matches one of several patterns, in which `*` is any text."""
    return any(fnmatchcase(action, pattern) for pattern in patterns)
