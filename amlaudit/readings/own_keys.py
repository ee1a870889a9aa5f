"""Customer-managed keys that encrypt workspaces."""

from collections.abc import Iterator
from typing import Final
from urllib.parse import urlsplit

from amlaudit.core.subject import Subject
from amlaudit.readings.enumerations import one_of

KEY: Final = "properties.encryption.keyVaultProperties.keyIdentifier"
"""Path of the URI of a workspace's key, with or without the version."""

_SHOWN_SINCE: Final = "2020-01-01"
"""First API version that shows how a workspace is encrypted.

https://github.com/Azure/bicep-types-az
"""


def has_own_key(workspace: Subject) -> bool:
    """Tell whether a workspace is encrypted with a customer-managed, not a Microsoft-managed key.

    Raises:
        NoDataError: It is not known.
    """
    encryption = workspace.get("properties.encryption", default=None, since=_SHOWN_SINCE)
    return encryption is not None and workspace.text("properties.encryption.status") != "disabled"


def own_key_of(workspace: Subject) -> Subject:
    """Return the key of a workspace that is encrypted with a customer-managed one.

    Raises:
        NoDataError: It is not known, or not in the vault that was read.
    """
    path = urlsplit(workspace.text(KEY)).path  # /keys/NAME or /keys/NAME/VERSION
    name = path.removeprefix("/keys/").partition("/")[0]
    for vault in workspace.follow("encryption-key-vault"):
        for key in vault.follow("keys"):
            if key.name.lower() == name:
                return key
    raise workspace.undetermined(KEY, "whether the key still exists: it is not in its vault")


def rotations(key: Subject) -> Iterator[Subject]:
    """Yield the lifetime actions of a key that create a new version of it.

    Raises:
        NoDataError: It is not known.
    """
    for action in key.each("properties.rotationPolicy.lifetimeActions", default=()):
        if one_of(action, "action.type", ("rotate", "notify")) == "rotate":
            yield action
