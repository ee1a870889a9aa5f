"""AML1814: login and repository events of a container registry are logged."""

from typing import Final

from amlaudit import Change, Fix, Subject, Verdict, fail, not_applicable, ok, rule
from amlaudit.readings.companions import diagnostic_setting
from amlaudit.readings.logs import sending, unsent

# https://learn.microsoft.com/azure/container-registry/monitor-service-reference
REQUIRED: Final = ("ContainerRegistryLoginEvents", "ContainerRegistryRepositoryEvents")
AUDIT: Final = "audit"  # the group that holds both


@rule(
    id="AML1814",
    title="Login and repository events of the workspace's container registry are logged",
    severity="low",
    severity_reason="A malicious image cannot be traced to whoever pushed it.",
    applies_to="Microsoft.ContainerRegistry/registries",
    because=(
        "Images run with the permissions of the compute that pulls them. Who pushed one, from "
        "which address and with which account, is recorded only in the logs of the registry, which "
        "are not stored unless a diagnostic setting sends them."
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
    """Subtract from the required categories those that the registry's settings send."""
    if not any(True for _ in registry.follow("workspaces-by-container-registry")):
        return not_applicable("no workspace uses the registry")
    settings = sending(registry.follow("diagnostic-settings"))
    missing = unsent(REQUIRED, settings, groups={AUDIT})
    return fail(f"not sent anywhere: {', '.join(missing)}") if missing else ok()
