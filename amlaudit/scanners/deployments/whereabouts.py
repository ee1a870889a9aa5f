"""The resource group that a deployment goes to, where nobody says it and its links tell.

Accounts, vaults and registries have names that no other one in the world has. A workspace that
names one by its group, and a declaration of the same one in the group of the deployment, mean the
same resource, and so the same group.
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
"""Types of which a name is unique in the world.

https://learn.microsoft.com/azure/azure-resource-manager/management/resource-name-rules
"""


def home_of(workspaces: Iterable[Document], declared: Container[str]) -> Home | None:
    """Return where a deployment goes by what its workspaces use, None if that tells nothing.

    Args:
        workspaces: The documents of the workspaces.
        declared: Normalised ids of all that is declared, in a group that is made up.
    """
    groups = {scope for each in workspaces for scope in _groups(each, declared)}
    if len(groups) != 1:
        return None
    _, subscription, _, group = groups.pop().strip("/").split("/")
    is_made_up = subscription == spelled(_MADE_UP.subscription)
    return Home("" if is_made_up else subscription, group)


def _groups(workspace: Document, declared: Container[str]) -> Iterator[str]:
    """Yield the ids of groups in which a workspace looks for what is declared in another."""
    for path in _LINKS:
        link = read(workspace, path)
        if not isinstance(link, str) or type_of(normalise(link)) not in _UNIQUE:
            continue
        scope, _, rest = link.partition("/providers/")
        here = spelled(_MADE_UP.group_id)
        if normalise(link) not in declared and normalise(f"{here}/providers/{rest}") in declared:
            yield scope
