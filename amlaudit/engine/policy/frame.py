"""The context of an evaluation: the resource, its surroundings, and the members being counted."""

from collections.abc import Collection, Iterator, Mapping
from typing import Final, NamedTuple, Protocol, TypeAlias

from msgspec import Struct, field

from amlaudit.core.path import Steps
from amlaudit.core.resource import Resource
from amlaudit.language.values import EvaluationError

MAX_STEPS: Final = 1_000_000
"""Most comparisons and function calls in one evaluation; long values count as several."""

_STEP: Final = 10
"""Members or characters of a value that count as one step."""


class Search(NamedTuple):
    """What an existence check looks for.

    Attributes:
        arm_type: Type of the related resources, lower case.
        group: Name of the resource group to look in; empty: that of the resource.
        everywhere: Whether to look in the whole subscription.
    """

    arm_type: str
    group: str = ""
    everywhere: bool = False


class Surroundings(Protocol):
    """The surroundings of a resource; unknown facts are `Unknown`."""

    def group(self) -> Mapping[str, object]:
        """Return the result of `resourceGroup()`: name, id, location, tags.

        Raises:
            NoDataError: The resource is not in a group, or it is not known in which.
        """

    def subscription(self) -> Mapping[str, object]:
        """Return the result of `subscription()`: subscriptionId, id, displayName, tenantId, tags.

        Raises:
            NoDataError: It is not known in which subscription the resource is.
        """

    def groups_above(self) -> Collection[str]:
        """Return the normalised ids of the management groups above the resource.

        Raises:
            NoDataError: They are not known.
        """

    def related(self, search: Search) -> Iterator[Resource]:
        """Yield the resources that an existence check looks at.

        Raises:
            NoDataError: After the last one that is known, if there may be more.
        """


Element: TypeAlias = tuple[object, Steps]
"""A member that is being counted, and its path in the document."""


class Progress(Struct):
    """State shared by the parts of one evaluation.

    Attributes:
        steps: How many more steps it may take.
        notes: What makes its outcome less than certain, without duplicates.
    """

    steps: int = MAX_STEPS
    notes: dict[str, None] = field(default_factory=dict)


class Frame:
    """One resource under evaluation.

    Attributes:
        resource: What `field` looks at.
        origin: The frame that `field()` looks at: in an existence condition, that of the `if`.
        elements: The members being counted, outermost first.
    """

    __slots__ = ("elements", "origin", "progress", "resource", "surroundings")

    def __init__(
        self, resource: Resource, surroundings: Surroundings, origin: "Frame | None" = None
    ) -> None:
        """Look at a resource; one related to another shares the progress of the other's frame."""
        self.resource = resource
        self.surroundings = surroundings
        self.origin = origin or self
        self.elements: list[Element] = []
        self.progress: Progress = origin.progress if origin else Progress()

    def spend(self, *values: object) -> None:
        """Count one step, plus one for each chunk of long values that it looks at.

        Raises:
            EvaluationError: The evaluation took too many.
        """
        self.progress.steps -= 1
        for value in values:
            if isinstance(value, str | list):
                self.progress.steps -= len(value) // _STEP
        if self.progress.steps < 0:
            raise EvaluationError(f"the evaluation takes more than {MAX_STEPS} steps")

    def note(self, text: str) -> None:
        """Record what makes the outcome less than certain."""
        self.progress.notes[text] = None
