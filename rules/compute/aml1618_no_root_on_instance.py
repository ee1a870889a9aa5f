"""AML1618: the user of the compute instance has no root access where data are sensitive."""

from typing import Final

from amlaudit import Change, Fix, Subject, Verdict, fail, not_applicable, ok, rule
from amlaudit.readings.instances import is_instance
from amlaudit.readings.parameters import texts_of
from amlaudit.readings.previews import shown_in_preview

ROOT: Final = "properties.properties.enableRootAccess"
SHOWN_SINCE: Final = "2023-08-01"  # preview of the API; no stable version shows it


@rule(
    id="AML1618",
    title="The user of the compute instance has no root access where data are sensitive",
    severity="low",
    severity_reason="Root can switch off what watches the machine, but reads no more data.",
    applies_to="Microsoft.MachineLearningServices/workspaces/computes",
    because=(
        "Who is root on an instance can stop the scanner, take the proxy away and delete the log, "
        "by mistake or on purpose, and so can every program started that way. Where the data are "
        "sensitive, those three should not hang on one person."
    ),
    fix=Fix(
        'az rest --method put --url "{id}?api-version=2026-05-15-preview" --body @instance.json',
        change=Change.RECREATE,
        note=(
            "Delete the instance first; the body is that of the old one with enableRootAccess "
            "false, which only the previews of the API know."
        ),
        settings={ROOT: False},
    ),
    sources=(
        "https://learn.microsoft.com/azure/machine-learning/how-to-create-compute-instance",
        "https://github.com/Azure/bicep-types-az",
    ),
    mappings={"mcsb": ("PA-7",), "waf": ("Security",)},
    parameters={
        "classifications": (
            ("confidential", "restricted"),
            "Classifications of workspaces whose instances have no root access.",
        ),
    },
)
def no_root_on_instance(compute: Subject) -> Verdict:
    """Look at the switch, which a preview may show where the stable version does not."""
    if not is_instance(compute):
        return not_applicable("nobody sits at other computes")
    if compute.context("classification") not in texts_of(compute, "classifications"):
        return not_applicable("the data are not sensitive")
    shown = shown_in_preview(compute, "compute-preview", (ROOT,), SHOWN_SINCE)
    return fail("its user is root on the instance") if shown.flag(ROOT) else ok()
