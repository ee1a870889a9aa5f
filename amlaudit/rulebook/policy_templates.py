"""Policy definitions in deployment templates, with the variables of the template filled in.

A template compiled from Bicep has the files it loaded as variables, and a loop over them:
https://learn.microsoft.com/azure/azure-resource-manager/bicep/bicep-functions-files
"""

from collections.abc import Iterator, Mapping
from typing import Any, Final

from amlaudit.core.path import ABSENT
from amlaudit.engine.policy.definition import unescape
from amlaudit.language.values import items
from amlaudit.rulebook.policy_selectors import folded, has_expression, object_of
from amlaudit.rulebook.policy_template_values import (
    ONCE,
    Iteration,
    TemplateValues,
    is_computed,
)

KINDS: Final = frozenset(
    {"policyassignments", "policydefinitions", "policyexemptions", "policysetdefinitions"}
)
"""Policy-related resource types, without their provider, lower case."""

_NEEDED: Final = frozenset({"mode", "parameters", "policydefinitions", "policyrule"})
"""Keys of a definition or a set whose values must be known, lower case."""

_CONDITIONS: Final = frozenset(
    {"allof", "anyof", "count", "existencecondition", "if", "not", "then", "where"}
)
"""Keys of a rule that contain conditions, lower case."""


def definitions_in(template: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    """Yield the definitions, sets, assignments and exemptions that a template deploys.

    Those in nested templates are included, those it only refers to (`existing`) or that it does not
    deploy by its `condition` are not. Parameters have their defaults. What the template computes
    from anything but its own texts, such as from parameters without a default, is left as it is.

    Raises:
        DefinitionError: Its variables expand endlessly.
    """
    known = _known(template.get("parameters"), {})
    return _deployed(template, TemplateValues(object_of(template.get("variables")), known), ONCE)


def _deployed(
    template: Mapping[str, Any], values: TemplateValues, around: Iteration
) -> Iterator[Mapping[str, Any]]:
    """Yield what a template deploys, given its values and the iteration that it is nested in."""
    resources = template.get("resources")
    for each in resources.values() if isinstance(resources, Mapping) else items(resources):
        if not isinstance(each, Mapping) or each.get("existing") is True:
            continue
        kind = each.get("type")
        last = kind.lower().rpartition("/")[2] if isinstance(kind, str) else ""
        if last not in KINDS and last != "deployments":
            continue
        for iteration in values.iterations_of(each.get("copy"), around):
            if values.filled(each.get("condition"), iteration) is False:
                continue
            if last in KINDS:
                filled = {key: values.filled(value, iteration) for key, value in each.items()}
                yield {key: _in_its_language(value) for key, value in filled.items()}
            else:
                yield from _nested(object_of(each.get("properties")), values, iteration)


def _nested(
    deployment: Mapping[str, Any], values: TemplateValues, iteration: Iteration
) -> Iterator[Mapping[str, Any]]:
    """Yield what a nested deployment deploys.

    Its expressions are those of the template around it unless it says otherwise:
    https://learn.microsoft.com/azure/azure-resource-manager/templates/linked-templates#expression-evaluation-scope-in-nested-templates
    """
    template = object_of(deployment.get("template"))
    scope = object_of(deployment.get("expressionEvaluationOptions")).get("scope")
    if str(scope).lower() != "inner":
        yield from _deployed(template, values, iteration)
        return
    given = values.filled(deployment.get("parameters") or {}, iteration)
    known = _known(template.get("parameters"), given) if isinstance(given, Mapping) else {}
    inner = TemplateValues(object_of(template.get("variables")), known)
    yield from _deployed(template, inner, ONCE)


def _known(declared: object, given: Mapping[str, Any]) -> Mapping[str, object]:
    """Return the values of parameters, by lower-case name, as far as they are known.

    One that is given has no default, even if what is given is only known to a deployment. Null is
    no value.
    """
    defaults = {key: folded(object_of(each)) for key, each in folded(object_of(declared)).items()}
    values = {
        key: folded(object_of(each)).get("value", ABSENT) for key, each in folded(given).items()
    }
    return {
        **{key: each["defaultvalue"] for key, each in defaults.items() if "defaultvalue" in each},
        **{
            key: ABSENT if has_expression(each) else each
            for key, each in values.items()
            if each is not None
        },
    }


def as_given(template: Mapping[str, Any], given: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return a template in which the values of a parameters file are the defaults.

    Args:
        template: The template.
        given: The parameters in the file, `{name: {"value": …}}`.
    """
    values = _known({}, given)
    declared = {
        name: _with_default(each, values[name.lower()]) if name.lower() in values else each
        for name, each in object_of(template.get("parameters")).items()
    }
    return {**template, "parameters": declared}


def _with_default(declared: object, value: object) -> Mapping[str, object]:
    """Return a declared parameter with a default, or without one if it is `ABSENT`."""
    kept = {k: each for k, each in object_of(declared).items() if k.lower() != "defaultvalue"}
    return kept if value is ABSENT else {**kept, "defaultValue": value}


def _in_its_language(value: object) -> object:
    """Return the properties of a definition as the service gets them, other values unchanged."""
    return unescape(value, deployed=True) if isinstance(value, Mapping) else value


def computed_in(document: Mapping[str, Any]) -> str:
    """Return the key of a definition or set that a template computes, empty if none is."""
    keys = folded(document)
    inner = keys.get("properties")
    kind = str(keys.get("type", "")).lower().rpartition("/")[2]
    if kind in KINDS and is_computed(inner):
        return "properties"
    properties = inner if isinstance(inner, Mapping) else document
    loops = properties.get("copy")
    looped = [folded(each).get("name") for each in items(loops) if isinstance(each, Mapping)]
    computed = [key for key, value in properties.items() if is_computed(value)]
    found = (each for each in (*computed, *looped) if str(each).lower() in _NEEDED)
    return str(next(found, "")) or _computed_within(folded(properties).get("policyrule"))


def _computed_within(rule: object) -> str:
    """Return where a template computes a condition of a rule, empty if nowhere."""
    parts = [(rule, "policyRule", True)]
    for part, at, is_condition in parts:  # to which those inside each are added on the way
        if is_condition and is_computed(part):
            return at
        if isinstance(part, Mapping):
            if "copy" in folded(part):
                return f"{at}.copy"
            parts += [
                (each, f"{at}.{key}", key.lower() in _CONDITIONS)
                for key, each in part.items()
                if key.lower() != "deployment"
            ]
        elif isinstance(part, list):
            parts += [(each, f"{at}[{place}]", is_condition) for place, each in enumerate(part)]
    return ""
