"""AML1618: the user of the compute instance has no root access where data is sensitive."""

from typing import Final

from amlaudit import Change, Fix, Subject, Verdict, fail, not_applicable, ok, rule
from amlaudit.readings.instances import is_instance
from amlaudit.readings.parameters import texts_of
from amlaudit.readings.previews import shown_in_preview

ROOT: Final = "properties.properties.enableRootAccess"
SHOWN_SINCE: Final = "2023-08-01"  # preview of the API; no stable version shows it


@rule(
    id="AML1618",
    title="Root access is disabled on compute instances where data is sensitive",
    severity="low",
    severity_reason=(
        "Root can disable the monitoring of the machine but gains no access to more data."
    ),
    applies_to="Microsoft.MachineLearningServices/workspaces/computes",
    because=(
        "A user with root access on an instance can stop the malware scanner, remove the proxy "
        "and delete the logs, by mistake or on purpose, and so can every program started as "
        "root. Where data is sensitive, these controls should not depend on one person."
    ),
    fix=Fix(
        'az rest --method put --url "{id}?api-version=2026-05-15-preview" --body @instance.json',
        change=Change.RECREATE,
        note=(
            "Delete the instance first. The body is the previous definition with enableRootAccess "
            "set to false, which only preview API versions support."
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
            "Data classifications of workspaces whose instances must have no root access.",
        ),
    },
)
def no_root_on_instance(compute: Subject) -> Verdict:
    """Read the setting, which a preview API version may return where the stable one does not."""
    if not is_instance(compute):
        return not_applicable("only compute instances have a user")
    if compute.context("classification") not in texts_of(compute, "classifications"):
        return not_applicable("the data is not sensitive")
    shown = shown_in_preview(compute, "compute-preview", (ROOT,), SHOWN_SINCE)
    return fail("root access is enabled on the instance") if shown.flag(ROOT) else ok()
