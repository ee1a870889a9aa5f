"""Policy assignments in files: the values that they give to the parameters of what they assign.

https://learn.microsoft.com/azure/governance/policy/concepts/assignment-structure
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any, Final, NamedTuple

from amlaudit.core import arm_id
from amlaudit.core.path import ABSENT
from amlaudit.engine.policy.definition import Parameter, PolicyDefinition
from amlaudit.language.expressions import is_expression

_KIND: Final = "policyassignments"


class Assignment(NamedTuple):
    """What one assignment says.

    Attributes:
        of: Name of the definition or set that is assigned, lower case.
        name: Its own name.
        values: By lower-case name of the parameter; `ABSENT` for one that only a deployment knows.
    """

    of: str
    name: str
    values: Mapping[str, object]


def assignment_of(document: Mapping[str, Any], name: str) -> Assignment | None:
    """Return the assignment that JSON spells, None if it spells none.

    Args:
        document: The JSON object.
        name: What to call it where it has no name.
    """
    keys = _folded(document)
    inner = keys.get("properties")
    properties = _folded(inner) if isinstance(inner, Mapping) else keys
    assigned, given = properties.get("policydefinitionid"), properties.get("parameters")
    is_other = not str(keys.get("type", _KIND)).lower().endswith(_KIND)
    if is_other or not isinstance(assigned, str):
        return None
    values = {
        key: _value(_folded(each).get("value", ABSENT))
        for key, each in _folded(given if isinstance(given, Mapping) else {}).items()
        if isinstance(each, Mapping)
    }
    return Assignment(name_in(assigned).lower(), str(keys.get("name") or name), values)


def name_in(spelled: str) -> str:
    """Return the name that the id of a definition or set ends with.

    In a template an id is mostly made by a function: its last text counts.
    """
    return arm_id.name_of(spelled.rstrip("')] ")).rpartition("'")[2]


def as_assigned(
    policy: PolicyDefinition, assignments: Sequence[Assignment]
) -> Iterator[PolicyDefinition]:
    """Yield a definition once for each assignment of it or of its set, itself if there is none."""
    if not assignments:
        yield policy
    for each in assignments:
        own = policy.id if len(assignments) == 1 else f"{policy.id}@{each.name}"
        if policy.bound is not None:
            yield replace(policy, id=own, outer=_given(policy.outer, each.values))
        else:
            yield replace(policy, id=own, parameters=_given(policy.parameters, each.values))


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


def _folded(found: Mapping[str, Any]) -> dict[str, Any]:
    """Return an object with its keys in lower case."""
    return {key.lower(): value for key, value in found.items()}
