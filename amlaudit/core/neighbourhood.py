"""What lies around a workspace: what it depends on, what leads to it, and what runs in it."""

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
        detail: What kind it is, as its document says (`AmlCompute`, `amlworkspace`); may be empty.
    """

    id: str
    type: str
    name: str
    relation: str
    of: str
    detail: str = ""


class Unseen(Struct, frozen=True):
    """A relation of which not every end is known.

    Attributes:
        relation: The relation.
        of: Id of the resource that it leads from.
        gap: What is missing.
    """

    relation: str
    of: str
    gap: Gap


class Neighbourhood(Struct, frozen=True):
    """A workspace and what lies around it.

    Attributes:
        id: Normalised ARM id of the workspace.
        name: As Azure spells it.
        kind: `Default`, `Hub`, `Project`, …; empty where it is not known.
        location: Azure region; empty where it is not known.
        environment: What tags say it is for; empty where it is not known.
        owner: Value of its tag `owner`; empty where it has none, or it is not known.
        team: What tags say of whose it is, lower case; empty where they do not, or it is not known.
        isolation: Mode of its managed network; empty where it is not known.
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
        """Return what is missing among the ends of a relation, None if nothing is."""
        gaps = (each.gap for each in self.unseen if each.relation == relation)
        places = (each.gap for each in self.unseen if (each.relation, each.of) == (relation, of))
        return next(places if of else gaps, None)


def not_seen(named: Iterable[str], around: Iterable[Neighbourhood] | None) -> tuple[str, ...]:
    """Return which of the workspaces that somebody named were not seen, whatever their case.

    Args:
        named: Their names.
        around: What lies around each that was seen; None: nobody tells.
    """
    if around is None:
        return ()
    seen = {each.name.casefold() for each in around}
    return tuple(each for each in named if each.casefold() not in seen)
