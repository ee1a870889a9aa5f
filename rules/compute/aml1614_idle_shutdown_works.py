"""AML1614: the idle shutdown of instances with a managed identity is not in vain."""

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
    title="An instance that its identity is to stop has the role for it, or a schedule",
    severity="low",
    severity_reason="Without the right nothing stops, nobody is told, and the bill goes on.",
    applies_to="Microsoft.MachineLearningServices/workspaces/computes",
    because=(
        "An instance with a managed identity is stopped by that identity. Unless it holds "
        "Contributor on the workspace, the idle shutdown that somebody set is skipped in silence. "
        "A schedule needs no such right."
    ),
    fix=Fix(
        "az ml compute create --file instance.yml --resource-group {group} --workspace-name "
        "<workspace>  # schedules.compute_start_stop with a daily stop",
        note="Contributor would do as well, and be a right of everybody who uses the instance.",
        companions=(daily_stop(),),
    ),
    sources=("https://learn.microsoft.com/azure/machine-learning/how-to-create-compute-instance",),
    mappings={"waf": ("Cost Optimization",)},
)
def idle_shutdown_works(compute: Subject) -> Verdict:
    """Look for a schedule that stops the instance, then at the roles of its identities.

    What these hold as members of a group is not seen.
    """
    if not is_instance(compute) or idle_time(compute) is None:
        return not_applicable("the compute is no instance that is to stop when it is idle")
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
                "properties.roleDefinitionId", "whether less than Contributor will do"
            )
    return fail("no identity of it is assigned Contributor on the workspace")
