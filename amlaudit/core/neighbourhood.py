"""The surroundings of a workspace: what it depends on, what leads to it, and what runs in it."""

from collections.abc import Iterable, Iterator

from msgspec import Struct

from amlaudit.core.gap import Gap


class Neighbour(Struct, frozen=True):
    """One resource near a workspace.

    Attributes:
        id: Normalised ARM id.
        type: ARM type.
        name: As Azure spells it.
        relation: The relation that leads to it (`storage`, `private-endpoints`).
        of: Id of the resource that the relation leads from.
        detail: Its kind, according to its document (`AmlCompute`, `amlworkspace`); may be empty.
    """

    id: str
    type: str
    name: str
    relation: str
    of: str
    detail: str = ""


class Unseen(Struct, frozen=True):
    """A relation whose targets are not all known.

    Attributes:
        relation: The relation.
        of: Id of the resource that it leads from.
        gap: What is missing.
    """

    relation: str
    of: str
    gap: Gap


class Neighbourhood(Struct, frozen=True):
    """A workspace and its surroundings.

    Attributes:
        id: Normalised ARM id of the workspace.
        name: As Azure spells it.
        kind: `Default`, `Hub`, `Project`, …; empty if not known.
        location: Azure region; empty if not known.
        environment: Its environment according to tags; empty if not known.
        owner: Value of its tag `owner`; empty if it has none, or it is not known.
        team: Its team according to tags, lower case; empty if they name none, or it is not known.
        isolation: Mode of its managed network; empty if not known.
        neighbours: What was found, in the order in which relations were followed.
        unseen: The relations that may lead to more.
    """

    id: str
    name: str
    kind: str = ""
    location: str = ""
    environment: str = ""
    owner: str = ""
    team: str = ""
    isolation: str = ""
    neighbours: tuple[Neighbour, ...] = ()
    unseen: tuple[Unseen, ...] = ()

    def by(self, relation: str, of: str = "") -> Iterator[Neighbour]:
        """Yield what a relation leads to, from one resource or from any."""
        return (
            each for each in self.neighbours if each.relation == relation and of in ("", each.of)
        )

    def gap_in(self, relation: str, of: str = "") -> Gap | None:
        """Return the gap among the targets of a relation, None if there is none."""
        gaps = (each.gap for each in self.unseen if each.relation == relation)
        places = (each.gap for each in self.unseen if (each.relation, each.of) == (relation, of))
        return next(places if of else gaps, None)


def not_seen(named: Iterable[str], around: Iterable[Neighbourhood] | None) -> tuple[str, ...]:
    """Return which of the named workspaces were not seen, ignoring case.

    Args:
        named: Their names.
        around: The surroundings of each workspace seen; None: not known.
    """
    if around is None:
        return ()
    seen = {each.name.casefold() for each in around}
    return tuple(each for each in named if each.casefold() not in seen)
