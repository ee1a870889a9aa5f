"""What the expressions of a deployment can refer to."""

from collections.abc import Callable, Mapping
from typing import Any, Final, Protocol

from msgspec import Struct, field
from msgspec.structs import replace

from amlaudit.core.errors import AmlauditError, Exit
from amlaudit.language.expressions import Node
from amlaudit.language.values import EvaluationError
from amlaudit.scanners.deployments.templates.target import Target

_MOST_STEPS: Final = 3_000_000
"""Steps of evaluation, at most: templates of hundreds of resources take some ten thousand."""


class Lazy:
    """Named values, each evaluated when it is asked for, once; names have no case."""

    def __init__(self, what: str, makers: Mapping[str, Callable[[], object]]) -> None:
        """Hold what makes the values.

        Args:
            what: What the values are, for people: `parameter`.
            makers: What makes each, by name.
        """
        self._what = what
        self._makers = {name.lower(): make for name, make in makers.items()}
        self._made: dict[str, object] = {}
        self._under_way: set[str] = set()

    def __getitem__(self, name: str) -> object:
        """Return the value of a name.

        Raises:
            EvaluationError: There is none, or it refers to itself.
        """
        key = name.lower()
        if key in self._made:
            return self._made[key]
        if key not in self._makers:
            raise EvaluationError(f"there is no {self._what} {name!r}")
        if key in self._under_way:
            raise EvaluationError(f"the {self._what} {name!r} refers to itself")
        self._under_way.add(key)
        try:
            self._made[key] = self._makers[key]()
        finally:
            self._under_way.discard(key)
        return self._made[key]


class Budget(Struct):
    """How much evaluation may still cost: a template can be small and unfold without end.

    Attributes:
        steps: Steps that are left.
        guids: Number of new GUIDs that were asked for.
    """

    steps: int = _MOST_STEPS
    guids: int = 0

    def spend(self, steps: int = 1) -> None:
        """Take steps.

        Raises:
            AmlauditError: There are not so many left.
        """
        self.steps -= steps
        if self.steps < 0:
            raise AmlauditError(
                "E309",
                f"The template takes more than {_MOST_STEPS:,} steps to evaluate",
                cause="loops or variables in it unfold to more than a deployment can hold",
                advice="look at its copy loops and at variables that repeat others",
                exit_code=Exit.INPUT_OUTPUT,
            )


class Registry(Protocol):
    """What is declared in the whole deployment, of all its parts.

    Attributes:
        budget: How much evaluation may cost.
    """

    budget: Budget

    def reference(self, resource: object, *, full: bool) -> object:
        """Return what `reference()` gives for the id of a resource, tentative perhaps."""

    def location_of(self, group_id: str) -> object:
        """Return the location of a resource group by its normalised id."""


class UserFunction(Struct, frozen=True):
    """A function that a template defines.

    Attributes:
        parameters: Names of its parameters, in order.
        output: Its value, an expression or any JSON value.
    """

    parameters: tuple[str, ...]
    output: object


class Context(Struct, frozen=True):
    """What the expressions of one template can refer to.

    Attributes:
        target: Where it is deployed.
        name: Name of the deployment.
        file: Path of its template, relative to the main template's; empty: the main template.
        specials: Functions that look at the context, by lower-case name.
        registry: What the whole deployment declares.
        parameters: Values of the parameters.
        variables: Values of the variables.
        functions: Functions that the template defines, by lower-case name.
        symbols: Ids of the resources with a symbolic name, by that name.
        copies: Index of each loop that is under way, by lower-case name, the innermost last.
        round: Index of the loop over resources or outputs that is under way; None: there is none.
        lambdas: Arguments of the lambda functions around, by name.
    """

    target: Target
    name: object
    file: str
    specials: Mapping[str, "Special"]
    registry: Registry
    parameters: Lazy
    variables: Lazy
    functions: Mapping[str, UserFunction] = field(default_factory=dict)
    symbols: dict[str, object] = field(default_factory=dict)
    copies: Mapping[str, int] = field(default_factory=dict)
    round: int | None = None
    lambdas: Mapping[str, Any] = field(default_factory=dict)

    def in_copy(self, name: str, index: int) -> "Context":
        """Return the context of one round of a loop over a property or variable."""
        others = {key: at for key, at in self.copies.items() if key != name.lower()}
        return replace(self, copies={**others, name.lower(): index})

    def in_round(self, name: str, index: int) -> "Context":
        """Return the context of one round of a loop over a resource or output."""
        return replace(self.in_copy(name, index), round=index)

    def in_lambda(self, arguments: Mapping[str, object]) -> "Context":
        """Return the context of the body of a lambda function."""
        return replace(self, lambdas={**self.lambdas, **arguments})


Special = Callable[[tuple[Node, ...], Context], object]
"""A function that looks at the context, and chooses which of its arguments are evaluated."""
