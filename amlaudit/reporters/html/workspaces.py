"""A card for each workspace: what it is, its dependencies, and its outcome."""

from collections import Counter
from collections.abc import Sequence
from typing import Final

from msgspec import Struct

from amlaudit.core.neighbourhood import Neighbour, Neighbourhood
from amlaudit.core.rule import Severity
from amlaudit.core.verdict import Status
from amlaudit.reporters.html.belonging import Belonging
from amlaudit.reporters.html.counts import Counts
from amlaudit.reporters.topology import Picture

MAX_CARDS: Final = 200
MAX_PICTURES: Final = 60
"""Network pictures on a page; a scan of a single workspace always draws its picture."""
RELATIONS: Final = {
    "hub": "Hub",
    "storage": "Storage account",
    "key-vault": "Key vault",
    "container-registry": "Container registry",
    "application-insights": "Application Insights",
    "encryption-key-vault": "Vault of the encryption key",
    "private-endpoints": "Private endpoints",
    "outbound-rules": "Outbound rules",
    "datastores": "Datastores",
    "computes": "Computes",
    "online-endpoints": "Online endpoints",
    "batch-endpoints": "Batch endpoints",
    "serverless-endpoints": "Serverless endpoints",
}


class Card(Struct, frozen=True):
    """The page's content for a workspace.

    Attributes:
        workspace: The workspace.
        counts: Number of findings by severity and status, including those of its dependencies.
        neighbours: Its neighbours, by display name of the relation.
        unseen: What is unknown of these, by the same names.
        picture: Its network; None: not drawn, or unknown.
    """

    workspace: Neighbourhood
    counts: Counter[tuple[Severity, Status]]
    neighbours: dict[str, list[Neighbour]]
    unseen: dict[str, str]
    picture: Picture | None

    def total(self, status: Status) -> int:
        """Return the number of findings with a status."""
        return sum(self.counts[severity, status] for severity in Severity)

    def fails(self) -> list[tuple[Severity, int]]:
        """Return the number of fails of each severity that has any."""
        found = ((each, self.counts[each, Status.FAIL]) for each in Severity)
        return [(severity, count) for severity, count in found if count]

    def rank(self) -> tuple[list[int], str]:
        """Return the sort key on the page: most and worst fails first."""
        return [-self.counts[each, Status.FAIL] for each in Severity], self.workspace.id


def cards(belongs: Belonging, counts: Counts, drawn: Sequence[Picture]) -> list[Card]:
    """Return a card for each workspace, the worst first."""
    by_id = {each.workspace.id: each for each in drawn}
    made = [
        Card(
            each, counts.by_workspace[each.id], _neighbours(each), _unseen(each), by_id.get(each.id)
        )
        for each in belongs.workspaces.values()
    ]
    return sorted(made, key=Card.rank)


def _neighbours(workspace: Neighbourhood) -> dict[str, list[Neighbour]]:
    """Return a workspace's neighbours, by display name of the relation."""
    found = {word: list(workspace.by(key, workspace.id)) for key, word in RELATIONS.items()}
    return {word: several for word, several in found.items() if several}


def _unseen(workspace: Neighbourhood) -> dict[str, str]:
    """Return what is unknown of a workspace's neighbours, by display name of the relation."""
    gaps = {word: workspace.gap_in(key, workspace.id) for key, word in RELATIONS.items()}
    return {word: gap.detail for word, gap in gaps.items() if gap}
