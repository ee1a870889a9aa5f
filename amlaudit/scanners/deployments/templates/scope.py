"""What a template provides for its own expressions: parameters, variables and functions."""

from collections.abc import Callable, Iterator, Mapping
from functools import partial
from typing import Any

from msgspec import Struct

from amlaudit.scanners.deployments.templates.context import (
    Context,
    Lazy,
    Registry,
    UserFunction,
)
from amlaudit.scanners.deployments.templates.evaluator import evaluate, is_copy, loop_values
from amlaudit.scanners.deployments.templates.parameters import Given, missing, parameter_value
from amlaudit.scanners.deployments.templates.specials import SPECIALS
from amlaudit.scanners.deployments.templates.spelling import respelled
from amlaudit.scanners.deployments.templates.target import Target
from amlaudit.scanners.files.json_values import object_of, objects_of


class Source(Struct, frozen=True):
    """A template and its location.

    Attributes:
        template: Its JSON object.
        file: Path of its file, relative to the main template's; empty: the main template.
        pointer: Its JSON pointer in that file.
    """

    template: Mapping[str, Any]
    file: str = ""
    pointer: str = ""


def context_of(
    source: Source, given: Given, target: Target, name: object, registry: Registry
) -> Context:
    """Return the context for a template's expressions.

    Args:
        source: The template.
        given: The factories of the parameters that have a value.
        target: Where it is deployed.
        name: Name of the deployment.
        registry: What the whole deployment declares.
    """
    template = source.template

    def evaluated(raw: object) -> object:
        return evaluate(raw, context)

    def looped(loop: Mapping[str, Any]) -> object:
        return loop_values(loop, context)

    budget = registry.budget
    budget.deployments += 1
    where = f"{budget.files}, deployment {budget.deployments}"
    context = Context(
        target=target,
        name=name,
        file=source.file,
        specials=SPECIALS,
        registry=registry,
        parameters=Lazy("parameter", dict(_parameters(template, given, evaluated)), where),
        variables=Lazy("variable", dict(_variables(template, evaluated, looped)), where),
        functions=dict(_functions(template)),
    )
    return context


def _parameters(
    template: Mapping[str, Any], given: Given, evaluated: Callable[[object], object]
) -> Iterator[tuple[str, Callable[[], object]]]:
    """Yield (name, factory of its value) for each parameter."""
    definitions = object_of(template.get("definitions"))
    for name, written in object_of(template.get("parameters")).items():
        declaration = respelled(object_of(written))
        make = partial(missing, name, declaration, definitions)
        if "defaultValue" in declaration:
            make = partial(evaluated, declaration["defaultValue"])
        if name.lower() in given:
            make = partial(_given_or, given[name.lower()], make)
        yield name, partial(parameter_value, name, declaration, definitions, make)


def _given_or(give: Callable[[], object], otherwise: Callable[[], object]) -> object:
    """Return the given value; null means none, so that the default applies."""
    value = give()
    return otherwise() if value is None else value


def _variables(
    template: Mapping[str, Any],
    evaluated: Callable[[object], object],
    looped: Callable[[Mapping[str, Any]], object],
) -> Iterator[tuple[str, Callable[[], object]]]:
    """Yield (name, factory of its value) for each variable."""
    for name, raw in object_of(template.get("variables")).items():
        if is_copy(name) and isinstance(raw, list):
            loops = map(respelled, objects_of(raw))
            yield from ((str(loop.get("name")), partial(looped, loop)) for loop in loops)
        else:
            yield name, partial(evaluated, raw)


def _functions(template: Mapping[str, Any]) -> Iterator[tuple[str, UserFunction]]:
    """Yield (lower-case name with its namespace, function) for a template's functions."""
    for each in map(respelled, objects_of(template.get("functions"))):
        for name, written in object_of(each.get("members")).items():
            body = respelled(object_of(written))
            named = map(respelled, objects_of(body.get("parameters")))
            parameters = tuple(str(one.get("name")) for one in named)
            output = respelled(object_of(body.get("output"))).get("value")
            yield f"{each.get('namespace')}.{name}".lower(), UserFunction(parameters, output)
