"""AML2311: a deleted workspace can be recovered."""

from typing import Final

from amlaudit import Fix, Subject, Verdict, fail, not_applicable, ok, rule
from amlaudit.readings.parameters import number_of
from amlaudit.readings.previews import prove_shown, shown_in_preview

DAYS: Final = "properties.softDeleteRetentionInDays"
SHOWN_SINCE: Final = "2023-08-01-preview"
BY_DEFAULT: Final = 14  # https://learn.microsoft.com/azure/machine-learning/concept-soft-delete


@rule(
    id="AML2311",
    title="A deleted workspace remains recoverable long enough",
    severity="info",
    severity_reason="The default retention period is 14 days unless someone has shortened it.",
    applies_to="Microsoft.MachineLearningServices/workspaces",
    because=(
        "Deleting a workspace also deletes its run history, models and environments. While it is "
        "soft-deleted it can be recovered, provided that its storage account and key vault still "
        "exist or were recovered first."
    ),
    fix=Fix(
        "az resource update --ids {id} --api-version 2026-05-15-preview "
        "--set properties.softDeleteRetentionInDays=14",
        settings={DAYS: BY_DEFAULT},
    ),
    sources=("https://learn.microsoft.com/azure/machine-learning/concept-soft-delete",),
    mappings={"waf": ("Reliability",)},
    parameters={
        "min_days": (BY_DEFAULT, "Minimum soft-delete retention period of a workspace, in days.")
    },
)
def deletion_undoable(workspace: Subject) -> Verdict:
    """Check the retention period in the preview API; if absent, Azure's default applies."""
    if workspace.text("kind", default="Default") == "project":
        return not_applicable("a project is retained like its hub")
    shown = shown_in_preview(workspace, "workspace-preview", (DAYS,), SHOWN_SINCE)
    if shown.get(DAYS, default=None) is None:
        prove_shown(shown, DAYS, SHOWN_SINCE, "for how long a deleted workspace is retained")
    days = shown.number(DAYS, default=BY_DEFAULT)
    least = number_of(workspace, "min_days")
    return ok() if days >= least else fail(f"it can be recovered for only {days:g} days")
