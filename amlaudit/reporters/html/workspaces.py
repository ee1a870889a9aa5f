"""A card for each workspace: what it is, what it depends on, how it came out."""

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

MOST_CARDS: Final = 200
MOST_PICTURES: Final = 60
"""Pictures of the network on a page; a scan of one workspace draws any."""
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
    """What the page says of a workspace.

    Attributes:
        workspace: The workspace.
        counts: Number of findings by severity and status, those of its dependencies among them.
        around: What lies around it, by what people call it.
        unseen: What is not known of that, by the same words.
        picture: Its network; None: not drawn, or not known.
    """

    workspace: Neighbourhood
    counts: Counter[tuple[Severity, Status]]
    around: dict[str, list[Neighbour]]
    unseen: dict[str, str]
    picture: Picture | None

    def total(self, status: Status) -> int:
        """Return how many findings have a status."""
        return sum(self.counts[severity, status] for severity in Severity)

    def fails(self) -> list[tuple[Severity, int]]:
        """Return the number of fails of each severity that has any."""
        found = ((each, self.counts[each, Status.FAIL]) for each in Severity)
        return [(severity, count) for severity, count in found if count]

    def rank(self) -> tuple[list[int], str]:
        """Return the order in which the page lists workspaces: most and worst fails first."""
        return [-self.counts[each, Status.FAIL] for each in Severity], self.workspace.id


def cards(belongs: Belonging, counts: Counts, drawn: Sequence[Picture]) -> list[Card]:
    """Return a card for each workspace, the worst first."""
    by_id = {each.workspace.id: each for each in drawn}
    made = [
        Card(each, counts.by_workspace[each.id], _around(each), _unseen(each), by_id.get(each.id))
        for each in belongs.workspaces.values()
    ]
    return sorted(made, key=Card.rank)


def _around(workspace: Neighbourhood) -> dict[str, list[Neighbour]]:
    """Return what a workspace leads to, by what people call it."""
    found = {word: list(workspace.by(key, workspace.id)) for key, word in RELATIONS.items()}
    return {word: several for word, several in found.items() if several}


def _unseen(workspace: Neighbourhood) -> dict[str, str]:
    """Return what is not known of where a workspace leads, by what people call it."""
    gaps = {word: workspace.gap_in(key, workspace.id) for key, word in RELATIONS.items()}
    return {word: gap.detail for word, gap in gaps.items() if gap}
