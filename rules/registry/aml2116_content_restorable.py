"""AML2116: images deleted from a container registry can be recovered."""

from typing import Final

from amlaudit import Fix, Subject, Verdict, fail, not_applicable, ok, rule
from amlaudit.readings.enumerations import one_of
from amlaudit.readings.previews import prove_shown, shown_in_preview
from amlaudit.readings.registries import retention_of
from amlaudit.readings.workspaces import is_critical

STATUS: Final = "properties.policies.softDeletePolicy.status"
SHOWN_SINCE: Final = "2022-02-01-preview"
STATES: Final = ("enabled", "disabled")


@rule(
    id="AML2116",
    title="Soft delete is enabled on the container registry of a critical workspace",
    severity="info",
    severity_reason="Images can be rebuilt from their environments, but that takes time.",
    applies_to="Microsoft.ContainerRegistry/registries",
    because=(
        "An overly broad clean-up script can delete the image of a running endpoint, which is "
        "noticed only when its next node starts. With soft delete (preview), a deleted image can "
        "be restored for some days. It cannot be combined with geo-replication or with a retention "
        "policy for untagged images."
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
        "criticalities": (
            ("high",),
            "Criticalities of workspaces whose images must be restorable.",
        ),
    },
)
def content_restorable(registry: Subject) -> Verdict:
    """Check whether the registry supports soft delete, then the policy in the preview API."""
    if not any(map(is_critical, registry.follow("workspaces-by-container-registry"))):
        return not_applicable("no critical workspace uses the registry")
    if retention_of(registry) == "enabled":
        return not_applicable("the retention policy for untagged images excludes soft delete")
    if sum(1 for _ in registry.follow("replications")) > 1:  # the first is the registry itself
        return not_applicable("geo-replication excludes soft delete")
    shown = shown_in_preview(registry, "container-registry-preview", (STATUS,), SHOWN_SINCE)
    if shown.get(STATUS, default=None) is None:
        prove_shown(shown, STATUS, SHOWN_SINCE, "whether soft delete is enabled")
    enabled = one_of(shown, STATUS, STATES, default="disabled") == "enabled"
    return ok() if enabled else fail("soft delete is disabled")
