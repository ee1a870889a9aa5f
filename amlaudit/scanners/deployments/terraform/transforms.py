"""Transforms of attribute values on their way into an ARM document."""

import json
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final, TypeAlias
from urllib.parse import urlsplit

from amlaudit.core.gap import Reason
from amlaudit.scanners.deployments.declaration import Unresolved
from amlaudit.scanners.deployments.roles import ROLE_DEFINITIONS, role_ids

HERE: Final = "scanners/deployments/terraform"
"""The cache of Terraform tables depends on every file in this folder."""

_NO_DAYS: Final = -1
"""A lifecycle rule's number of days when not set."""

_UNREAD: Final = Unresolved("this version does not read its attribute", Reason.UNSUPPORTED)

Transform: TypeAlias = Callable[[Any], object]
"""Takes an attribute's value; raises ValueError if it is not one that it knows."""


def _switch(on: object, off: object) -> Transform:
    """Return the transform from a boolean to one of two values."""

    def switched(value: object) -> object:
        if not isinstance(value, bool):
            raise ValueError("no boolean")  # noqa: TRY004 - the value is wrong, not the program
        return on if value else off

    return switched


def _joined(separator: str) -> Transform:
    """Return the transform from a list of words to one string."""
    return lambda words: separator.join(sorted(str(word) for word in words))


def _key_parts(url: str) -> Mapping[str, str]:
    """Return vault, name and version of a key: `https://<vault>/keys/<name>/<version>`."""
    parts = urlsplit(url)
    match parts.path.strip("/").split("/"):
        case ["keys", name, *version]:
            vault = f"{parts.scheme}://{parts.netloc}"
            found = {"keyvaulturi": vault, "keyname": name}
            return found | ({"keyversion": version[0]} if version else {})
        case _:
            raise ValueError("no address of a key")


def _sealing_key(url: str) -> object:
    """Return vault, name and version of a key as a container group shows them."""
    found = _key_parts(url)
    words = {"keyvaulturi": "vaultBaseUrl", "keyname": "keyName", "keyversion": "keyVersion"}
    return {words[key]: value for key, value in found.items()}


def _vault_uri(resource_id: str) -> str:
    """Return the address of a vault with an id."""
    return f"https://{_segment_after('vaults', resource_id)}.vault.azure.net"


def _segment_after(kind: str, resource_id: str) -> str:
    """Return the name of the resource of a kind in an id, the last one if there is none."""
    segments = resource_id.strip("/").split("/")
    if len(segments) % 2 or segments[0].lower() != "subscriptions":
        raise ValueError("no id of a resource")
    names = {key.lower(): name for key, name in zip(segments[::2], segments[1::2], strict=True)}
    return names[kind] if kind else segments[-1]


def _identity_type(text: str) -> str:
    """Return an identity type in Azure's spelling; before 3.0 it had no space."""
    return ", ".join(part.strip() for part in text.split(","))


def _keys(ids: Sequence[object]) -> object:
    """Return an object whose keys are ids, `Unresolved` if one of them is."""
    unknown = next((each for each in ids if isinstance(each, Unresolved)), None)
    return unknown or {str(each): {} for each in ids}


def _role_id(name: str) -> str:
    """Return the id of a built-in role; a custom role is known by its definition only."""
    if name.lower() not in role_ids():
        raise ValueError("no built-in role that is known")
    return f"{ROLE_DEFINITIONS}/{role_ids()[name.lower()]}"


TRANSFORMS: Final[Mapping[str, Transform]] = {
    "not": _switch(on=False, off=True),
    "E/D": _switch("Enabled", "Disabled"),
    "D/E": _switch("Disabled", "Enabled"),
    "e/d": _switch("enabled", "disabled"),
    "enforcement": _switch("Default", "DoNotEnforce"),
    "json": json.loads,
    "commas": _joined(", "),
    "semicolons": _joined(";"),
    "key_parts": _key_parts,
    "sealing_key": _sealing_key,
    "vault_uri": _vault_uri,
    "identity_type": _identity_type,
    "lower": str.lower,
    "text": str,
    "some": lambda members: members or None,
    "word": _switch("true", "false"),
    "alone": lambda value: [value],
    "shown_address": lambda kind: None if kind == "None" else kind,
    "account": lambda resource_id: _segment_after("storageaccounts", resource_id),
    "last": lambda resource_id: _segment_after("", resource_id),
    "location": lambda name: name.replace(" ", "").lower(),
    "keys": _keys,
    "true_only": lambda value: value or None,
    "critical_only": lambda value: ["CriticalAddonsOnly=true:NoSchedule"] if value else None,
    "adding_groups": lambda ids: [{"actionType": "AddActionGroups", "actionGroupIds": ids}],
    "ip_tags": lambda tags: [{"ipTagType": kind, "tag": tag} for kind, tag in tags.items()],
    "days": lambda number: None if number == _NO_DAYS else number,
    "is_set": lambda value: "enabled" if value else "disabled",
    "chosen_containers": lambda names: [{"containersList": names}] if names else None,
    "container_access": {"private": "None", "blob": "Blob", "container": "Container"}.__getitem__,
    "built_in_role": _role_id,
    "unread": lambda value: _UNREAD if value else None,
    "written_only": lambda _: Unresolved("it is write-only, and therefore never in a plan"),
}
"""By their name in mappings; a transform that returns None sets nothing."""


def _account_sku(values: Sequence[Any]) -> object:
    """Return the name of a storage account's SKU: `Standard_ZRS`, `StandardV2_ZRS`."""
    tier, replication, billing = values
    if not tier or not replication:
        raise ValueError("no tier or no replication")
    return f"{tier}{'V2' if billing == 'V2' else ''}_{replication}"


def _stored_key(is_set: Sequence[Any]) -> str:
    """Return a datastore's credential kind, given whether it has a key, and a signature."""
    return "AccountKey" if is_set[0] else "Sas"


def _certificate(is_set: Sequence[Any]) -> str:
    """Return a cluster's certificate source, given whether it has a label, and its own one."""
    return "Auto" if is_set[0] else "Enabled"


COMBINATIONS: Final[Mapping[str, Callable[[Sequence[Any]], object]]] = {
    "account_sku": _account_sku,
    "certificate": _certificate,
    "stored_key": _stored_key,
    "stored_principal": lambda _: "ServicePrincipal",
}
"""Functions that combine several attributes into one value; None is one that is not set."""
