"""Which policies are in force on a resource: assigned at or above it, alone or in a set."""

from collections.abc import Collection, Iterator
from typing import Final

from amlaudit.core import arm_id
from amlaudit.core.patterns import late_pattern
from amlaudit.core.relations import POLICY_SET
from amlaudit.core.subject import Subject
from amlaudit.readings.enumerations import one_of
from amlaudit.readings.once import once
from amlaudit.readings.partial import all_hold, any_does, known_of
from amlaudit.readings.texts import texts_in

_DISABLED: Final = "disabled"
_OWN: Final = ""
"""Stands for the definition's own effect."""
# https://learn.microsoft.com/azure/governance/policy/concepts/effect-basics
_EFFECTS: Final = frozenset(
    {
        *("addtonetworkgroup", "append", "audit", "auditaction", "auditifnotexists", "deny"),
        *("denyaction", "deployifnotexists", "manual", "modify", "mutate", _DISABLED, _OWN),
        *("enforcesetting", "enforceopaconstraint", "enforceregopolicy"),  # of providers
    }
)
_OVERRIDES: Final = "properties.overrides"
_SELECTORS: Final = "properties.resourceSelectors"
_MODE: Final = "properties.enforcementMode"
_SHOWN_SINCE: Final = {_MODE: "2019-06-01", _OVERRIDES: "2022-06-01", _SELECTORS: "2022-06-01"}
"""First API versions that show properties of assignments.

https://github.com/Azure/azure-rest-api-specs
"""
_EXEMPTED_FROM: Final = "properties.policyAssignmentId"
_PARAMETER: Final = late_pattern(r"\[parameters\('([^']+)'\)\]")


def policies_in_force(resource: Subject, wanted: Collection[str]) -> Iterator[tuple[str, Subject]]:
    """Yield the name of each of some policies enforced on a resource, with its assignment.

    Not enforced: an assignment that only reports what it would do, or that excludes the resource,
    and a policy from which the resource is exempted.
    https://learn.microsoft.com/azure/governance/policy/concepts/assignment-structure

    Args:
        resource: The resource.
        wanted: The names of policies and initiatives, lower case.

    Raises:
        NoDataError: After the known ones, if there may be more.
    """
    names = frozenset(wanted)
    return known_of(
        _in_force_by(policy, assignment, resource, names)
        for policy, assignment in assignments_in_force(resource)
    )


def _in_force_by(
    policy: str, assignment: Subject, resource: Subject, wanted: Collection[str]
) -> Iterator[tuple[str, Subject]]:
    """Yield the names of what an assignment enforces: a policy, or an initiative with members."""
    name = arm_id.name_of(policy)
    if (
        name in wanted
        and one_of(assignment, "properties.parameters.effect.value", _EFFECTS, default=_OWN)
        != _DISABLED
        and not is_exempted(resource, assignment)
    ):
        yield name, assignment
    for initiative in (
        assignment.follow("initiative") if arm_id.type_of(policy) == POLICY_SET else ()
    ):
        for member in initiative.each("properties.policyDefinitions"):
            name = arm_id.name_of(arm_id.normalise(member.text("policyDefinitionId")))
            if (
                name in wanted
                and _effect_of(member, initiative, assignment) != _DISABLED
                and not is_exempted(
                    resource, assignment, member.text("policyDefinitionReferenceId", default="")
                )
            ):
                yield name, assignment


def is_exempted(resource: Subject, assignment: Subject, reference: str = "") -> bool:
    """Tell whether an exemption exempts a resource from an assignment.

    https://learn.microsoft.com/azure/governance/policy/concepts/exemption-structure

    Args:
        resource: The resource.
        assignment: What may have an exemption at the resource, or above it.
        reference: The reference of a policy in the assigned initiative, lower case; empty: only
            exemptions from all of the assignment count.

    Raises:
        NoDataError: No exemption is known to, and there may be one.
    """
    return any_does(
        resource.follow("policy-exemptions"),
        lambda each: all_hold(
            (
                lambda: arm_id.normalise(each.text(_EXEMPTED_FROM)) == assignment.id,
                lambda: not _has_expired(each),
                lambda: _is_about(each, reference),
            )
        ),
    )


