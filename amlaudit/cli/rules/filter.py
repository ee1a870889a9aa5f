"""Which rules `rules list` shows: those that match what its options ask for."""

from collections.abc import Sequence
from typing import NamedTuple


class Filter(NamedTuple):
    """What a rule must have to be listed.

    Attributes:
        severities: One of these severities; empty: any.
        areas: One of these areas; empty: any.
        words: All of these words: areas, frameworks and controls.
    """

    severities: Sequence[str]
    areas: Sequence[str]
    words: Sequence[str]

    def matches(self, severity: str, area: str, words: Sequence[str]) -> bool:
        """Tell whether a rule is listed, by its severity, its area and what it is selected by."""
        return (
            (not self.severities or severity in self.severities)
            and (not self.areas or area in self.areas)
            and all(each.casefold() in words for each in self.words)
        )
