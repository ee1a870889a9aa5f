"""The workspaces that a resource belongs to, and what is known of them."""

from collections import Counter, defaultdict
from collections.abc import Iterable
from typing import Final

from msgspec import Struct, field

from amlaudit.core import arm_id
from amlaudit.core.neighbourhood import Neighbourhood
from amlaudit.core.relations import WORKSPACE
from amlaudit.core.report import Report, ResourceRef
from amlaudit.reporters.rows import subscription_of
from amlaudit.reporters.words import group_of

_SHARED: Final = frozenset(
    ("storage", "key-vault", "container-registry", "application-insights", "encryption-key-vault")
)
"""Relations to dependencies of a workspace; a finding on one counts for the workspace too."""


class Belonging(Struct, frozen=True):
    """The workspaces of a report, and what belongs to each.

    Attributes:
        workspaces: By id; those known only from findings just have a name.
        users: Ids of the workspaces that depend on a resource, by its id.
    """

    workspaces: dict[str, Neighbourhood]
    users: dict[str, tuple[str, ...]]
    _found: dict[str, tuple[str, ...]] = field(default_factory=dict)

    def labels(self) -> dict[str, str]:
        """Return the name of each workspace by id; one that others have too is told apart."""
        names = Counter(each.name for each in self.workspaces.values())
        return {
            key: each.name if names[each.name] == 1 else f"{each.name} ({_place_of(key)})"
            for key, each in self.workspaces.items()
        }

    def of(self, resource_id: str) -> tuple[str, ...]:
        """Return the ids of the workspaces that a resource is, is part of, or serves."""
        if resource_id not in self._found:
            self._found[resource_id] = self._find(resource_id)
        return self._found[resource_id]

    def _find(self, resource_id: str) -> tuple[str, ...]:
        """Look up the workspaces of a resource."""
        for scope in arm_id.scopes_of(resource_id):
            if scope in self.workspaces:
                return (scope,)
        for scope in arm_id.scopes_of(resource_id):
            if scope in self.users:
                return self.users[scope]
        return ()


def belonging(report: Report) -> Belonging:
    """Return which workspaces the resources of a report belong to."""
    known = {each.id: each for each in report.neighbourhoods or ()}
    for finding in report.findings:
        for scope in arm_id.scopes_of(finding.resource.id):
            if scope not in known and arm_id.type_of(scope) == WORKSPACE:
                known[scope] = Neighbourhood(scope, _name_of(scope, finding.resource))
    return Belonging(dict(sorted(known.items())), _users(known.values()))


def _place_of(resource_id: str) -> str:
    """Return the group and the subscription of a workspace, by their names in its id."""
    return f"{group_of(resource_id)}, {subscription_of(resource_id)}"


def _name_of(scope: str, resource: ResourceRef) -> str:
    """Return the name of a workspace from a finding about it, or about a part of it."""
    return resource.name if resource.id == scope else arm_id.name_of(scope)


def _users(workspaces: Iterable[Neighbourhood]) -> dict[str, tuple[str, ...]]:
    """Return the ids of the workspaces that depend on a resource, by its id."""
    users: defaultdict[str, dict[str, None]] = defaultdict(dict)
    for workspace in workspaces:
        for each in workspace.neighbours:
            if each.relation in _SHARED and each.of == workspace.id:
                users[each.id][workspace.id] = None
    return {key: tuple(found) for key, found in users.items()}
