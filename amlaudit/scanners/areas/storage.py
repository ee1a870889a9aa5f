"""Storage accounts: their blob and file service, containers, shares, lifecycle policy and logs."""

from amlaudit.core.relations import (
    BLOB_CONTAINER,
    BLOB_SERVICE,
    DIAGNOSTIC_SETTING,
    FILE_SERVICE,
    FILE_SHARE,
    LIFECYCLE,
    STORAGE,
)
from amlaudit.scanners.scanner import ArmRead, GraphQuery, Scanner

_API_VERSION = "2025-08-01"
_ACCOUNTS = "Microsoft.Storage/storageAccounts"
UNSUPPORTED = "FeatureNotSupportedForAccount"
"""The service's answer if a kind of account has no files, or no blobs.

https://github.com/turbot/steampipe-plugin-azure/issues/474
"""

SCANNER = Scanner(
    name="storage",
    queries=(GraphQuery("storage.kql", (f"{_ACCOUNTS}/read",)),),
    reads=(
        ArmRead(
            of=STORAGE,
            path="/blobServices/default",
            api_version=_API_VERSION,
            action=f"{_ACCOUNTS}/blobServices/read",
            yields=BLOB_SERVICE,
            none_code=UNSUPPORTED,
            single=True,
        ),
        ArmRead(
            of=STORAGE,
            path="/blobServices/default/containers",
            api_version=_API_VERSION,
            action=f"{_ACCOUNTS}/blobServices/containers/read",
            yields=BLOB_CONTAINER,
            none_code=UNSUPPORTED,
        ),
        ArmRead(
            of=STORAGE,
            path="/fileServices/default",
            api_version=_API_VERSION,
            action=f"{_ACCOUNTS}/fileServices/read",
            yields=FILE_SERVICE,
            none_code=UNSUPPORTED,
            single=True,
        ),
        ArmRead(
            of=STORAGE,
            path="/fileServices/default/shares",
            api_version=_API_VERSION,
            action=f"{_ACCOUNTS}/fileServices/shares/read",
            yields=FILE_SHARE,
            none_code=UNSUPPORTED,
        ),
        ArmRead(
            of=STORAGE,
            path="/managementPolicies/default",
            api_version=_API_VERSION,
            action=f"{_ACCOUNTS}/managementPolicies/read",
            yields=LIFECYCLE,
            none_code=UNSUPPORTED,
            single=True,
            empty_on_404=True,
        ),
        # Completeness under an account covers both: its own settings and its blob service's.
        *(
            ArmRead(
                of=STORAGE,
                path=f"{part}/providers/Microsoft.Insights/diagnosticSettings",
                api_version="2021-05-01-preview",
                action="Microsoft.Insights/diagnosticSettings/read",
                yields=DIAGNOSTIC_SETTING,
            )
            for part in ("", "/blobServices/default")
        ),
    ),
)
