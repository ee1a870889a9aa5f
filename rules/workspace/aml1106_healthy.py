"""AML1106: the last change of the workspace ended, and ended well."""

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
    title="The workspace is in a healthy state",
    severity="low",
    severity_reason="It mostly still runs, with settings that may have been applied by half.",
    applies_to="Microsoft.MachineLearningServices/workspaces",
    because=(
        "A change that failed or was cancelled leaves a workspace between two states: its network "
        "closed and the endpoint not made, or a key named and not in use. Later changes build on "
        "that, or are refused."
    ),
    fix=Fix(
        "az ml workspace show --name {name} --resource-group {group} --query provisioning_state",
        note=(
            "Look for the operation that failed in the activity log, mend its cause and repeat it."
        ),
        settings={},
        undeclared="The same declaration has to be deployed again once what stopped it is gone.",
    ),
    sources=(
        "https://learn.microsoft.com/azure/templates/microsoft.machinelearningservices/workspaces",
    ),
    mappings={"waf": ("Reliability",)},
    parameters={
        "stuck_days": (1, "Days after which a change that has not ended counts as stuck."),
    },
)
def healthy(workspace: Subject) -> Verdict:
    """Read the state; what is declared and yet to be made has none."""
    if workspace.is_as_declared and workspace.get(STATE, default=None) is None:
        return not_applicable("a workspace that is yet to be made has no state")
    state = one_of(workspace, STATE, ("succeeded", *BROKEN, *RUNNING))
    if state in BROKEN:
        return fail(f"the last change ended as {state}")
    if state in RUNNING:
        since = workspace.time("systemData.lastModifiedAt")
        if workspace.read_at - since > timedelta(days=number_of(workspace, "stuck_days")):
            return fail(f"the workspace has been {state} since {since:%Y-%m-%d}")
    return ok()
