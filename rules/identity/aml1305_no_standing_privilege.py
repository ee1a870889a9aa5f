"""AML1305: users have no permanent administrative role on the workspace."""

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
    title="Users have no permanent administrative role on the workspace",
    severity="high",
    severity_reason=(
        "A stolen session of a permanent administrator is sufficient for full control."
    ),
    applies_to="Microsoft.MachineLearningServices/workspaces",
    because=(
        "A permanent administrator's account can be compromised at any time. With "
        "Privileged Identity Management, users are eligible instead: they activate the role "
        "for the hours in which they need it, with a recorded justification, and the rest "
        "of the time there is no privilege to steal."
    ),
    fix=Fix(
        'az rest --method put --url "<scope>/providers/Microsoft.Authorization/'
        'roleEligibilityScheduleRequests/<new guid>?api-version=2020-10-01" --body @eligible.json',
        note="Once the users can activate the role, delete the permanent assignment.",
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
            "IDs of role definitions that nobody should hold permanently.",
        ),
        "break_glass_principals": ((), "Object IDs of emergency access accounts."),
    },
)
def no_standing_privilege(workspace: Subject) -> Verdict:
    """Look for users and groups with such a role, on the workspace or above, that never expires.

    An assignment without an end date in Privileged Identity Management is permanent.
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
        return fail(f"{holder} permanently has role {role_of(grant)} on {scope_of(grant)}")
    return ok()
