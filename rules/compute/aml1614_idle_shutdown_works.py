"""AML1614: idle shutdown of instances with a managed identity takes effect."""

from typing import Final

from amlaudit import Fix, Subject, Verdict, fail, not_applicable, ok, rule
from amlaudit.readings.companions import daily_stop
from amlaudit.readings.instances import idle_time, is_instance
from amlaudit.readings.permissions import (
    CONTRIBUTOR,
    OWNER,
    allows,
    grants_to,
    identities_of,
    role_of,
)
from amlaudit.readings.schedules import stopping

STOP: Final = "microsoft.machinelearningservices/workspaces/computes/stop/action"
ENOUGH: Final = (OWNER, CONTRIBUTOR)  # see the source of the rule


@rule(
    id="AML1614",
    title="The instance's identity has the role to stop it when idle, or a schedule stops it",
    severity="low",
    severity_reason=(
        "Without the permission the instance does not stop, nobody is notified, and costs accrue."
    ),
    applies_to="Microsoft.MachineLearningServices/workspaces/computes",
    because=(
        "A compute instance with a managed identity is stopped by that identity. Unless it has "
        "the Contributor role on the workspace, the configured idle shutdown fails silently. A "
        "schedule does not need that permission."
    ),
    fix=Fix(
        "az ml compute create --file instance.yml --resource-group {group} --workspace-name "
        "<workspace>  # schedules.compute_start_stop with a daily stop",
        note=(
            "Assigning Contributor also works, but everybody who uses the instance then has that "
            "permission."
        ),
        companions=(daily_stop(),),
    ),
    sources=("https://learn.microsoft.com/azure/machine-learning/how-to-create-compute-instance",),
    mappings={"waf": ("Cost Optimization",)},
)
def idle_shutdown_works(compute: Subject) -> Verdict:
    """Look for a schedule that stops the instance, then at the roles of its identities.

    Roles that they hold through group membership are not seen.
    """
    if not is_instance(compute) or idle_time(compute) is None:
        return not_applicable("the compute is not an instance with idle shutdown")
    principals = identities_of(compute)
    if not principals:
        return not_applicable("the instance has no managed identity")
    if any(True for _ in stopping(compute)):
        return ok("a schedule stops the instance")
    others = []
    for grant in grants_to(principals, compute):
        if role_of(grant) in ENOUGH:
            return ok()
        others.append(grant)
    for grant in others:
        if allows(grant, {STOP}):
            raise grant.undetermined(
                "properties.roleDefinitionId", "whether less than Contributor is enough"
            )
    return fail("none of its identities has the Contributor role on the workspace")
