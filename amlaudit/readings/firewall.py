"""Firewalls of storage accounts, key vaults and container registries, which are similar."""

from collections.abc import Iterator
from typing import Final

from amlaudit.core.relations import CONTAINER_REGISTRY, KEY_VAULT, STORAGE
from amlaudit.core.subject import Subject
from amlaudit.readings.addresses import Range, is_wider, range_of
from amlaudit.readings.enumerations import one_of
from amlaudit.readings.parameters import number_of
from amlaudit.readings.partial import known_of

LIMIT: Final = {
    "min_prefix_length": (24, "Shortest IPv4 prefix length that a firewall rule may allow.")
}
"""The parameter that rules about firewalls declare."""

_ACCESS: Final = "properties.publicNetworkAccess"
_ACCESS_SHOWN_SINCE: Final = {
    STORAGE: "2021-06-01",
    KEY_VAULT: "2021-06-01",
    CONTAINER_REGISTRY: "2019-12-01",
}
_FIREWALL_SHOWN_SINCE: Final = {
    STORAGE: "2017-06-01",
    KEY_VAULT: "2018-02-14",
    CONTAINER_REGISTRY: "2017-10-01",
}
"""First API versions that show public network access and the firewall, by type.

https://github.com/Azure/azure-rest-api-specs
"""
_RULES: Final = {"ipRules": "", "ipv6Rules": "2025-01-01"}
"""Lists of the ranges that the firewall of a storage account allows, and since when each is shown.

https://github.com/Azure/bicep-types-az
"""


def flaw_of(account: Subject) -> str | None:
    """Describe how a storage firewall allows more than a few known networks, None if it does not.

    Raises:
        NoDataError: Not all of it is known.
    """
    firewall = "properties.networkAcls"
    if not _denies_by_default(account, firewall):
        return "the firewall does not deny by default"
    shortest = number_of(account, "min_prefix_length")
    rules = known_of(
        account.each(f"{firewall}.{each}", default=(), since=since)
        for each, since in _RULES.items()
    )
    for network in known_of(_if_wider(each, shortest) for each in rules):
        return f"a firewall rule allows {network}"
    return None


def _if_wider(each: Subject, shortest: float) -> Iterator[Range]:
    """Yield the range that a rule allows, if it is too wide."""
    network = range_of(each, "value", each.text("value"))
    if is_wider(network, shortest):
        yield network


def answers_all_networks(resource: Subject, firewall: str) -> bool:
    """Tell whether a resource accepts requests from any network.

    Args:
        resource: The resource that the firewall protects.
        firewall: Path of the object with its default action.

    Raises:
        NoDataError: It is not known.
    """
    return public_access_of(resource) == "enabled" and not _denies_by_default(resource, firewall)


def public_access_of(resource: Subject) -> str:
    """Return the public network access: `enabled`, `disabled` or `securedbyperimeter`.

    Raises:
        NoDataError: It is not known.
    """
    states = ("enabled", "disabled", "securedbyperimeter")
    since = _ACCESS_SHOWN_SINCE[resource.type]
    return one_of(resource, _ACCESS, states, default="Enabled", since=since)


def _denies_by_default(resource: Subject, firewall: str) -> bool:
    """Tell whether a firewall denies networks without a rule."""
    actions, since = ("allow", "deny"), _FIREWALL_SHOWN_SINCE[resource.type]
    action = one_of(resource, f"{firewall}.defaultAction", actions, default="Allow", since=since)
    return action == "deny"
