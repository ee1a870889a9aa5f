"""Proof of visibility: whether the principal may read what it was not shown."""

from collections.abc import Iterable, Mapping
from fnmatch import translate
from functools import lru_cache
from re import Pattern
from re import compile as compile_pattern
from typing import Final, TypeAlias

from amlaudit.core.gap import Reason
from amlaudit.scanners.faults import ReadError
from amlaudit.scanners.lists import Lists

_API_VERSION: Final = "2022-04-01"

RoleActions: TypeAlias = Mapping[str, object]
"""One entry of a permissions answer: `actions` and `notActions`, each a list of patterns.

https://learn.microsoft.com/rest/api/authorization/permissions/list-for-resource
"""


class Rights:
    """What the principal may read in each scope, each requested once.

    The graph returns what the caller may see and omits the rest silently, so an empty answer proves
    nothing unless the caller was allowed to see more.
    """

    def __init__(self, lists: Lists) -> None:
        """Read through the given lists."""
        self._lists = lists
        self._known: dict[str, list[RoleActions] | ReadError] = {}

    def learn(self, scope_id: str) -> None:
        """Determine what the principal's roles grant in a scope, or why that is unknown.

        Different scopes may be queried concurrently.

        Args:
            scope_id: ARM id of a subscription or management group.
        """
        path = f"{scope_id}/providers/Microsoft.Authorization/permissions"
        try:
            found = [listed.row for listed in self._lists.rows(path, _API_VERSION)]
        except ReadError as error:
            detail = f"permission to see everything could not be verified: {error.detail}"
            self._known[scope_id] = type(error)(error.reason, detail)
        else:
            self._known[scope_id] = list[RoleActions](found)

    def prove(self, scope_id: str, action: str) -> None:
        """Do nothing if the principal may perform an action in an entire scope.

        Raises:
            ReadError: It may not, or that could not be determined.
        """
        if scope_id not in self._known:
            self.learn(scope_id)
        known = self._known[scope_id]
        if isinstance(known, ReadError):
            raise known
        if not may(action, known):
            detail = f"the principal does not have {action} on the entire subscription"
            raise ReadError(Reason.FORBIDDEN, detail, action)


def may(action: str, permissions: Iterable[RoleActions]) -> bool:
    """Tell whether an action is granted: by at least one role that does not exclude it itself.

    A role that is not understood grants nothing.

    Args:
        action: `Microsoft.Storage/storageAccounts/read`.
        permissions: What each of the principal's roles grants.
    """
    roles = ((role.get("actions"), role.get("notActions") or []) for role in permissions)
    return any(
        _matches(action, granted) and not _matches(action, taken)
        for granted, taken in roles
        if isinstance(granted, list) and isinstance(taken, list)
    )


def _matches(action: str, patterns: Iterable[object]) -> bool:
    """Tell whether one of the patterns covers an action, ignoring case."""
    return any(_pattern(str(each).lower()).match(action.lower()) for each in patterns)


@lru_cache(maxsize=512)
def _pattern(text: str) -> Pattern[str]:
    """Return a role's pattern, in which `*` stands for any text, as a regular expression."""
    return compile_pattern(translate(text.replace("[", "[[]").replace("?", "[?]")))
