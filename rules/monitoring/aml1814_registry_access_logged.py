"""AML1814: who signs in to a container registry, and what they push, leaves a trace."""

from typing import Final

from amlaudit import Change, Fix, Subject, Verdict, fail, not_applicable, ok, rule
from amlaudit.readings.companions import diagnostic_setting
from amlaudit.readings.logs import sending, unsent

# https://learn.microsoft.com/azure/container-registry/monitor-service-reference
REQUIRED: Final = ("ContainerRegistryLoginEvents", "ContainerRegistryRepositoryEvents")
AUDIT: Final = "audit"  # the group that holds both


@rule(
    id="AML1814",
    title="The container registry of the workspace logs sign-ins, pulls and pushes",
    severity="low",
    severity_reason="A poisoned image cannot be traced to whoever pushed it.",
    applies_to="Microsoft.ContainerRegistry/registries",
    because=(
        "Images run with the rights of the computes that pull them. Who pushed one, from which "
        "address and with which account, stands only in the logs of the registry, which nobody "
        "keeps unless a diagnostic setting sends them."
    ),
    fix=Fix(
        "az monitor diagnostic-settings create --resource {id} --name central "
        "--workspace <log analytics id> "
        '--logs \'[{"categoryGroup": "allLogs", "enabled": true}]\'',
        change=Change.CREATE_COMPANION,
        companions=(diagnostic_setting("central"),),
    ),
    sources=(
        "https://learn.microsoft.com/azure/machine-learning/concept-vulnerability-management",
        "https://learn.microsoft.com/azure/container-registry/monitor-service-reference",
    ),
    mappings={"waf": ["Security"]},
)
def registry_access_logged(registry: Subject) -> Verdict:
    """Take away from the required categories what settings of the registry send anywhere."""
    if not any(True for _ in registry.follow("workspaces-by-container-registry")):
        return not_applicable("no workspace uses the registry")
    settings = sending(registry.follow("diagnostic-settings"))
    missing = unsent(REQUIRED, settings, groups={AUDIT})
    return fail(f"not sent anywhere: {', '.join(missing)}") if missing else ok()
