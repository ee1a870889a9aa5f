"""What workspaces share: a hub and its projects form one family in one network."""

from collections.abc import Iterator
from typing import Final

from amlaudit.core import arm_id
from amlaudit.core.subject import Subject

_HUB: Final = "properties.hubResourceId"


def family_of(workspace: Subject) -> str:
    """Return the normalised id of the hub that a workspace belongs to; else its own."""
    hub = workspace.text(_HUB, default="")
    return arm_id.normalise(hub) if hub else workspace.id


def network_owners(workspace: Subject) -> Iterator[Subject]:
    """Yield the workspace whose network a workspace uses: a project uses that of its hub.

    Raises:
        NoDataError: It is not known which, or it was not seen.
    """
    if workspace.text("kind", default="Default") == "project":
        yield from workspace.follow("hub")
    else:
        yield workspace


def sharers(workspace: Subject, relation: str) -> Iterator[Subject]:
    """Yield the other workspaces that use a resource of a workspace.

    Args:
        workspace: The workspace.
        relation: Leads from a workspace to the resource; `workspaces-by-…` leads back.

    Raises:
        NoDataError: After the last one that is known, if there may be more.
    """
    for shared in workspace.follow(relation):
        for other in shared.follow(f"workspaces-by-{relation}"):
            if other.id != workspace.id:
                yield other
