"""How policies compare values, and the error for an invalid definition."""

from collections.abc import Mapping

from amlaudit.core.path import describe
from amlaudit.language.values import (
    EvaluationError,
    collated,
    has_key,
    is_list,
    items,
    lookup,
    moment,
)


class DefinitionError(ValueError):
    """The service would not accept the definition.

    Attributes:
        at: JSON path of what is wrong, `policyRule.if.allOf[1]`.
        problem: What is wrong.
    """

    def __init__(self, at: str, problem: str) -> None:
        """Describe what is wrong and where."""
        super().__init__(f"{at}: {problem}")
        self.at = at
        self.problem = problem


def text(value: object) -> str | None:
    """Return the text form that operators compare, without case; None for an array or object.

    A missing value counts as the empty text, a number as in JSON; `Straße` is `STRASSE`.
    https://github.com/Azure/azure-policy-linter/blob/main/docs/Rules/equality-check-on-numeric-field.md
    https://github.com/microsoft/regorus/blob/main/tests/azure_policy/cases/casing.yaml
    """
    if isinstance(value, str):
        return value.casefold()
    if value is None:
        return ""
    return str(value).lower() if isinstance(value, bool | int | float) else None


def as_location(value: object) -> object:
    """Return location names in their comparable form: `East US 2` is `eastus2`.

    https://learn.microsoft.com/azure/governance/policy/concepts/definition-structure-policy-rule
    """
    if is_list(value):
        return [as_location(each) for each in items(value)]
    return value.replace(" ", "").lower() if isinstance(value, str) else value


def same(left: object, right: object) -> bool:
    """Tell whether two values are equal as `equals` compares: by text, without case."""
    if isinstance(left, Mapping) and isinstance(right, Mapping):
        return len(left) == len(right) and all(
            has_key(right, key) and same(value, lookup(right, key)) for key, value in left.items()
        )
    if is_list(left) and is_list(right):
        pairs = zip(items(left), items(right), strict=False)
        return len(items(left)) == len(items(right)) and all(same(*pair) for pair in pairs)
    folded = text(left)
    return folded is not None and folded == text(right)


def order(left: object, right: object) -> int:
    """Return -1, 0 or 1 as left is less than, equal to or greater than right.

    Raises:
        EvaluationError: The two cannot be ordered.
    """
    if isinstance(left, str) and isinstance(right, str):
        times = moment(left), moment(right)
        if times[0] and times[1]:
            return (times[0] > times[1]) - (times[0] < times[1])
        # without case: https://learn.microsoft.com/azure/governance/policy/concepts/definition-structure-policy-rule
        first, second = collated(left)[:2], collated(right)[:2]
        return (first > second) - (first < second)
    kinds = {isinstance(left, bool), isinstance(right, bool)}
    if isinstance(left, int | float) and isinstance(right, int | float) and kinds == {False}:
        return (left > right) - (left < right)
    raise EvaluationError(f"{describe(left)} cannot be ordered against {describe(right)}")
