"""AML1305: people administer the workspace for a time, not for ever."""

from amlaudit import Fix, Subject, Verdict, fail, ok, rule
from amlaudit.readings.companions import temporary_role
from amlaudit.readings.parameters import texts_of
from amlaudit.readings.permissions import (
    PRIVILEGED,
    holder_of,
    is_people,
    role_of,
    scope_of,
    without_end,
)


@rule(
    id="AML1305",
    title="People administer the workspace for a time, not for ever",
    severity="high",
    severity_reason="The stolen session of a permanent administrator is enough for everything.",
    applies_to="Microsoft.MachineLearningServices/workspaces",
    because=(
        "Whoever is always an administrator can be robbed of it at any time, asleep or on leave. "
        "Privileged Identity Management lets people be eligible instead: they switch the role on "
        "for the hours in which they need it, with a reason that is kept, and the rest of the day "
        "there is nothing to steal."
    ),
    fix=Fix(
        'az rest --method put --url "<scope>/providers/Microsoft.Authorization/'
        'roleEligibilityScheduleRequests/<new guid>?api-version=2020-10-01" --body @eligible.json',
        note="Once the people can switch the role on, delete the assignment that never ends.",
        companions=(temporary_role(),),
    ),
    sources=(
        "https://learn.microsoft.com/azure/machine-learning/how-to-assign-roles",
        "https://learn.microsoft.com/rest/api/authorization/role-assignment-schedule-instances",
    ),
    mappings={"mcsb": ("PA-2",), "waf": ("Security",)},
    parameters={
        "privileged_roles": (
            tuple(sorted(PRIVILEGED)),
            "Ids of role definitions that nobody should hold for ever.",
        ),
        "break_glass_principals": ((), "Object ids of accounts kept for an emergency."),
    },
)
def no_standing_privilege(workspace: Subject) -> Verdict:
    """Look for users and groups with such a role on the workspace, or above it, that never ends.

    An assignment that Privileged Identity Management knows no end of was made to stay.
    """
    roles = texts_of(workspace, "privileged_roles")
    spared = texts_of(workspace, "break_glass_principals")
    privileged = (
        grant
        for grant in workspace.follow("role-assignments")
        if role_of(grant) in roles and is_people(grant) and holder_of(grant) not in spared
    )
    for grant in without_end(privileged, workspace):
        holder = grant["properties.principalId"]
        return fail(f"{holder} holds role {role_of(grant)} on {scope_of(grant)} for ever")
    return ok()
