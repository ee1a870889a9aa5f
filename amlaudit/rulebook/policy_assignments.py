"""Policy assignments in files: the parameter values they give, and what they select.

https://learn.microsoft.com/azure/governance/policy/concepts/assignment-structure
"""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final, NamedTuple

from msgspec.structs import replace

from amlaudit.core import arm_id
from amlaudit.core.path import ABSENT
from amlaudit.engine.policy.conditions import Condition
from amlaudit.engine.policy.definition import EVERYWHERE, Absent, Parameter, PolicyDefinition, Reach
from amlaudit.rulebook.policy_exemptions import FileExemption, exemption_of
from amlaudit.rulebook.policy_selectors import (
    condition_of,
    folded,
    has_expression,
    name_in,
    objects,
    properties_of,
    reach_of,
    scope_above,
    selected_by,
)

_KIND: Final = "policyassignments"


class Assignment(NamedTuple):
    """What one assignment says.

    Attributes:
        of: Name of the definition or set that is assigned, lower case.
        name: Its own name.
        values: By lower-case name of the parameter; `ABSENT` for one that only a deployment knows.
        selected: The resources that it selects; None: all of them.
        overrides: Effects that it substitutes, each with its condition.
        is_computed: Whether only a deployment knows what it gives, selects or overrides.
        reach: Where it applies.
        exemptions: The exemptions from it.
        is_of_set: Whether a set is assigned; None: it does not say.
        version: The required version of what it assigns (`1.*.*`); empty: the latest.
        is_strict: Whether it may give only parameters that are declared, as in the service; trees
            of policies as code may give others, which are left out.
    """

    of: str
    name: str
    values: Mapping[str, object]
    selected: Condition | None = None
    overrides: tuple[tuple[Condition, str], ...] = ()
    is_computed: bool = False
    reach: Reach = EVERYWHERE
    exemptions: tuple[FileExemption, ...] = ()
    is_of_set: bool | None = None
    version: str = ""
    is_strict: bool = False


def assignment_of(document: Mapping[str, Any], name: str) -> Assignment | None:
    """Parse an assignment from JSON; None if it is not one.

    Args:
        document: The JSON object.
        name: What to call it if it has no name.
    """
    keys = folded(document)
    properties = properties_of(keys)
    assigned, given = properties.get("policydefinitionid"), properties.get("parameters")
    is_other = not str(keys.get("type", _KIND)).lower().endswith(_KIND)
    if is_other or not isinstance(assigned, str) or exemption_of(document, name):
        return None
    values = {
        key: _value(folded(each).get("value", ABSENT) if isinstance(each, Mapping) else each)
        for key, each in folded(given if isinstance(given, Mapping) else {}).items()
    }
    selectors, overrides = properties.get("resourceselectors"), properties.get("overrides")
    return Assignment(
        of=name_in(assigned).lower(),
        name=str(keys.get("name") or name),
        values=values,
        selected=selected_by(selectors),
        overrides=tuple(filter(None, (_override(folded(each)) for each in objects(overrides)))),
        is_computed=isinstance(given, str) or has_expression([selectors, overrides]),
        reach=reach_of(scope_above(keys, _KIND), properties.get("notscopes")),
        is_of_set=_is_of_set(assigned.lower()),
        version=str(properties.get("definitionversion") or ""),
        is_strict="type" in keys or "id" in keys,
    )


def _is_of_set(assigned: str) -> bool | None:
    """Tell whether an id, lower case, is that of a set; None: it is only a name."""
    if "policysetdefinitions" in assigned:
        return True
    return False if "policydefinitions" in assigned else None


def _override(found: Mapping[str, Any]) -> tuple[Condition, str] | None:
    """Return the effect of an override and its condition; None if it overrides something else."""
    is_effect = str(found.get("kind", "policyEffect")).lower() == "policyeffect"
    return (condition_of(found), str(found.get("value", ""))) if is_effect else None


def with_exemptions(assignment: Assignment, exemptions: Sequence[FileExemption]) -> Assignment:
    """Return an assignment with the exemptions that apply to it."""
    scope = assignment.reach.scope
    own = (each for each in exemptions if each.is_of(assignment.name, assignment.of, scope))
    return assignment._replace(exemptions=tuple(own))


def as_assigned(
    policy: PolicyDefinition, assignments: Sequence[Assignment], version: str
) -> Iterator[PolicyDefinition | Absent]:
    """Yield a definition once for each assignment of it or of its set, unchanged if there is none.

    If there are several, each carries the assignment's name, and its scope's too if names clash.

    Args:
        policy: The definition.
        assignments: The assignments of it or of its set.
        version: The version of what is assigned, empty if unknown.
    """
    if not assignments:
        yield policy
    names = Counter(each.name.lower() for each in assignments)
    for each in assignments:
        scope = each.reach.scope if names[each.name.lower()] > 1 else ""
        place = f"@{arm_id.name_of(scope)}" if scope else ""
        own = policy.id if len(assignments) == 1 else f"{policy.id}@{each.name}{place}"
        if is_version(version, each.version):
            yield _as_one_assigns(policy, each, own)
        else:
            wants = f"the assignment {each.name} wants version {each.version}"
            yield Absent(own, f"{wants}, the file has {version}")


def _as_one_assigns(
    policy: PolicyDefinition, assignment: Assignment, own: str
) -> PolicyDefinition | Absent:
    """Return a definition as modified by one assignment, under a separate id."""
    if assignment.is_computed:
        what = f"what the assignment {assignment.name} gives, selects or overrides"
        return Absent(own, f"only a deployment computes {what}")
    values, is_member = assignment.values, policy.bound is not None
    declared = policy.outer if is_member else policy.parameters
    if assignment.is_strict and (odd := ", ".join(sorted(values.keys() - declared.keys()))):
        why = f"the assignment {assignment.name} gives parameters that are not declared: {odd}"
        return Absent(own, why)
    return replace(
        policy,
        id=own,
        outer=_given(declared, values) if is_member else policy.outer,
        parameters=policy.parameters if is_member else _given(declared, values),
        selected=assignment.selected,
        overrides=assignment.overrides,
        reach=assignment.reach,
        exempted=tuple(
            each.exempted for each in assignment.exemptions if each.is_from(policy.reference)
        ),
    )


def _given(
    parameters: Mapping[str, Parameter], values: Mapping[str, object]
) -> Mapping[str, Parameter]:
    """Return parameters with their defaults replaced by the values of an assignment."""
    return {
        key: replace(each, default=values.get(key, each.default))
        for key, each in parameters.items()
    }


def _value(value: object) -> object:
    """Return what an assignment gives a parameter; what a template fills in is not a value yet."""
    return ABSENT if has_expression(value) else value


def is_version(version: str, wanted: str) -> bool:
    """Tell whether a version matches the required one: for `1.*.*`, by its first number.

    https://learn.microsoft.com/azure/governance/policy/concepts/initiative-definition-structure
    """
    numbers, parts = (each.partition("-")[0].split(".") for each in (version, wanted))
    pairs = zip(numbers, parts, strict=False) if version and wanted else ()
    return all(part in ("*", number) for number, part in pairs)
