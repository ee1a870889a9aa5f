"""Azure Resource Manager ids: the join key of an estate, parsed and compared in one place."""

from functools import lru_cache
from sys import intern
from typing import Final

ROOT = "/"
"""The id of the tenant root scope, above every management group."""

SUBSCRIPTION_TYPE = "microsoft.resources/subscriptions"
RESOURCE_GROUP_TYPE = "microsoft.resources/subscriptions/resourcegroups"
MANAGEMENT_GROUP_TYPE = "microsoft.management/managementgroups"

_REMEMBERED: Final = 2048
"""Number of ids whose parts are cached: successive rules ask for those of the same resource."""
_PROVIDERS = "/providers/"
_SUBSCRIPTIONS = "/subscriptions/"
_GROUPS = "/resourcegroups/"
_ROLE_DEFINITIONS = "/providers/microsoft.authorization/roledefinitions/"


def normalise(arm_id: str) -> str:
    """Return the id as the join key: lower case, no doubled or trailing slash.

    Azure returns the same id in several spellings (`resourcegroups` and `resourceGroups`,
    `//providers`), and ignores case when comparing them. A role definition has an id under every
    scope that it can be assigned at; its name is unique in the tenant, so the scope is dropped.
    """
    tidy = encodable(arm_id).lower()
    if not tidy.startswith("/") or tidy.endswith("/") or "//" in tidy:  # few are
        tidy = "/" + "/".join(filter(None, tidy.split("/")))
    _, found, name = tidy.rpartition(_ROLE_DEFINITIONS)
    return found + name if found else tidy


def encodable(text: str) -> str:
    """Return a text that every store accepts: "?" replaces a lone surrogate, which has no UTF-8."""
    return text if text.isascii() else text.encode("utf-8", "replace").decode()


@lru_cache(_REMEMBERED)
def type_of(arm_id: str) -> str:
    """Return the ARM type in a normalised id, `""` for an id of no known form.

    It is the same object for all ids of a type, as records of thousands of resources hold it.
    """
    _, found, tail = arm_id.rpartition(_PROVIDERS)
    if found:
        segments = tail.split("/")
        # namespace, then pairs of type and name
        return intern("/".join([segments[0], *segments[1::2]])) if len(segments) >= 3 else ""  # noqa: PLR2004
    segments = arm_id.strip("/").split("/")
    match segments:
        case ["subscriptions", _]:
            return SUBSCRIPTION_TYPE
        case ["subscriptions", _, "resourcegroups", _]:
            return RESOURCE_GROUP_TYPE
        case _:
            return ""


def name_of(arm_id: str) -> str:
    """Return the last segment of an id."""
    return arm_id.rpartition("/")[2]


def parent_of(arm_id: str) -> str:
    """Return the parent of a normalised id; `ROOT` is its own parent.

    The parent of a child resource is its parent resource, that of an extension (a role assignment,
    a diagnostic setting) the resource that it extends, that of a resource its group, that of a
    group its subscription, and that of a subscription the root.
    """
    head, found, tail = arm_id.rpartition(_PROVIDERS)
    if found and tail.count("/") > 2:  # noqa: PLR2004 - a child: its own type and name go
        return arm_id.rsplit("/", 2)[0]
    if found:
        return head or ROOT
    above = arm_id.rsplit("/", 2)[0]
    return ROOT if above in ("", arm_id) else above


@lru_cache(_REMEMBERED)
def scopes_of(arm_id: str) -> tuple[str, ...]:
    """Return the id itself and every id above it, nearest first, the root last."""
    scopes = [arm_id]
    while scopes[-1] != ROOT:
        scopes.append(parent_of(scopes[-1]))
    return tuple(scopes)


def nearest_of_type(arm_id: str, arm_type: str) -> str:
    """Return the nearest id of a type among an id and those above it; `""` if there is none."""
    return next((each for each in scopes_of(arm_id) if type_of(each) == arm_type), "")


def up_to_type(arm_id: str, arm_type: str) -> str:
    """Return the part of an id that is the id of a type; the whole id if no part of it is one."""
    nearest = nearest_of_type(normalise(arm_id), arm_type.lower())
    return arm_id[: len(nearest)] if nearest else arm_id


def subscription_of(arm_id: str) -> str:
    """Return the id of the subscription that contains a normalised id, `ROOT` if none does."""
    if not arm_id.startswith(_SUBSCRIPTIONS):
        return ROOT
    return _SUBSCRIPTIONS + arm_id.split("/", 3)[2]


def resource_group_of(arm_id: str) -> str:
    """Return the id of the resource group that contains a normalised id, `""` if none does."""
    subscription = subscription_of(arm_id)
    rest = arm_id.removeprefix(subscription)
    if not rest.startswith(_GROUPS):
        return ""
    return subscription + _GROUPS + rest.split("/", 3)[2]


def is_scope(arm_id: str) -> bool:
    """Tell whether a normalised id is the root or begins like the id of a scope."""
    return arm_id == ROOT or arm_id.startswith(("/subscriptions/", "/providers/"))


def is_within(arm_id: str, scope: str) -> bool:
    """Tell whether a normalised id is the scope or is under it, by its text."""
    return scope in (ROOT, arm_id) or arm_id.startswith(scope + "/")
