"""AML2311: a workspace that is deleted by mistake can be restored."""

from typing import Final

from amlaudit import Fix, Subject, Verdict, fail, not_applicable, ok, rule
from amlaudit.readings.parameters import number_of
from amlaudit.readings.previews import prove_shown, shown_in_preview

DAYS: Final = "properties.softDeleteRetentionInDays"
SHOWN_SINCE: Final = "2023-08-01-preview"
BY_DEFAULT: Final = 14  # https://learn.microsoft.com/azure/machine-learning/concept-soft-delete


@rule(
    id="AML2311",
    title="A workspace that was deleted can be restored for two weeks",
    severity="info",
    severity_reason="Azure keeps it for two weeks unless somebody has shortened that.",
    applies_to="Microsoft.MachineLearningServices/workspaces",
    because=(
        "With a workspace go its history of runs, its models and its environments. As long as it "
        "is only set aside, it can be taken back, if its storage account and its vault are still "
        "there or were restored before."
    ),
    fix=Fix(
        "az resource update --ids {id} --api-version 2026-05-15-preview "
        "--set properties.softDeleteRetentionInDays=14",
        settings={DAYS: BY_DEFAULT},
    ),
    sources=("https://learn.microsoft.com/azure/machine-learning/concept-soft-delete",),
    mappings={"waf": ("Reliability",)},
    parameters={"min_days": (BY_DEFAULT, "Days for which a deleted workspace must be kept.")},
)
def deletion_undoable(workspace: Subject) -> Verdict:
    """Look at the period, which only previews show; an absent one is that of Azure."""
    if workspace.text("kind", default="Default") == "project":
        return not_applicable("a project is kept as its hub is")
    shown = shown_in_preview(workspace, "workspace-preview", (DAYS,), SHOWN_SINCE)
    if shown.get(DAYS, default=None) is None:
        prove_shown(shown, DAYS, SHOWN_SINCE, "for how long the workspace can be restored")
    days = shown.number(DAYS, default=BY_DEFAULT)
    least = number_of(workspace, "min_days")
    return ok() if days >= least else fail(f"it can be restored for {days:g} days only")
