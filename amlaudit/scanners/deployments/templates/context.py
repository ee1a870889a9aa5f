"""The names and functions available to a deployment's expressions."""

from collections.abc import Callable, Collection, Mapping
from typing import Any, Final, Protocol

from msgspec import Struct, field
from msgspec.structs import replace

from amlaudit.core.errors import AmlauditError, Exit
from amlaudit.language.expressions import Node
from amlaudit.language.values import EvaluationError
from amlaudit.scanners.deployments.templates.pending import Pending
from amlaudit.scanners.deployments.templates.target import Target

_MAX_STEPS: Final = 3_000_000
"""Maximum number of evaluation steps: templates of hundreds of resources take some ten thousand."""


class Lazy:
    """Named values, each evaluated once, on first access; names are case-insensitive."""

    def __init__(
        self, what: str, makers: Mapping[str, Callable[[], object]], where: str = ""
    ) -> None:
        """Store the factories of the values.

        Args:
            what: What the values are, in readable form: `parameter`.
            makers: Their factories, by name.
            where: Whose they are: no other has the same. Empty: unknown ones have no identity.
        """
        self._what = what
        self._where = where
        self._makers = {name.lower(): make for name, make in makers.items()}
        self._made: dict[str, object] = {}
        self._under_way: set[str] = set()

    def __getitem__(self, name: str) -> object:
        """Return the value with a name.

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
            self._made[key] = self._identified(key, self._makers[key]())
        finally:
            self._under_way.discard(key)
        return self._made[key]

    def _identified(self, key: str, value: object) -> object:
        """Return a value; an unknown one is the same wherever its name occurs."""
        if self._where and isinstance(value, Pending) and not value.stands_for:
            return value.named(f"{self._what} {key} of {self._where}")
        return value


class Budget(Struct):
    """The remaining evaluation budget: a small template can unfold without end.

    Attributes:
        steps: Remaining steps.
        guids: Number of new GUIDs requested so far.
        files: Names of the files of the template and its parameters.
        deployments: Number of deployments so far, nested ones included.
    """

    steps: int = _MAX_STEPS
    guids: int = 0
    files: str = ""
    deployments: int = 0

    def spend(self, steps: int = 1) -> None:
        """Use up steps.

        Raises:
            AmlauditError: There are not enough left.
        """
        self.steps -= steps
        if self.steps < 0:
            raise AmlauditError(
                "E309",
                f"The template takes more than {_MAX_STEPS:,} steps to evaluate",
                cause="its loops or variables expand to more than a deployment can contain",
                advice="check its copy loops and the variables that repeat others",
                exit_code=Exit.INPUT_OUTPUT,
            )


class Registry(Protocol):
    """Everything declared in all parts of a deployment.

    Attributes:
        budget: How much evaluation is allowed.
    """

    budget: Budget

    def reference(self, resource: object, *, full: bool) -> object:
        """Return what `reference()` returns for a resource id, which may be tentative."""

    def group(self, group_id: str, keys: Collection[str]) -> Mapping[str, object]:
        """Return some parts of a resource group by its normalised id, as far as they are known."""

    def existing(self, resource: object, *, full: bool) -> object:
        """Return a resource as it is before the deployment; None: it does not exist yet.

        Args:
            resource: Its id, which may be tentative; None: the expression is part of no resource.
            full: Return its whole document instead of its properties.
        """


class UserFunction(Struct, frozen=True):
    """A function that a template defines.

    Attributes:
        parameters: Names of its parameters, in order.
        output: Its value, an expression or any JSON value.
    """

    parameters: tuple[str, ...]
    output: object


class Context(Struct, frozen=True):
    """The names and functions available to the expressions of one template.

    Attributes:
        target: Where it is deployed.
        name: Name of the deployment.
        file: Path of its template, relative to the main template's; empty: the main template.
        specials: Functions that depend on the context, by lower-case name.
        registry: What the whole deployment declares.
        parameters: Parameter values.
        variables: Variable values.
        functions: Functions defined by the template, by lower-case name.
        symbols: Ids of the resources with a symbolic name, by that name.
        copies: Current index of each active loop, by lower-case name, the innermost last.
        round: Current index of the loop over resources or outputs; None: there is none.
        lambdas: Arguments of the enclosing lambda functions, by name.
        own: Id of the resource that the expression is part of; None: of none.
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
    own: object = None

    def in_copy(self, name: str, index: int) -> "Context":
        """Return the context of one iteration of a loop over a property or variable."""
        others = {key: at for key, at in self.copies.items() if key != name.lower()}
        return replace(self, copies={**others, name.lower(): index})

    def in_round(self, name: str, index: int) -> "Context":
        """Return the context of one iteration of a loop over a resource or output."""
        return replace(self.in_copy(name, index), round=index)

    def in_lambda(self, arguments: Mapping[str, object]) -> "Context":
        """Return the context for the body of a lambda function."""
        return replace(self, lambdas={**self.lambdas, **arguments})


Special = Callable[[tuple[Node, ...], Context], object]
"""A function that depends on the context, and chooses which of its arguments are evaluated."""
