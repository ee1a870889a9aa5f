"""Storage accounts, with their blob service and lifecycle policy."""

from amlaudit.core.relations import BLOB_SERVICE, LIFECYCLE, STORAGE
from amlaudit.scanners.scanner import ArmRead, GraphQuery, Scanner

_API_VERSION = "2025-06-01"

SCANNER = Scanner(
    name="storage",
    queries=(GraphQuery("storage.kql", ("Microsoft.Storage/storageAccounts/read",)),),
    reads=(
        ArmRead(
            of=STORAGE,
            path="/blobServices/default",
            api_version=_API_VERSION,
            action="Microsoft.Storage/storageAccounts/blobServices/read",
            yields=BLOB_SERVICE,
            single=True,
        ),
        ArmRead(
            of=STORAGE,
            path="/managementPolicies/default",
            api_version=_API_VERSION,
            action="Microsoft.Storage/storageAccounts/managementPolicies/read",
            yields=LIFECYCLE,
            single=True,
            empty_on_404=True,
        ),
    ),
)
