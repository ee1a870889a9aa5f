"""Container registries, their tokens, and the environments that images are built from."""

from amlaudit.core.arm_id import SUBSCRIPTION_TYPE
from amlaudit.core.relations import (
    CONTAINER_REGISTRY,
    ENV_VERSION,
    ENVIRONMENT,
    REGISTRY_PREVIEW,
    REGISTRY_TOKEN,
    REGISTRY_USAGE,
    WORKSPACE,
)
from amlaudit.scanners.previews import preview
from amlaudit.scanners.scanner import ArmRead, GraphQuery, Scanner

_API_VERSION = "2025-11-01"
_PREVIEW = "2025-05-01-preview"
_ENVIRONMENTS_API_VERSION = "2025-12-01"
_ENVIRONMENTS = "Microsoft.MachineLearningServices/workspaces/environments"
_REGISTRIES = "Microsoft.ContainerRegistry/registries"

SCANNER = Scanner(
    name="registry",
    queries=(GraphQuery("registry.kql", (f"{_REGISTRIES}/read",)),),
    reads=(
        # The graph shows a registry in some earlier API version; this is the complete document.
        ArmRead(
            of=SUBSCRIPTION_TYPE,
            path="/providers/Microsoft.ContainerRegistry/registries",
            api_version=_API_VERSION,
            action=f"{_REGISTRIES}/read",
            yields=CONTAINER_REGISTRY,
        ),
        ArmRead(
            of=SUBSCRIPTION_TYPE,
            path="/providers/Microsoft.ContainerRegistry/registries",
            api_version=_PREVIEW,
            action=f"{_REGISTRIES}/read",
            yields=REGISTRY_PREVIEW,
            document=preview(_PREVIEW, "properties.policies.softDeletePolicy"),
        ),
        ArmRead(
            of=CONTAINER_REGISTRY,
            path="/listUsages",
            api_version=_API_VERSION,
            action=f"{_REGISTRIES}/listUsages/read",
            yields=REGISTRY_USAGE,
        ),
        # Archived ones, which are irrelevant, are omitted unless requested.
        ArmRead(
            of=WORKSPACE,
            path="/environments",
            api_version=_ENVIRONMENTS_API_VERSION,
            action=f"{_ENVIRONMENTS}/read",
            yields=ENVIRONMENT,
        ),
        ArmRead(
            of=ENVIRONMENT,
            path="/versions",
            api_version=_ENVIRONMENTS_API_VERSION,
            action=f"{_ENVIRONMENTS}/versions/read",
            yields=ENV_VERSION,
        ),
        # Names, states and dates of passwords; Azure shows a password once, at its creation.
        ArmRead(
            of=CONTAINER_REGISTRY,
            path="/tokens",
            api_version=_API_VERSION,
            action=f"{_REGISTRIES}/tokens/read",
            yields=REGISTRY_TOKEN,
        ),
    ),
)
