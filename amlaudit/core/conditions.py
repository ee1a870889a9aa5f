"""The condition language: its typed tree, and its three truth values.

Truth values are ordered false < unknown < true, so that `allOf` is a minimum, `anyOf` a maximum and
`not` a mirror (Kleene's strong logic of indeterminacy).
"""

from enum import StrEnum
from typing import Final, TypeAlias

from msgspec import Struct

from amlaudit.core.path import Steps

Truth: TypeAlias = int
FALSE: Final[Truth] = 0
UNKNOWN: Final[Truth] = 1
TRUE: Final[Truth] = 2

Scalar: TypeAlias = str | bool | int | float
ParameterValue: TypeAlias = Scalar | tuple[Scalar, ...]
"""What a parameter of a rule can be set to: a scalar, or a list of scalars of one kind."""


class Reading(StrEnum):
    """How a value is interpreted before it is compared."""

    ITSELF = ""
    AGE_DAYS = "age_days"
    """The value is a time: days from it until Azure was read, negative if it is in the future."""
    SECONDS = "seconds"
    """The value is an ISO 8601 duration: its seconds."""
    PREFIX_BITS = "prefix_bits"
    """The value is an IP address or address range: the bits of its prefix; see
    `amlaudit.core.addresses`."""


class Operator(StrEnum):
    """How a value is compared, in Azure Policy's terms."""

    EQUALS = "equals"
    NOT_EQUALS = "notEquals"
    IN = "in"
    NOT_IN = "notIn"
    LIKE = "like"
    NOT_LIKE = "notLike"
    CONTAINS = "contains"
    NOT_CONTAINS = "notContains"
    LESS = "less"
    LESS_OR_EQUALS = "lessOrEquals"
    GREATER = "greater"
    GREATER_OR_EQUALS = "greaterOrEquals"

    @property
    def positive(self) -> "Operator":
        """The operator of which this one is the exact negation, itself if it is none."""
        return NEGATIONS.get(self, self)


NEGATIONS: Final = {
    Operator.NOT_EQUALS: Operator.EQUALS,
    Operator.NOT_IN: Operator.IN,
    Operator.NOT_LIKE: Operator.LIKE,
    Operator.NOT_CONTAINS: Operator.CONTAINS,
}
ORDERINGS: Final = frozenset(
    {Operator.LESS, Operator.LESS_OR_EQUALS, Operator.GREATER, Operator.GREATER_OR_EQUALS}
)
COUNTABLE: Final = ORDERINGS | {Operator.EQUALS, Operator.NOT_EQUALS}
"""The operators that a count can be compared with."""


class Default(Struct, frozen=True):
    """What Azure documents for an absent property.

    Attributes:
        value: The documented meaning: a scalar, or `()` for an empty list.
        since: First API version that shows the property: in a document of an older version its
            absence means nothing. Empty: every version shows it.
    """

    value: Scalar | tuple[()]
    since: str = ""


class Comparison(Struct, frozen=True):
    """`field` compared with an operand.

    Attributes:
        path: Path of the value.
        operator: How it is compared.
        operand: What it is compared with: a scalar, or several for `in` and `notIn`.
        default: What its absence means, if Azure documents it.
        reading: How the value is interpreted; the default is compared as it is.
        known: Values besides the operands whose meaning is known; since Azure's enumerations are
            open, any other value is unknown, neither good nor bad. Empty: every value is known.
    """

    path: Steps
    operator: Operator
    operand: ParameterValue
    default: Default | None = None
    reading: Reading = Reading.ITSELF
    known: tuple[Scalar, ...] = ()


class InContext(Struct, frozen=True):
    """`context` compared with an operand: what tags say about the workspace this belongs to.

    Attributes:
        label: Name of a label; see `amlaudit.core.context`.
        operator: How it is compared.
        operand: What it is compared with: a text, or several for `in` and `notIn`.
    """

    label: str
    operator: Operator
    operand: ParameterValue


class Tagged(Struct, frozen=True):
    """Whether a tag gives a label to the workspace that this belongs to.

    Attributes:
        label: Name of a label; see `amlaudit.core.context`.
        wanted: Whether one is expected to.
    """

    label: str
    wanted: bool


class Exists(Struct, frozen=True):
    """`field` exists (or does not): the only condition for which absence is an answer."""

    path: Steps
    wanted: bool


class AllOf(Struct, frozen=True):
    """Every condition holds."""

    conditions: tuple["Condition", ...]


class AnyOf(Struct, frozen=True):
    """At least one condition holds."""

    conditions: tuple["Condition", ...]


ALWAYS: Final = AllOf(())
"""A condition that always holds: nothing is left to check."""
NEVER: Final = AnyOf(())
"""A condition that never holds."""


class Not(Struct, frozen=True):
    """The condition does not hold."""

    condition: "Condition"


class CountMembers(Struct, frozen=True):
    """How many members of a list (or values of a map) meet a condition.

    Attributes:
        path: Path of the list or map.
        where: The condition that members must meet to be counted; None: all are counted.
        operator: How the count is compared.
        number: What it is compared with.
        default: What Azure documents for an absent one.
        keyed: Whether it may be a map: it is not known to be a list.
    """

    path: Steps
    where: "Condition | None"
    operator: Operator
    number: int
    default: Default | None = None
    keyed: bool = True


class CountNeighbours(Struct, frozen=True):
    """How many of the resources that a relation leads to meet a condition."""

    relation: str
    where: "Condition | None"
    operator: Operator
    number: int


Condition: TypeAlias = (
    AllOf | AnyOf | Not | Comparison | InContext | Tagged | Exists | CountMembers | CountNeighbours
)
