"""A deployment and its nested deployments: what they declare.

https://learn.microsoft.com/azure/azure-resource-manager/templates/linked-templates
"""

from collections.abc import Iterator, Mapping
from typing import Any, Final, Protocol

from msgspec import Struct
from msgspec.structs import replace

from amlaudit.core.arm_id import normalise
from amlaudit.core.gap import Reason
from amlaudit.language.expressions import is_expression
from amlaudit.language.values import EvaluationError
from amlaudit.scanners.deployments.templates import linked
from amlaudit.scanners.deployments.templates.context import Context, Registry
from amlaudit.scanners.deployments.templates.evaluator import evaluate, loop_values, rounds_of
from amlaudit.scanners.deployments.templates.parameters import (
    Given,
    filled,
    given_in,
    unavailable,
)
from amlaudit.scanners.deployments.templates.pending import (
    Pending,
    is_blank,
    pending,
    spelled,
)
from amlaudit.scanners.deployments.templates.resource import (
    Declared,
    Member,
    identified,
    members_of,
    stand_in,
)
from amlaudit.scanners.deployments.templates.scope import Source, context_of
from amlaudit.scanners.deployments.templates.spelling import respelled
from amlaudit.scanners.deployments.templates.target import (
    Level,
    Target,
    absolute_id,
    target_of,
)
from amlaudit.scanners.files.json_values import object_of

_DEPLOYMENTS: Final = "microsoft.resources/deployments"
_DEEPEST: Final = 20
"""Maximum nesting depth of deployments."""


class Collector(Registry, Protocol):
    """Collects what all deployments of a template declare.

    It knows `Deployment`, which in turn only knows this much of it.
    """

    def add(self, resource: Declared) -> None:
        """Record a resource."""

    def add_deployment(self, resource_id: str, deployment: "Deployment") -> None:
        """Record a nested deployment by its normalised id."""

    def leave_out(self, member: Member, scope: object, why: str) -> None:
        """Record that a resource, or the content of a nested deployment, is unknown."""

    def load(self, path: str) -> Source | None:
        """Return the template at a path relative to the main one's, None if there is none."""

    def load_parameters(self, path: str) -> Mapping[str, Any] | None:
        """Return the entries of a parameters file at such a path, None if there is none."""


