"""AML2116: what is deleted from a container registry can be restored."""

from typing import Final

from amlaudit import Fix, Subject, Verdict, fail, not_applicable, ok, rule
from amlaudit.readings.enumerations import one_of
from amlaudit.readings.previews import prove_shown, shown_in_preview
from amlaudit.readings.workspaces import is_critical

STATUS: Final = "properties.policies.softDeletePolicy.status"
RETENTION: Final = "properties.policies.retentionPolicy.status"
SHOWN_SINCE: Final = "2022-02-01-preview"
STATES: Final = ("enabled", "disabled")


@rule(
    id="AML2116",
    title="What is deleted from the container registry of a critical workspace can be restored",
    severity="info",
    severity_reason="Images can be built again from their environments, in time.",
    applies_to="Microsoft.ContainerRegistry/registries",
    because=(
        "A script that cleans up too much takes the image of a running endpoint, which is missed "
        "when its next node starts. With soft delete, a preview, a deleted image can be taken "
        "back for some days. It works neither with copies in other regions nor with a policy that "
        "removes images without a name."
    ),
    fix=Fix(
        "az acr config soft-delete update --registry {name} --status enabled --days 7",
        settings={STATUS: "enabled"},
    ),
    sources=(
        "https://learn.microsoft.com/azure/container-registry/container-registry-soft-delete-policy",
        "https://github.com/Azure/PSRule.Rules.Azure/tree/main/src/PSRule.Rules.Azure/rules",
        "https://github.com/Azure/Azure-Proactive-Resiliency-Library-v2/tree/main/azure-resources",
    ),
    mappings={"waf": ("Reliability",)},
    parameters={
        "criticalities": (("high",), "Criticalities of workspaces whose images are restorable."),
    },
)
def content_restorable(registry: Subject) -> Verdict:
    """Look whether the registry can have the policy, then for the policy in what previews show."""
    if not any(map(is_critical, registry.follow("workspaces-by-container-registry"))):
        return not_applicable("no critical workspace uses the registry")
    if one_of(registry, RETENTION, STATES, default="disabled") == "enabled":
        return not_applicable("images without a name are removed, which excludes soft delete")
    if sum(1 for _ in registry.follow("replications")) > 1:  # the first is the registry itself
        return not_applicable("copies in other regions exclude soft delete")
    shown = shown_in_preview(registry, "container-registry-preview", (STATUS,), SHOWN_SINCE)
    if shown.get(STATUS, default=None) is None:
        prove_shown(shown, STATUS, SHOWN_SINCE, "whether deleted images can be restored")
    enabled = one_of(shown, STATUS, STATES, default="disabled") == "enabled"
    return ok() if enabled else fail("what is deleted is gone")
