"""Policy definitions, parsed from JSON into checked and typed records.

https://learn.microsoft.com/azure/governance/policy/concepts/definition-structure-basics
"""

import re
from collections.abc import Iterator, Mapping
from typing import Any, Final, NamedTuple

from msgspec import Struct, field

from amlaudit.core.path import ABSENT
from amlaudit.core.patterns import late_pattern
from amlaudit.core.policy_view import Exemption
from amlaudit.engine.policy.conditions import Condition, read_condition, read_object, read_text
from amlaudit.engine.policy.functions import CONTEXTUAL, FUNCTIONS
from amlaudit.engine.policy.values import DefinitionError
from amlaudit.language.expressions import is_expression, parse
from amlaudit.language.values import DEEPEST, EvaluationError

EXISTENCE: Final = frozenset({"auditifnotexists", "deployifnotexists"})
"""Effects that look for a related resource, lower case."""

COMPUTED: Final = "[templateExpression()]"
"""Stands for what a template computes: calls a function that does not exist, so it is unknown."""

_ESCAPED: Final = late_pattern(r"\[\[\s*([a-z]+)\(.*\]", re.IGNORECASE | re.DOTALL)

_OF_LANGUAGE: Final = frozenset({"parameters", "policydefinitions", "policyrule"})
"""Keys of a definition or set under which expressions belong to the policy language, lower case."""

_KEPT: Final = late_pattern(r"deployment$|policyDefinition", re.IGNORECASE)

_LOCATION: Final = late_pattern(r"\[.*\bfield\(\s*'location'\s*\)", re.IGNORECASE | re.DOTALL)


class Parameter(Struct, frozen=True):
    """A parameter of a definition.

    Attributes:
        name: Its name.
        kind: Its type, lower case.
        default: Its value where an assignment gives none; `ABSENT`: a value is required.
        allowed: The allowed values; empty: any.
    """

    name: str
    kind: str
    default: object = ABSENT
    allowed: tuple[object, ...] = ()


class Details(Struct, frozen=True):
    """What an existence check looks for, including expressions.

    Attributes:
        arm_type: Type of the related resources.
        name: Their name; empty: any.
        group: The resource group to look in; empty: that of the resource.
        scope: `subscription` to look in the whole subscription.
        condition: What one of them must meet; None: existing is enough.
        located: Whether what would be deployed gets the location of the resource.
    """

    arm_type: str
    name: str = ""
    group: str = ""
    scope: str = ""
    condition: Condition | None = None
    located: bool = False


class Reach(NamedTuple):
    """Where an assignment applies.

    Attributes:
        scope: Normalised id of its scope; empty: everywhere.
        excluded: Normalised ids of the scopes beneath it that it excludes.
        is_known: Whether all of them are given as ids.
    """

    scope: str = ""
    excluded: tuple[str, ...] = ()
    is_known: bool = True


EVERYWHERE: Final = Reach()
"""Where a definition applies that no assignment restricts."""


class Exempted(NamedTuple):
    """An exemption from an assignment.

    Attributes:
        exemption: What it says.
        reach: Where it applies.
        selected: Which resources it selects; None: all of them.
    """

    exemption: Exemption
    reach: Reach
    selected: Condition | None = None


class PolicyDefinition(Struct, frozen=True):
    """One policy definition.

    Attributes:
        id: Its name, usually a GUID; the name of its file if it has none.
        display_name: Its display name.
        description: What it requires.
        category: The category it is listed under.
        mode: `All`, `Indexed`, or the mode of a resource provider.
        parameters: Its parameters by lower-case name.
        condition: The `if` of its rule.
        effect: The effect, usually an expression.
        details: What its existence check looks for; None if it has none.
        reference: Its reference id in a policy set; empty: it is not in one.
        bound: Values that a policy set gives its parameters, including expressions.
        outer: The parameters of that set by lower-case name.
        selected: Which resources its assignment selects; None: all of them.
        overrides: Effects with which its assignment overrides its own where a condition holds; the
            first one that holds applies.
        reach: Where its assignment applies.
        exempted: The exemptions from its assignment.
        is_static: Whether it is decided by audits of Microsoft's infrastructure, not by resources.
    """

    id: str
    display_name: str
    description: str
    category: str
    mode: str
    parameters: Mapping[str, Parameter]
    condition: Condition
    effect: str
    details: Details | None = None
    reference: str = ""
    bound: Mapping[str, object] | None = None
    outer: Mapping[str, Parameter] = field(default_factory=dict)
    selected: Condition | None = None
    overrides: tuple[tuple[Condition, str], ...] = ()
    reach: Reach = EVERYWHERE
    exempted: tuple[Exempted, ...] = ()
    is_static: bool = False


class Absent(Struct, frozen=True):
    """A definition that is referred to but not available.

    Attributes:
        id: Its name.
        why: Why it is not known, for people.
    """

    id: str
    why: str


