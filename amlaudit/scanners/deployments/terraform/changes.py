"""Declarations that are no resources of their own: each changes the document of another resource.

A security rule becomes a member of its group's list, an account's network rules a part of the
account.
"""

from collections.abc import Mapping

from msgspec import Struct
from msgspec.structs import replace

from amlaudit.core.gap import Gap
from amlaudit.core.path import Steps, read, spell_path
from amlaudit.core.resource import Gaps
from amlaudit.scanners.deployments.declaration import Unresolved
from amlaudit.scanners.deployments.document_paths import folded
from amlaudit.scanners.deployments.terraform.convert import Body, leaves, put


class Change(Struct, frozen=True):
    """A declaration's change to another resource.

    Attributes:
        body: The part of that resource's document, or a member of a list in it.
        append: The list.
        same: The keys that identify the member.
        unknown: Why the member is unknown; None: it is known.
        is_gone: The member is removed from the list.
    """

    body: Body
    append: Steps = ()
    same: tuple[str, ...] = ()
    unknown: Unresolved | None = None
    is_gone: bool = False

    def hidden(self, why: Unresolved) -> "Change":
        """Return a change that may have been made: its values are unknown."""
        if self.append:
            return replace(self, unknown=why._replace(is_rest=True))
        return replace(self, body=_with_values_hidden(self.body, why))

    def undone(self, why: Unresolved) -> "Change":
        """Return the change that reverts this one; what a provider restores is its own decision."""
        return replace(self, is_gone=True) if self.append else self.hidden(why)

    def gaps(self, gap: Gap) -> Gaps:
        """Return what the change makes unknown in a document that it cannot be written into.

        Args:
            gap: The gap of the whole change.
        """
        paths = [self.append] if self.append else leaves(self.body)
        return tuple((path, replace(gap, part=spell_path(path))) for path in map(folded, paths))

    def apply(self, body: Body) -> None:
        """Write the change into a document."""
        if not self.append:
            for key, value in self.body.items():
                put(body, (key,), value)
            return
        members = read(body, self.append)
        # Whoever declares members individually declares all of them that way.
        kept = (
            [each for each in members if not self._is_about(each)]
            if isinstance(members, list)
            else []
        )
        added = [] if self.is_gone else [self.unknown or self.body]
        put(body, self.append, [*kept, *added])

    def _is_about(self, member: object) -> bool:
        """Tell whether a member of the list is the one that the change is about."""
        if self.unknown:
            return False
        known = [self.body.get(each) for each in self.same]
        shown = [member.get(each) for each in self.same] if isinstance(member, Mapping) else []
        return any(isinstance(each, str) for each in known) and shown == known


def _with_values_hidden(body: Mapping[str, object], why: Unresolved) -> Body:
    """Return an object with every value in it hidden."""
    return {
        key: _with_values_hidden(value, why) if isinstance(value, Mapping) else why
        for key, value in body.items()
    }
