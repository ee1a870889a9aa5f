"""AML1106: the last change of the workspace was completed successfully."""

from datetime import timedelta
from typing import Final

from amlaudit import Fix, Subject, Verdict, fail, not_applicable, ok, rule
from amlaudit.readings.enumerations import one_of
from amlaudit.readings.parameters import number_of

STATE: Final = "properties.provisioningState"
BROKEN: Final = ("failed", "canceled")
RUNNING: Final = ("creating", "updating", "deleting")


@rule(
    id="AML1106",
    title="The last operation on the workspace succeeded",
    severity="low",
    severity_reason=(
        "The workspace usually still runs, but with settings that may be only partly applied."
    ),
    applies_to="Microsoft.MachineLearningServices/workspaces",
    because=(
        "A failed or cancelled change leaves a workspace in an inconsistent state: public access "
        "disabled without a private endpoint, or a key configured but not in use. Later changes "
        "build on that state, or are rejected."
    ),
    fix=Fix(
        "az ml workspace show --name {name} --resource-group {group} --query provisioning_state",
        note="Find the failed operation in the activity log, fix its cause and repeat it.",
        settings={},
        undeclared="The same template has to be deployed again after the cause is fixed.",
    ),
    sources=(
        "https://learn.microsoft.com/azure/templates/microsoft.machinelearningservices/workspaces",
    ),
    mappings={"waf": ("Reliability",)},
    parameters={
        "stuck_days": (1, "Days after which a running operation counts as stuck."),
    },
)
def healthy(workspace: Subject) -> Verdict:
    """Check the provisioning state; a workspace in a template has none yet."""
    if workspace.is_as_declared and workspace.get(STATE, default=None) is None:
        return not_applicable("a workspace that is not deployed yet has no state")
    state = one_of(workspace, STATE, ("succeeded", *BROKEN, *RUNNING))
    if state in BROKEN:
        return fail(f"the last operation ended as {state}")
    if state in RUNNING:
        since = workspace.time("systemData.lastModifiedAt")
        if workspace.read_at - since > timedelta(days=number_of(workspace, "stuck_days")):
            return fail(f"the workspace has been {state} since {since:%Y-%m-%d}")
    return ok()