class Deployment(Struct):
    """One deployment: of the main template, or a nested one.

    Attributes:
        collector: Collects what it and all others declare.
        context: The context of its expressions.
        target: Where its resources go.
        source: The deployed template.
        depth: Its nesting depth.
        condition: Why it is unknown whether it is deployed; None: it is deployed.
    """

    collector: Collector
    context: Context
    target: Target
    source: Source
    depth: int = 0
    condition: Pending | None = None
    _is_unfolded: bool = False

    def unfold(self) -> None:
        """Declare its resources and those of its nested deployments, once."""
        if self._is_unfolded:
            return
        self._is_unfolded = True
        source = self.source
        declared, pointer = source.template.get("resources"), f"{source.pointer}/resources"
        members = list(members_of(declared, pointer, source.file))
        nested: list[Deployment] = []
        # Deployments first: others use their outputs, whatever the order in the file.
        for member in sorted(members, key=lambda each: not _is_deployment(each)):
            nested += self._declare(member, None, self.context)
        for each in nested:
            each.unfold()

    def outputs(self) -> Mapping[str, Any]:
        """Return its outputs, in the form that `reference()` returns."""
        self.unfold()
        outputs = object_of(self.source.template.get("outputs"))
        written = {name: respelled(object_of(each)) for name, each in outputs.items()}
        return {name: {"value": self._output(each)} for name, each in written.items()}

    def _output(self, output: Mapping[str, Any]) -> object:
        """Return the value of an output."""
        if str(output.get("type")).lower().startswith("secure"):
            return pending("the output is a secret")
        if isinstance(loop := output.get("copy"), Mapping):
            return loop_values(loop, replace(self.context, round=None))
        return evaluate(output.get("value"), self.context)

    def _declare(
        self, member: Member, parent: Declared | None, context: Context
    ) -> "Iterator[Deployment]":
        """Declare a resource, for each iteration of its loop; yield the deployments among them."""
        loop = member.raw.get("copy")
        if not isinstance(loop, Mapping):
            yield from self._declare_one(member, parent, context, member.symbol)
            return
        loop = respelled(loop)
        rounds = rounds_of(loop.get("count"), context)
        if isinstance(rounds, Pending):
            why = f"the number of its copies is unknown: {rounds.gap.detail}"
            self._leave_out(member, why)
            return
        for index in rounds:
            inside = context.in_round(str(loop.get("name") or ""), index)
            yield from self._declare_one(member, parent, inside, f"{member.symbol}[{index}]")

    def _declare_one(
        self, member: Member, parent: Declared | None, context: Context, symbol: str
    ) -> "Iterator[Deployment]":
        """Declare one resource and its nested children."""
        if member.extension:
            why = f"it is a resource of the extension {member.extension}, not of Azure"
            self._leave_out(member, why)
            return
        if is_expression(member.type):
            self._leave_out(member, "its type is an expression, which Azure does not allow")
            return
        written = member.raw.get("condition")
        condition = True if written is None else evaluate(written, context)
        if condition is False and (_is_deployment(member) or not member.raw.get("resources")):
            return
        if not isinstance(condition, bool | Pending):
            condition = pending("its condition is not a boolean", Reason.UNSUPPORTED)
        try:
            target = self._target_of(member, context)
            resource = identified(member, parent, target.scope, context)
        except EvaluationError as error:
            self._leave_out(member, f"its id cannot be determined: {error}")
            return
        above = parent.condition if parent else self.condition
        resource.condition = condition if isinstance(condition, Pending) else above
        # Without symbolic names, `reference()` accepts the name of a resource.
        self.context.symbols[symbol if member.symbol else spelled(resource.name)] = resource.id
        if _is_deployment(member):
            yield from self._nested(resource, target)
            return
        if condition is not False:  # children are not left out: each has its own condition
            self.collector.add(resource)
        inside = members_of(member.raw.get("resources"), f"{member.pointer}/resources", member.file)
        for child in inside:
            yield from self._declare(child, resource, context)

    def _leave_out(self, member: Member, why: str) -> None:
        """Record that a resource is unknown, unless it exists anyway."""
        if not member.is_existing:
            self.collector.leave_out(member, self.target.scope, why)

    def _target_of(self, member: Member, context: Context) -> Target:
        """Return a resource's target: the deployment's, unless the resource specifies its own."""
        if isinstance(member.raw.get("scope"), str):
            return target_of(absolute_id(self.target, evaluate(member.raw["scope"], context)))
        subscription = _specified(member.raw.get("subscriptionId"), context)
        group = _specified(member.raw.get("resourceGroup"), context)
        goes_elsewhere = _is_deployment(member) or member.is_existing
        if not goes_elsewhere or (subscription is None and group is None):
            return self.target
        within = self.target.subscription if subscription is None else subscription
        return (
            Target(Level.SUBSCRIPTION, within)
            if group is None
            else Target(Level.GROUP, within, group)
        )

    def _nested(self, resource: Declared, target: Target) -> "Iterator[Deployment]":
        """Yield the deployment that a resource represents."""
        member, context = resource.member, resource.context
        inside = context
        properties = respelled(object_of(member.raw.get("properties")))
        source = self._source(properties, member, context)
        if source is None or self.depth >= _DEEPEST:
            why = "it is nested too deeply"
            if source is None:
                link = evaluate(properties.get("templateLink"), context)
                why = f"its template {linked.problem_of(link)}"
            self.collector.leave_out(member, target.scope, why)
            return
        options = respelled(object_of(properties.get("expressionEvaluationOptions")))
        if str(options.get("scope")).lower() == "inner" or "template" not in properties:
            given = self._given(properties, source, member, context)
            inside = context_of(source, given, target, resource.name, self.collector)
        found = Deployment(
            self.collector, inside, target, source, self.depth + 1, resource.condition
        )
        self.collector.add_deployment(normalise(spelled(resource.id)), found)
        yield found

    def _given(
        self, properties: Mapping[str, Any], source: Source, member: Member, context: Context
    ) -> Given:
        """Return a nested deployment's parameters, written there or in a file that it links to."""
        link = evaluate(properties.get("parametersLink"), context)
        if link is None:
            return _given(properties.get("parameters"), source, context)
        path = linked.path_of(link, member.file)
        found = self.collector.load_parameters(path) if path else None
        if found is None:
            why = pending(f"the file of its parameters {linked.problem_of(link)}")
            return unavailable(source.template, why)
        return given_in(found, filled)

    def _source(
        self, properties: Mapping[str, Any], member: Member, context: Context
    ) -> Source | None:
        """Return the template of a nested deployment, None if it is not here."""
        if isinstance(inline := properties.get("template"), Mapping):
            return Source(respelled(inline), member.file, f"{member.pointer}/properties/template")
        link = evaluate(properties.get("templateLink"), context)
        path = linked.path_of(link, member.file)
        return self.collector.load(path) if path else None


def _is_deployment(member: Member) -> bool:
    """Tell whether a resource is a nested deployment."""
    return member.type.lower() == _DEPLOYMENTS and not member.is_existing


def _given(parameters: object, source: Source, context: Context) -> Given:
    """Return a nested deployment's parameters; all may come from one expression."""
    if not isinstance(parameters, str):
        return given_in(parameters, lambda raw: evaluate(raw, context))
    whole = evaluate(parameters, context)
    if isinstance(whole, Pending):
        return unavailable(source.template, whole)
    return given_in(whole, lambda value: value)


def _specified(raw: object, context: Context) -> object:
    """Return a target specified by a deployment; None: unspecified.

    Modules have an empty string where none was given. Equal expressions mean the same target, even
    if it is unknown.
    """
    value = evaluate(raw, context)
    if is_blank(value):
        return stand_in("unknown", str(raw), value, context)
    return None if value == "" else value
