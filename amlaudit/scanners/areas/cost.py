"""Budgets over workspaces, on any scope; regional quotas, their allocation and usage."""

from collections.abc import Mapping
from functools import partial
from hashlib import sha256
from typing import Any

from amlaudit.core.arm_id import MANAGEMENT_GROUP_TYPE, SUBSCRIPTION_TYPE
from amlaudit.core.relations import BUDGET, ML_LOCATION, QUOTA, QUOTA_USAGE, WORKSPACE
from amlaudit.core.resource import Document
from amlaudit.scanners.scanner import ArmRead, Scanner, document_of_location

_PROVIDER = "Microsoft.MachineLearningServices"


def document_of_limit(row: Mapping[str, Any], kind: str) -> Document:
    """Return a limit, or its usage, as an ARM document.

    The service puts its id under the workspace. It gets no id here, so that it is placed under the
    region that was queried. Several totals share an id, and differ in their type.
    """
    identity = f"{row.get('id', '')} {row.get('type', '')}".lower()
    return {
        "name": sha256(identity.encode()).hexdigest()[:32],
        "type": f"{_PROVIDER}/locations/{kind}",
        "properties": dict(row),
    }


SCANNER = Scanner(
    name="cost",
    reads=(
        # A list shows the budgets of its own scope, but not those above or beneath it; those of
        # resource groups are read where there is a workspace.
        *(
            ArmRead(
                of=arm_type,
                path="/providers/Microsoft.Consumption/budgets",
                api_version="2024-08-01",
                action="Microsoft.Consumption/budgets/read",
                yields=BUDGET,
                of_group=arm_type == WORKSPACE,
            )
            for arm_type in (SUBSCRIPTION_TYPE, MANAGEMENT_GROUP_TYPE, WORKSPACE)
        ),
        ArmRead(
            of=SUBSCRIPTION_TYPE,
            path=f"/providers/{_PROVIDER}/workspaces",
            api_version="2024-04-01",  # any version known to the service shows the region
            action=f"{_PROVIDER}/workspaces/read",
            yields=ML_LOCATION,
            document=document_of_location,  # quota is read by region
        ),
        *(
            ArmRead(
                of=ML_LOCATION,
                path=f"/{kind}",
                api_version="2025-12-01",
                action=f"{_PROVIDER}/locations/{kind}/read",
                yields=arm_type,
                document=partial(document_of_limit, kind=kind),
            )
            for kind, arm_type in (("quotas", QUOTA), ("usages", QUOTA_USAGE))
        ),
    ),
)
