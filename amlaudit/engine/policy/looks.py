"""The result of a condition: its truth, and the looks at values that decided it."""

from collections.abc import Callable
from typing import Final, NamedTuple, TypeAlias

from amlaudit.core.conditions import UNKNOWN, Truth
from amlaudit.core.gap import Gap
from amlaudit.core.path import describe
from amlaudit.core.resource import Resource
from amlaudit.core.texts import cut
from amlaudit.core.verdict import Evidence, Seen
from amlaudit.engine.outcome import Tally
from amlaudit.engine.policy.frame import Frame
from amlaudit.engine.policy.values import text
from amlaudit.language.values import is_list, items

_LONGEST: Final = 80
"""Characters of a value that a message quotes; the evidence has all of it."""


class Look(NamedTuple):
    """One look at one value.

    Attributes:
        resource: The resource that was looked at.
        path: Property path, or the expression.
        operator: The operator, as the documentation spells it.
        operand: What the value was compared with.
        observed: The value.
        gap: Why it could not be judged; None if it could.
        inside: Whether it was a look at a member of something counted.
    """

    resource: Resource
    path: str
    operator: str
    operand: object
    observed: object
    gap: Gap | None = None
    inside: bool = False

    def evidence(self) -> Evidence:
        """Return the look as evidence of a verdict."""
        seen = Seen.GAP if self.gap else Seen.ABSENT if self.observed is None else Seen.PRESENT
        expected = f"{self.operator} {_quote(self.operand)}"
        return Evidence(
            self.resource.id, self.path, expected, self.observed, seen, self.resource.origin
        )

    def saying(self) -> str:
        """Describe what was observed, and what it was compared with."""
        if isinstance(self.observed, Tally):
            found = f": {self.observed}"
        else:
            found = " is absent" if self.observed is None else f" is {_quote(self.observed)}"
        return f"{self.path}{found} ({self.operator} {_quote(self.operand)})"


class Result(NamedTuple):
    """The truth of a condition in a frame, and the looks that decided it."""

    truth: Truth
    looks: tuple[Look, ...]


Judge: TypeAlias = Callable[[Frame], Result]
"""Judges a frame; raises `EvaluationError` if the evaluation fails."""


def not_known(frame: Frame, path: str, operator: str, operand: object, gap: Gap) -> Result:
    """Return the result of a look at something unknown."""
    return Result(UNKNOWN, (Look(frame.resource, path, operator, operand, None, gap),))


def _quote(value: object) -> str:
    """Return a value as messages show it: short lists in full, other collections by size."""
    if is_list(value) and all(text(each) is not None for each in items(value)):
        shown = ", ".join(map(_quote, items(value))) if items(value) else "an empty list"
    elif isinstance(value, bool):
        shown = str(value).lower()
    elif isinstance(value, str | int | float):
        shown = str(value) or "an empty string"
    else:
        shown = describe(value)
    return cut(shown, _LONGEST)