def read_definition(document: Mapping[str, Any], name: str) -> PolicyDefinition:
    """Parse a definition from JSON, with or without its outer `properties`.

    Args:
        document: The JSON object.
        name: What to call it if it has no name.

    Raises:
        DefinitionError: It is not a policy definition.
    """
    outer = read_object(document, "definition")
    inner, at = outer.get("properties", ("", None))[1], "properties."
    if not isinstance(inner, Mapping):
        inner, at = document, ""
    keys = _given(unescape(inner), "properties")
    if "policyrule" not in keys:
        raise DefinitionError(f"{at}policyRule", "it is missing, so this is not a definition")
    rule = _given(keys["policyrule"], f"{at}policyRule")
    if "if" not in rule or "then" not in rule:
        raise DefinitionError(f"{at}policyRule", "if and then are required")
    then = _given(rule["then"], f"{at}policyRule.then")
    check_expressions(rule["if"], f"{at}policyRule.if")
    check_expressions(then.get("effect"), f"{at}policyRule.then.effect")
    metadata = keys.get("metadata")
    return PolicyDefinition(
        id=str(outer.get("name", ("", name))[1] or name),
        display_name=str(keys.get("displayname") or ""),
        description=str(keys.get("description") or ""),
        category=str(metadata.get("category", "")) if isinstance(metadata, Mapping) else "",
        mode=str(keys.get("mode") or "Indexed"),
        parameters=read_parameters(keys.get("parameters"), f"{at}parameters"),
        condition=read_condition(rule["if"], f"{at}policyRule.if"),
        effect=read_text(then.get("effect"), f"{at}policyRule.then.effect"),
        details=_read_details(then.get("details"), f"{at}policyRule.then.details"),
        is_static=str(keys.get("policytype")).lower() == "static",
    )


def _given(document: object, at: str) -> dict[str, Any]:
    """Return the values of a JSON object by lower-case key; a null counts as absent."""
    return {k: value for k, (_, value) in read_object(document, at).items() if value is not None}


def _read_details(document: object, at: str) -> Details | None:
    """Parse what an existence check looks for; None if the details are something else."""
    if not isinstance(document, Mapping):
        return None
    keys = _given(document, at)
    if "type" not in keys:
        return None
    condition = None
    if "existencecondition" in keys:
        place = f"{at}.existenceCondition"
        check_expressions(keys["existencecondition"], place)
        condition = read_condition(keys["existencecondition"], place)
    texts = {
        key: read_text(keys.get(key, ""), f"{at}.{key}")
        for key in ("type", "name", "resourcegroupname", "existencescope")
    }
    check_expressions(texts, at)
    return Details(
        texts["type"],
        texts["name"],
        texts["resourcegroupname"],
        texts["existencescope"],
        condition,
        located=any(map(_LOCATION.search, _texts(_handed_on(keys.get("deployment"))))),
    )


def _handed_on(deployment: object) -> object:
    """Return the parameters that a policy passes to its deployment; None if it passes none."""
    inner = deployment.get("properties") if isinstance(deployment, Mapping) else None
    return inner.get("parameters") if isinstance(inner, Mapping) else None


def read_parameters(document: object, at: str) -> dict[str, Parameter]:
    """Return declared parameters by lower-case name.

    Raises:
        DefinitionError: They are not declared as the service requires.
    """
    found: dict[str, Parameter] = {}
    for key, (name, declared) in read_object({} if document is None else document, at).items():
        keys = _given(declared, f"{at}.{name}")
        allowed = keys.get("allowedvalues", [])
        if COMPUTED in _texts(allowed):
            allowed = []
        if not isinstance(allowed, list):
            raise DefinitionError(f"{at}.{name}.allowedValues", "must be a list")
        kind = read_text(keys.get("type"), f"{at}.{name}.type").lower()
        default = keys.get("defaultvalue", ABSENT)
        if COMPUTED in _texts(default):
            default = ABSENT
        found[key] = Parameter(name, kind, default, tuple(allowed))
    return found


def check_expressions(document: object, at: str, depth: int = 0) -> None:
    """Check the syntax of every expression in a JSON value.

    Raises:
        DefinitionError: One is invalid, or the value is nested too deeply.
    """
    if depth > 4 * DEEPEST:
        raise DefinitionError(at, "JSON nests too deep")
    if isinstance(document, str) and is_expression(document):
        try:
            parse(document)
        except EvaluationError as error:
            raise DefinitionError(at, str(error)) from None
    elif isinstance(document, Mapping):
        for key, value in document.items():
            check_expressions(value, f"{at}.{key}", depth + 1)
    elif isinstance(document, list):
        for place, value in enumerate(document):
            check_expressions(value, f"{at}[{place}]", depth + 1)


def unescape(properties: Mapping[str, Any], *, deployed: bool = False) -> Mapping[str, Any]:
    """Return a definition without the extra bracket added when it is exported as a template.

    In an exported definition every expression begins with `[[`, none with a single bracket.

    Args:
        properties: The properties of a definition or set.
        deployed: Whether they are in a template, which computes what begins with one bracket.
    """
    parts = {key.lower(): value for key, value in properties.items()}
    texts = [*_texts(parts.get("policyrule")), *_texts(parts.get("policydefinitions"))]
    calls = [match[1].lower() for each in texts if (match := _ESCAPED.fullmatch(each))]
    escaped = any(name in FUNCTIONS or name in CONTEXTUAL for name in calls)
    if not escaped or (not deployed and any(map(is_expression, texts))):
        return properties
    return {
        key: _without_bracket(value, deployed=deployed and key.lower() in _OF_LANGUAGE)
        for key, value in properties.items()
    }


def _without_bracket(value: object, *, deployed: bool) -> object:
    """Return a JSON value with the first bracket of escaped strings removed.

    What a template computes is replaced, except ids, whose end usually gives the name.
    """
    if isinstance(value, Mapping):
        return {
            key: _without_bracket(each, deployed=deployed and not _KEPT.match(key))
            for key, each in value.items()
        }
    if isinstance(value, list):
        return [_without_bracket(each, deployed=deployed) for each in value]
    if not isinstance(value, str):
        return value
    if deployed and is_expression(value):
        return COMPUTED
    return value[1:] if value.startswith("[[") and value.endswith("]") else value


def _texts(value: object) -> Iterator[str]:
    """Yield every string in a JSON value, except those of a deployment."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, Mapping):
        for key, each in value.items():
            if key.lower() != "deployment":
                yield from _texts(each)
    elif isinstance(value, list):
        for each in value:
            yield from _texts(each)
