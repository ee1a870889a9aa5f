"""Policy assignments in files: the values that they give to parameters, and what they select.

https://learn.microsoft.com/azure/governance/policy/concepts/assignment-structure
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any, Final, NamedTuple

from amlaudit.core import arm_id
from amlaudit.core.path import ABSENT
from amlaudit.engine.policy.conditions import (
    Accessor,
    AllOf,
    AnyOf,
    Condition,
    Field,
    Leaf,
    Value,
)
from amlaudit.engine.policy.definition import EVERYWHERE, Absent, Parameter, PolicyDefinition, Reach
from amlaudit.language.expressions import is_expression

_KIND: Final = "policyassignments"
_ASSIGNMENTS: Final = f"/providers/microsoft.authorization/{_KIND}/"
_SCOPE: Final = re.compile(
    r"/(?:subscriptions|providers/Microsoft\.Management/managementGroups)/[^\[\]{}<>$\s]+",
    re.IGNORECASE,
)
_ACCESSORS: Final[Mapping[str, Accessor]] = {
    "resourcelocation": Field("location"),
    "resourcetype": Field("type"),
    "policydefinitionreferenceid": Value("[policy().definitionReferenceId]"),
}
"""What selectors look at; what another kind looks at is a field that is not known."""


class Assignment(NamedTuple):
    """What one assignment says.

    Attributes:
        of: Name of the definition or set that is assigned, lower case.
        name: Its own name.
        values: By lower-case name of the parameter; `ABSENT` for one that only a deployment knows.
        selected: The resources that it selects; None: all of them.
        overrides: Effects that it wants instead, each with the condition under which.
        is_computed: Whether only a deployment knows what it selects or overrides.
        reach: Where it counts.
    """

    of: str
    name: str
    values: Mapping[str, object]
    selected: Condition | None = None
    overrides: tuple[tuple[Condition, str], ...] = ()
    is_computed: bool = False
    reach: Reach = EVERYWHERE


def assignment_of(document: Mapping[str, Any], name: str) -> Assignment | None:
    """Return the assignment that JSON spells, None if it spells none.

    Args:
        document: The JSON object.
        name: What to call it where it has no name.
    """
    keys = folded(document)
    inner = keys.get("properties")
    properties = folded(inner) if isinstance(inner, Mapping) else keys
    assigned, given = properties.get("policydefinitionid"), properties.get("parameters")
    is_other = not str(keys.get("type", _KIND)).lower().endswith(_KIND)
    if is_other or not isinstance(assigned, str):
        return None
    values = {
        key: _value(folded(each).get("value", ABSENT))
        for key, each in folded(given if isinstance(given, Mapping) else {}).items()
        if isinstance(each, Mapping)
    }
    selectors, overrides = properties.get("resourceselectors"), properties.get("overrides")
    groups = [_selected(folded(each)) for each in _objects(selectors)]
    scope = properties.get("scope") or keys.get("scope")
    return Assignment(
        name_in(assigned).lower(),
        str(keys.get("name") or name),
        values,
        AnyOf(tuple(groups)) if groups else None,
        tuple(filter(None, (_override(folded(each)) for each in _objects(overrides)))),
        is_computed=_has_expression([selectors, overrides]),
        reach=_reach(scope or _scope_above(keys), properties.get("notscopes")),
    )


def _scope_above(keys: Mapping[str, Any]) -> str:
    """Return the scope that the id of an assignment lies under, empty where it has none."""
    return arm_id.normalise(str(keys.get("id") or "")).partition(_ASSIGNMENTS)[0].rstrip("/")


def _reach(scope: object, excluded: object) -> Reach:
    """Return where an assignment counts, as far as it is written as ids.

    Policies as code mostly have placeholders or expressions there, which only a deployment knows.
    """
    several = excluded if isinstance(excluded, list) else [excluded] if excluded else []
    own, ids = _scope_id(scope), [_scope_id(each) for each in several]
    return Reach(own, tuple(filter(None, ids)), is_known=all(ids) and bool(own or not scope))


def _scope_id(spelled: object) -> str:
    """Return the normalised id of a scope, empty for what is none."""
    found = isinstance(spelled, str) and _SCOPE.fullmatch(spelled)
    return arm_id.normalise(found[0]) if found else ""


def _override(found: Mapping[str, Any]) -> tuple[Condition, str] | None:
    """Return an effect that an assignment wants instead, None if it overrides something else."""
    is_effect = str(found.get("kind", "policyEffect")).lower() == "policyeffect"
    return (_selected(found), str(found.get("value", ""))) if is_effect else None


def _selected(found: Mapping[str, Any]) -> Condition:
    """Return the condition that all selectors of a group hold."""
    return AllOf(tuple(_selector(folded(each)) for each in _objects(found.get("selectors"))))


def _selector(found: Mapping[str, Any]) -> Condition:
    """Return the condition that one selector is."""
    kind = str(found.get("kind", ""))
    if kind.lower() == "resourcewithoutlocation":
        return Leaf(Field("location"), "exists", "false")
    operator = "in" if "in" in found else "notin"
    return Leaf(_ACCESSORS.get(kind.lower(), Field(kind)), operator, found.get(operator))


def _objects(value: object) -> list[Mapping[str, Any]]:
    """Return the objects in a JSON list."""
    return [each for each in value if isinstance(each, Mapping)] if isinstance(value, list) else []


def _has_expression(value: object) -> bool:
    """Tell whether an expression stands anywhere in a JSON value."""
    if isinstance(value, Mapping):
        return any(map(_has_expression, value.values()))
    if isinstance(value, list):
        return any(map(_has_expression, value))
    return isinstance(value, str) and is_expression(value)


def name_in(spelled: str) -> str:
    """Return the name that the id of a definition or set ends with.

    In a template an id is mostly made by a function: its last text counts.
    """
    return arm_id.name_of(spelled.rstrip("')] ")).rpartition("'")[2]


def as_assigned(
    policy: PolicyDefinition, assignments: Sequence[Assignment]
) -> Iterator[PolicyDefinition | Absent]:
    """Yield a definition once for each assignment of it or of its set, itself if there is none."""
    if not assignments:
        yield policy
    for each in assignments:
        own = policy.id if len(assignments) == 1 else f"{policy.id}@{each.name}"
        yield _as_one_assigns(policy, each, own)


def _as_one_assigns(
    policy: PolicyDefinition, assignment: Assignment, own: str
) -> PolicyDefinition | Absent:
    """Return a definition as one assignment wants it, under an id of its own."""
    if assignment.is_computed:
        what = f"what the assignment {assignment.name} selects or overrides"
        return Absent(own, f"only a deployment computes {what}")
    values, is_member = assignment.values, policy.bound is not None
    return replace(
        policy,
        id=own,
        outer=_given(policy.outer, values) if is_member else policy.outer,
        parameters=policy.parameters if is_member else _given(policy.parameters, values),
        selected=assignment.selected,
        overrides=assignment.overrides,
        reach=assignment.reach,
    )


def _given(
    parameters: Mapping[str, Parameter], values: Mapping[str, object]
) -> Mapping[str, Parameter]:
    """Return parameters with the values of an assignment in place of their defaults."""
    return {
        key: replace(each, default=values.get(key, each.default))
        for key, each in parameters.items()
    }


def _value(value: object) -> object:
    """Return what an assignment gives to a parameter; a template's expression is no value yet."""
    return ABSENT if isinstance(value, str) and is_expression(value) else value


def folded(found: Mapping[str, Any]) -> dict[str, Any]:
    """Return an object with its keys in lower case: the service takes them in any."""
    return {key.lower(): value for key, value in found.items()}
