"""What a workspace is for, as tags say it: environment, classification, criticality, team.

Rules are stricter where more is at stake. Tags are the only place in Azure where that is written
down; the names and what their absence means can be set by a profile.
"""

from collections.abc import Mapping
from enum import StrEnum
from typing import Final

from msgspec import Struct, field


class Where(StrEnum):
    """What a label can be assigned to, whatever tags say; what stands first goes first."""

    RESOURCES = "resources"
    """What lies under an ARM id; `*` is any text."""
    MANAGEMENT_GROUPS = "management_groups"
    """The subscriptions below a management group, by its id; `*` is any text."""
    SUBSCRIPTIONS = "subscriptions"
    """A subscription, by its id or its name; `*` is any text."""


class Assigned(Struct, frozen=True):
    """What is said of a part of the estate, whatever tags say.

    Attributes:
        where: What kind of part it is.
        name: Its id, or the name of a subscription, lower case.
        meaning: What is said.
    """

    where: Where
    name: str
    meaning: str


class Label(Struct, frozen=True):
    """One thing that tags say of a workspace.

    Attributes:
        tags: Names of the tags that say it, the first that is there counting.
        assumed: What is taken for said where no tag says it.
        synonyms: Other spellings of values, lower case, and what they stand for.
        assigned: What is said of parts of the estate, in the order in which it counts.
    """

    tags: tuple[str, ...]
    assumed: str
    synonyms: Mapping[str, str] = field(default_factory=dict)
    assigned: tuple[Assigned, ...] = ()

    def meaning(self, value: str) -> str:
        """Return what a tag's value says, lower case."""
        folded = value.strip().lower()
        return self.synonyms.get(folded, folded)


LABELS: Final[Mapping[str, Label]] = {
    "environment": Label(
        tags=("environment", "env"),
        assumed="prod",  # the strictest, so that leaving the tag out wins nothing
        synonyms={
            "production": "prod",
            "prd": "prod",
            "live": "prod",
            "development": "dev",
            "testing": "test",
            "qa": "test",
            "stage": "staging",
        },
    ),
    "classification": Label(tags=("data-classification", "classification"), assumed="internal"),
    "criticality": Label(tags=("criticality",), assumed=""),
    "team": Label(tags=("team", "owner"), assumed=""),
}
"""Every label by the name that rules ask for it by, as it is unless a profile says otherwise."""
