"""Which policies are in force over a resource: assigned at or above it, alone or in a set."""

import re
from collections.abc import Iterator
from typing import Final

from amlaudit.core import arm_id
from amlaudit.core.relations import POLICY_SET
from amlaudit.core.subject import Subject

_PARAMETER: Final = re.compile(r"\[parameters\('([^']+)'\)\]")


def policies_in_force(resource: Subject) -> Iterator[tuple[str, Subject]]:
    """Yield the name of each policy and initiative that is enforced over a resource, and by what.

    Not enforced: an assignment that only tells what it would do, or that leaves the resource out.
    https://learn.microsoft.com/azure/governance/policy/concepts/assignment-structure

    Raises:
        NoDataError: After what is known, if an assignment or an initiative may hold more.
    """
    initiatives: list[Subject] = []
    for policy, assignment in assignments_in_force(resource):
        if assignment.text("properties.parameters.effect.value", default="") != "disabled":
            yield arm_id.name_of(policy), assignment
        if arm_id.type_of(policy) == POLICY_SET:
            initiatives.append(assignment)
    for assignment in initiatives:
        for initiative in assignment.follow("initiative"):
            for member in initiative.each("properties.policyDefinitions"):
                if _effect_of(member, initiative, assignment) != "disabled":
                    policy = member.text("policyDefinitionId")
                    yield arm_id.name_of(arm_id.normalise(policy)), assignment


def assignments_in_force(resource: Subject) -> Iterator[tuple[str, Subject]]:
    """Yield the assignments that are enforced over a resource, each after the id of its policy.

    Raises:
        NoDataError: After the last one that is known, if there may be more.
    """
    for assignment in resource.follow("policy-assignments"):
        if _is_enforced(assignment, resource):
            yield arm_id.normalise(assignment.text("properties.policyDefinitionId")), assignment


def _is_enforced(assignment: Subject, resource: Subject) -> bool:
    """Tell whether an assignment does something about a resource."""
    mode = assignment.text("properties.enforcementMode", default="Default")
    if mode not in ("default", "donotenforce"):
        raise assignment.unfamiliar("properties.enforcementMode", mode)
    excluded = assignment.each("properties.notScopes", default=())
    scopes = [arm_id.normalise(str(each.value)) for each in excluded]
    return mode == "default" and not any(arm_id.is_within(resource.id, each) for each in scopes)


def _effect_of(member: Subject, initiative: Subject, assignment: Subject) -> str:
    """Return the effect that a policy has in an initiative, lower case, empty for its own."""
    effect = member.text("parameters.effect.value", default="")
    named = _PARAMETER.fullmatch(effect)
    if not named:
        return effect
    default = initiative.get(f"properties.parameters['{named[1]}'].defaultValue", default="")
    return assignment.text(f"properties.parameters['{named[1]}'].value", default=default)
