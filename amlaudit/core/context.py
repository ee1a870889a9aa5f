"""What a workspace is for, according to tags: environment, classification, criticality, team.

Rules are stricter where more is at stake. Tags are the only place in Azure where that is recorded;
a profile can set their names and what their absence means.
"""

from collections.abc import Mapping
from enum import StrEnum
from typing import Final

from msgspec import Struct, field


class Where(StrEnum):
    """What a label can be assigned to, overriding tags; in order of precedence."""

    RESOURCES = "resources"
    """Everything under an ARM id; `*` matches any text."""
    MANAGEMENT_GROUPS = "management_groups"
    """The subscriptions below a management group, by its id; `*` matches any text."""
    SUBSCRIPTIONS = "subscriptions"
    """A subscription, by its id or its name; `*` matches any text."""


class Assigned(Struct, frozen=True):
    """The value of a label for a part of the estate, overriding tags.

    Attributes:
        where: The kind of part.
        name: Its id, or the name of a subscription, lower case.
        meaning: The value.
    """

    where: Where
    name: str
    meaning: str


class Label(Struct, frozen=True):
    """One property of a workspace that tags give.

    Attributes:
        tags: Names of the tags that give it; the first one present counts.
        assumed: The value if no tag gives one.
        synonyms: Other spellings of values, lower case, and what they stand for.
        assigned: Values for parts of the estate, in order of precedence.
    """

    tags: tuple[str, ...]
    assumed: str
    synonyms: Mapping[str, str] = field(default_factory=dict)
    assigned: tuple[Assigned, ...] = ()

    def meaning(self, value: str) -> str:
        """Return the meaning of a tag's value, lower case."""
        folded = value.strip().lower()
        return self.synonyms.get(folded, folded)


LABELS: Final[Mapping[str, Label]] = {
    "environment": Label(
        tags=("environment", "env"),
        assumed="prod",  # the strictest, so that omitting the tag gains nothing
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
"""Every label, by the name that rules use for it; the defaults, which a profile can override."""