def _has_expired(exemption: Subject) -> bool:
    """Tell whether an exemption no longer applies."""
    end = "properties.expiresOn"
    return exemption.get(end, default=None) is not None and exemption.time(end) < exemption.read_at


def _is_about(exemption: Subject, reference: str) -> bool:
    """Tell whether an exemption is about a policy of an initiative, or about all of it."""
    if any(True for _ in exemption.each(_SELECTORS, default=())):
        raise exemption.undetermined(_SELECTORS, f"which resources {exemption.name} exempts")
    named = list(texts_in(exemption, "properties.policyDefinitionReferenceIds", default=()))
    return not named or reference in named


def assignments_in_force(resource: Subject) -> Iterator[tuple[str, Subject]]:
    """Yield (policy id, assignment) for the assignments enforced on a resource.

    Raises:
        NoDataError: After the last one that is known, if there may be more.
    """
    return known_of(_if_enforced(each, resource) for each in resource.follow("policy-assignments"))


def _if_enforced(assignment: Subject, resource: Subject) -> Iterator[tuple[str, Subject]]:
    """Yield (policy id, assignment) if the assignment is enforced on a resource."""
    if not _is_enforced(assignment, resource):
        return
    once(assignment, "plain", _prove_plain)
    yield arm_id.normalise(assignment.text("properties.policyDefinitionId")), assignment


def _is_enforced(assignment: Subject, resource: Subject) -> bool:
    """Tell whether an assignment is enforced on a resource."""
    mode = assignment.text(_MODE, default="Default", since=_SHOWN_SINCE[_MODE])
    if mode not in ("default", "donotenforce"):
        raise assignment.unfamiliar("properties.enforcementMode", mode)
    return mode == "default" and not leaves_out(assignment, resource)


def _prove_plain(assignment: Subject) -> None:
    """Make sure that an assignment disables nothing by overrides and has no resource selectors.

    Raises:
        NoDataError: It does, and the effect is not evaluated.
    """
    switches = assignment.each(_OVERRIDES, default=(), since=_SHOWN_SINCE[_OVERRIDES])
    if any(each.text("value", default="") == _DISABLED for each in switches):
        raise assignment.undetermined(_OVERRIDES, f"which policies {assignment.name} leaves on")
    selectors = assignment.each(_SELECTORS, default=(), since=_SHOWN_SINCE[_SELECTORS])
    if any(True for _ in selectors):
        raise assignment.undetermined(_SELECTORS, f"which resources {assignment.name} is about")


def leaves_out(assignment: Subject, resource: Subject) -> bool:
    """Tell whether an assignment excludes a resource that is under its scope."""
    scopes = once(assignment, "left out", _left_out)
    return any(arm_id.is_within(resource.id, each) for each in scopes)


def _left_out(assignment: Subject) -> list[str]:
    """Return the normalised ids of what an assignment excludes."""
    return list(map(arm_id.normalise, texts_in(assignment, "properties.notScopes", default=())))


def _effect_of(member: Subject, initiative: Subject, assignment: Subject) -> str:
    """Return the effect of a policy in an initiative, lower case; empty for its own."""
    path = "parameters.effect.value"
    named = _PARAMETER.fullmatch(member.text(path, default=_OWN))
    if not named:
        return one_of(member, path, _EFFECTS, default=_OWN)
    parameter = f"properties.parameters['{named[1]}']"
    default = one_of(initiative, f"{parameter}.defaultValue", _EFFECTS, default=_OWN)
    return one_of(assignment, f"{parameter}.value", _EFFECTS, default=default)
