"""Expressions that a tool leaves in its predictions, evaluated as far as possible.

https://learn.microsoft.com/azure/azure-resource-manager/templates/deploy-what-if#limits
"""

from collections.abc import Callable, Collection, Mapping
from typing import Any, Final

from amlaudit.core.arm_id import normalise, type_of
from amlaudit.core.relations import USER_ASSIGNED_IDENTITY
from amlaudit.language.expressions import is_expression
from amlaudit.scanners.deployments.declaration import Unresolved
from amlaudit.scanners.deployments.identities import principal_of
from amlaudit.scanners.deployments.templates.context import Budget
from amlaudit.scanners.deployments.templates.derived import derived_of
from amlaudit.scanners.deployments.templates.evaluator import evaluate
from amlaudit.scanners.deployments.templates.pending import (
    Runtime,
    Tentative,
    pending,
    spelled,
)
from amlaudit.scanners.deployments.templates.resource import settled
from amlaudit.scanners.deployments.templates.scope import Source, context_of
from amlaudit.scanners.deployments.templates.target import Target
from amlaudit.scanners.files.input import Home
from amlaudit.scanners.files.json_values import object_of

_IDENTITY: Final = "identity"


class PredictedExpressions:
    """The context for expressions of a prediction: what is predicted, and nothing else.

    Attributes:
        home: Where it is deployed to.
        budget: How much evaluation is allowed.
    """

    def __init__(self, home: Home) -> None:
        """Set up the context of the deployment's target."""
        self.home = home
        self.budget = Budget()
        self._documents: dict[str, Mapping[str, Any]] = {}
        self._under_way: set[str] = set()
        here = Target()
        target = Target(
            subscription=home.subscription or here.subscription,
            group=home.group or here.group,
        )
        self._context = context_of(Source({}), {}, target, "deployment", self)

    def add(self, resource_id: str, document: Mapping[str, Any]) -> None:
        """Record a predicted resource."""
        self._documents[normalise(resource_id)] = document

    def id_of(self, written: object) -> str:
        """Return the id that an id or an expression evaluates to, empty if unknown."""
        found = evaluate(written, self._context)
        return spelled(found) if isinstance(found, str | Tentative) else ""

    def read(self, expression: str) -> object:
        """Return an expression's value, `Unresolved` if only the deployment determines it."""
        found = settled(evaluate(expression, self._context), self.budget.spend)
        return Unresolved(expression) if isinstance(found, Unresolved) else found

    def reference(self, resource: object, *, full: bool) -> object:
        """See `Registry.reference`."""
        resource_id = normalise(spelled(resource))
        document = self._documents.get(resource_id)
        known = derived_of(resource)
        if (document is None and not known) or resource_id in self._under_way:
            return pending(f"reference() queries Azure for {resource_id}")
        self._under_way.add(resource_id)
        try:
            return self._predicted(resource_id, document or {}, known, full=full)
        finally:
            self._under_way.discard(resource_id)

    def _predicted(
        self,
        resource_id: str,
        document: Mapping[str, Any],
        known: Mapping[str, object],
        *,
        full: bool,
    ) -> Runtime:
        """Return what is predicted of a resource, together with what is known of it anyway."""
        principal = {"principalId": principal_of(resource_id)}
        own = principal if type_of(resource_id) == USER_ASSIGNED_IDENTITY else {}
        predicted = evaluate(document.get("properties"), self._context)
        properties = Runtime({**known, **own, **object_of(predicted)}, resource_id)
        if not full:
            return properties
        others = {key: evaluate(document[key], self._context) for key in document}
        if isinstance(identity := others.get(_IDENTITY), dict):
            others[_IDENTITY] = {**principal, **identity}
        return Runtime({**others, "properties": properties}, resource_id)

    def existing(self, resource: object, *, full: bool) -> object:  # noqa: ARG002 - nothing is
        """See `Registry.existing`: a prediction does not show what was there before."""
        return pending("what the resource was before is not shown")

    def group(self, group_id: str, keys: Collection[str]) -> Mapping[str, object]:
        """See `Registry.group`."""
        predicted = self._documents.get(group_id, {})
        return {key: evaluate(predicted[key], self._context) for key in keys if key in predicted}


def read_with(value: object, read: Callable[[str], object]) -> object:
    """Return a JSON value with its expressions replaced by their values.

    Args:
        value: The value.
        read: Returns the value of an expression, or `Unresolved`.
    """
    if isinstance(value, str):
        return read(value) if is_expression(value) else value
    if isinstance(value, Mapping):
        keys = {key: read(key) if is_expression(key) else key for key in value}
        if unread := [key for key in keys.values() if not isinstance(key, str)]:
            return unread[0] if isinstance(unread[0], Unresolved) else Unresolved(str(unread[0]))
        return {str(keys[key]): read_with(member, read) for key, member in value.items()}
    if isinstance(value, list):
        return [read_with(member, read) for member in value]
    return value
