"""Workspaces and machine learning registries, with what hangs directly under a workspace."""

from amlaudit.core.arm_id import SUBSCRIPTION_TYPE
from amlaudit.core.relations import CONNECTION, DATA_ASSET, DATASTORE, OUTBOUND_RULE, WORKSPACE
from amlaudit.scanners.scanner import ArmRead, GraphQuery, Scanner

_PROVIDER = "Microsoft.MachineLearningServices"
_API_VERSION = "2025-12-01"

SCANNER = Scanner(
    name="workspace",
    queries=(
        GraphQuery(
            "workspace.kql", (f"{_PROVIDER}/workspaces/read", f"{_PROVIDER}/registries/read")
        ),
    ),
    reads=(
        # The graph shows a workspace as some earlier API version did; this is all of it.
        ArmRead(
            of=SUBSCRIPTION_TYPE,
            path=f"/providers/{_PROVIDER}/workspaces",
            api_version=_API_VERSION,
            action=f"{_PROVIDER}/workspaces/read",
            yields=WORKSPACE,
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
        # The versions of an asset take a request each, and there are thousands.
        ArmRead(
            of=WORKSPACE,
            path="/data",
            api_version=_API_VERSION,
            action=f"{_PROVIDER}/workspaces/data/read",
            yields=DATA_ASSET,
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
