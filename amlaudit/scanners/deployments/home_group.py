"""The resource group that a deployment goes to, derived from its links where it is not given.

Accounts, vaults and registries have globally unique names. So when a workspace refers to one in a
named group, and the same name is declared in the deployment's group, both are the same resource,
and so the same group.
"""

from collections.abc import Container, Iterable, Iterator
from typing import Final

from amlaudit.core.arm_id import normalise, type_of
from amlaudit.core.path import Steps, read
from amlaudit.core.relations import CONTAINER_REGISTRY, KEY_VAULT, STORAGE
from amlaudit.core.resource import Document
from amlaudit.scanners.deployments.templates.pending import spelled
from amlaudit.scanners.deployments.templates.target import Target
from amlaudit.scanners.files.input import Home

_MADE_UP: Final = Target()
_LINKS: Final[tuple[Steps, ...]] = tuple(
    ("properties", name) for name in ("storageAccount", "keyVault", "containerRegistry")
)
_UNIQUE: Final = frozenset({STORAGE, KEY_VAULT, CONTAINER_REGISTRY})
"""Types whose names are globally unique.

https://learn.microsoft.com/azure/azure-resource-manager/management/resource-name-rules
"""


def home_of(workspaces: Iterable[Document], declared: Container[str]) -> Home | None:
    """Return a deployment's target judging by what its workspaces use, None if that is unclear.

    Args:
        workspaces: The documents of the workspaces.
        declared: Normalised ids of all declared resources, in a placeholder group.
    """
    groups = {scope for each in workspaces for scope in _groups(each, declared)}
    if len(groups) != 1:
        return None
    _, subscription, _, group = groups.pop().strip("/").split("/")
    is_made_up = subscription == spelled(_MADE_UP.subscription)
    return Home("" if is_made_up else subscription, group)


def _groups(workspace: Document, declared: Container[str]) -> Iterator[str]:
    """Yield the ids of groups in which a workspace looks for resources declared in another."""
    for path in _LINKS:
        link = read(workspace, path)
        if not isinstance(link, str) or type_of(normalise(link)) not in _UNIQUE:
            continue
        scope, _, rest = link.partition("/providers/")
        here = spelled(_MADE_UP.group_id)
        if normalise(link) not in declared and normalise(f"{here}/providers/{rest}") in declared:
            yield scope
