"""Copies of registries and storage accounts in other regions, and backups of storage accounts."""

from amlaudit.core.relations import OBJECT_REPLICATION, STORAGE
from amlaudit.scanners.areas.storage import UNSUPPORTED
from amlaudit.scanners.scanner import ArmRead, GraphQuery, Scanner

_CONTAINERS = "Microsoft.RecoveryServices/vaults/backupFabrics/protectionContainers"

SCANNER = Scanner(
    name="recovery",
    queries=(
        GraphQuery(
            "replication.kql", ("Microsoft.ContainerRegistry/registries/replications/read",)
        ),
        GraphQuery(
            "backup.kql",
            (
                "Microsoft.DataProtection/backupVaults/backupInstances/read",
                f"{_CONTAINERS}/protectedItems/read",
            ),
        ),
    ),
    reads=(
        ArmRead(
            of=STORAGE,
            path="/objectReplicationPolicies",
            api_version="2025-06-01",
            action="Microsoft.Storage/storageAccounts/objectReplicationPolicies/read",
            yields=OBJECT_REPLICATION,
            none_code=UNSUPPORTED,
        ),
    ),
)
