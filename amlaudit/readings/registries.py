"""What container registries are used for."""

from amlaudit.core.subject import Subject


def serves_machine_learning(registry: Subject) -> bool:
    """Tell whether a workspace uses a container registry, or a machine learning registry made it.

    The latter puts it into the resource group that it manages.

    Raises:
        NoDataError: No user of it was seen, but there may be unseen ones.
    """
    if any(True for _ in registry.follow("workspaces-by-container-registry")):
        return True
    return any(
        True
        for group in registry.follow("resource-group")
        for _ in group.follow("ml-registries-by-managed-group")
    )
