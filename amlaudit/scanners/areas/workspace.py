"""Workspaces and machine learning registries, with the direct children of a workspace."""

from amlaudit.core.arm_id import SUBSCRIPTION_TYPE
from amlaudit.core.relations import (
    CONNECTION,
    DATA_ASSET,
    DATA_VERSION,
    DATASTORE,
    OUTBOUND_RULE,
    WORKSPACE,
    WORKSPACE_PREVIEW,
)
from amlaudit.scanners.previews import preview
from amlaudit.scanners.scanner import ArmRead, GraphQuery, Scanner

_PROVIDER = "Microsoft.MachineLearningServices"
_API_VERSION = "2025-12-01"
_PREVIEW = "2026-05-15-preview"

SCANNER = Scanner(
    name="workspace",
    queries=(
        GraphQuery(
            "workspace.kql", (f"{_PROVIDER}/workspaces/read", f"{_PROVIDER}/registries/read")
        ),
    ),
    reads=(
        # The graph shows a workspace in some earlier API version; this is the complete document.
        ArmRead(
            of=SUBSCRIPTION_TYPE,
            path=f"/providers/{_PROVIDER}/workspaces",
            api_version=_API_VERSION,
            action=f"{_PROVIDER}/workspaces/read",
            yields=WORKSPACE,
        ),
        ArmRead(
            of=SUBSCRIPTION_TYPE,
            path=f"/providers/{_PROVIDER}/workspaces",
            api_version=_PREVIEW,
            action=f"{_PROVIDER}/workspaces/read",
            yields=WORKSPACE_PREVIEW,
            document=preview(
                _PREVIEW,
                "properties.publicNetworkAccess",
                "properties.networkAcls",
                "properties.ipAllowlist",
                "properties.softDeleteRetentionInDays",
            ),
        ),
        ArmRead(
            of=WORKSPACE,
            path="/datastores",
            api_version=_API_VERSION,
            action=f"{_PROVIDER}/workspaces/datastores/read",
            yields=DATASTORE,
        ),
        ArmRead(
            of=WORKSPACE,
            path="/connections",
            api_version=_API_VERSION,
            action=f"{_PROVIDER}/workspaces/connections/read",
            yields=CONNECTION,
        ),
        ArmRead(
            of=WORKSPACE,
            path="/data",
            api_version=_API_VERSION,
            action=f"{_PROVIDER}/workspaces/data/read",
            yields=DATA_ASSET,
        ),
        ArmRead(
            of=DATA_ASSET,
            path="/versions",
            api_version=_API_VERSION,
            action=f"{_PROVIDER}/workspaces/data/versions/read",
            yields=DATA_VERSION,
            most_pages=20,  # daily jobs may create one every day
        ),
        ArmRead(
            of=WORKSPACE,
            path="/outboundRules",
            api_version=_API_VERSION,
            action=f"{_PROVIDER}/workspaces/outboundRules/read",
            yields=OUTBOUND_RULE,
        ),
    ),
)
