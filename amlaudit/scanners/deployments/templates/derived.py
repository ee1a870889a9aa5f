"""Properties that Azure adds and that follow from a resource's name, so need not be read.

https://learn.microsoft.com/azure/key-vault/general/about-keys-secrets-certificates#object-identifiers
"""

from collections.abc import Mapping, Sequence
from typing import Final

from amlaudit.core.relations import KEY_VAULT
from amlaudit.scanners.deployments.templates.pending import Tentative, composed, spelled, tentative

_VAULT: Final = "https://{}.vault.azure.net/"
_ADDRESSES: Final[Mapping[str, Mapping[str, str]]] = {
    KEY_VAULT: {"vaultUri": _VAULT},
    f"{KEY_VAULT}/keys": {"keyUri": f"{_VAULT}keys/{{}}"},
    f"{KEY_VAULT}/secrets": {"secretUri": f"{_VAULT}secrets/{{}}"},
}
"""By type: addresses in the public cloud, built from the segments of a name."""
_VERSION: Final = "the version of a key or secret differs each time"


def derived(arm_type: str, names: Sequence[object]) -> dict[str, object]:
    """Return the properties of a resource that follow from the segments of its name.

    Args:
        arm_type: Its type, in any case.
        names: The segments; tentative if the name is.
    """
    found: dict[str, object] = {}
    for key, pattern in _ADDRESSES.get(arm_type.lower(), {}).items():
        address = composed(pattern.format(*map(spelled, names)), *names)
        found[key] = address
        if "/" in arm_type.partition("/")[2]:
            found[f"{key}WithVersion"] = _with_version(address)
    return found


def _with_version(address: object) -> Tentative:
    """Return the address of a version, which cannot be known in advance."""
    return tentative(f"{spelled(address)}/version-of-the-deployment", _VERSION, solid=True)


def scope_of(resource_id: object) -> dict[str, object]:
    """Return what the full reply of `reference()` says about the location of a resource.

    https://learn.microsoft.com/azure/azure-resource-manager/templates/template-functions-resource#reference
    """
    match spelled(resource_id).strip("/").split("/"):
        case [first, subscription, second, group, *_] if second.lower() == "resourcegroups":
            names = {"subscriptionId": subscription, "resourceGroupName": group}
        case [first, subscription, *_] if first.lower() == "subscriptions":
            names = {"subscriptionId": subscription}
        case _:
            return {}
    return {key: composed(name, resource_id) for key, name in names.items()}


def derived_of(resource_id: object) -> dict[str, object]:
    """Return the properties of a resource that follow from its id; none for a tentative id."""
    if not isinstance(resource_id, str):
        return {}
    namespace, *segments = resource_id.rpartition("/providers/")[2].strip("/").split("/")
    if len(segments) % 2:
        return {}
    return derived("/".join([namespace, *segments[::2]]), segments[1::2])
