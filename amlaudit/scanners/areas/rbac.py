"""Who may do what, and for how long.

Role assignments, definitions and eligibilities, deny assignments, delegations to other tenants,
identities with the credentials that they trust, and locks.
"""

import re
from collections.abc import Mapping
from functools import partial
from typing import Any

from amlaudit.core.arm_id import SUBSCRIPTION_TYPE
from amlaudit.core.path import read
from amlaudit.core.patterns import late_pattern
from amlaudit.core.relations import (
    DENY_ASSIGNMENT,
    FEDERATED_CREDENTIAL,
    LOCK,
    ROLE_ELIGIBILITY,
    ROLE_SCHEDULE,
    USER_ASSIGNED_IDENTITY,
)
from amlaudit.core.resource import Document
from amlaudit.scanners.scanner import ArmRead, GraphQuery, Scanner, without

_PROVIDER = "Microsoft.Authorization"
_IDENTITIES = "Microsoft.ManagedIdentity/userAssignedIdentities"
_BEFORE_SUBSCRIPTIONS = late_pattern(
    r"\A/?providers/microsoft\.subscription(?=/subscriptions/)", re.IGNORECASE
)


def document_at_scope(row: Mapping[str, Any], kind: str) -> Document:
    """Return a row of some kind under the scope where it applies, without the names of people.

    The service has its own form of ids and scopes, with a provider before the subscription, or
    under the scope that was queried:
    https://learn.microsoft.com/rest/api/authorization/role-assignment-schedule-instances
    """
    kept = without(row, "expandedproperties")
    properties, scope = kept.get("properties"), read(kept, ("properties", "scope"))
    if not isinstance(properties, Mapping) or not isinstance(scope, str):
        return kept
    spelled = _BEFORE_SUBSCRIPTIONS.sub("", scope)
    resource_id = f"{spelled.rstrip('/')}/providers/{_PROVIDER}/{kind}/{row.get('name')}"
    return {**kept, "id": resource_id, "properties": {**properties, "scope": spelled}}


_ROLES = (
    "Microsoft.Authorization/roleAssignments/read",
    "Microsoft.Authorization/roleDefinitions/read",
)
_DELEGATIONS = (
    "Microsoft.ManagedServices/registrationAssignments/read",
    "Microsoft.ManagedServices/registrationDefinitions/read",
)

SCANNER = Scanner(
    name="rbac",
    queries=(
        GraphQuery("rbac.kql", _ROLES, dict.fromkeys(_ROLES, "2022-04-01")),
        GraphQuery("identity.kql", (f"{_IDENTITIES}/read",)),
        GraphQuery("delegation.kql", _DELEGATIONS, dict.fromkeys(_DELEGATIONS, "2022-10-01")),
    ),
    reads=(
        ArmRead(
            of=SUBSCRIPTION_TYPE,
            path="/providers/Microsoft.Authorization/locks",
            api_version="2020-05-01",
            action="Microsoft.Authorization/locks/read",
            yields=LOCK,
        ),
        *(
            ArmRead(
                of=SUBSCRIPTION_TYPE,
                path=f"/providers/{_PROVIDER}/{kind}",
                api_version=api_version,
                action=f"{_PROVIDER}/{kind}/read",
                yields=arm_type,
                document=partial(document_at_scope, kind=kind),
            )
            for kind, api_version, arm_type in (
                ("roleAssignmentScheduleInstances", "2020-10-01", ROLE_SCHEDULE),
                ("roleEligibilityScheduleInstances", "2020-10-01", ROLE_ELIGIBILITY),
                ("denyAssignments", "2022-04-01", DENY_ASSIGNMENT),
            )
        ),
        # There is no list for a subscription.
        ArmRead(
            of=USER_ASSIGNED_IDENTITY,
            path="/federatedIdentityCredentials",
            api_version="2024-11-30",
            action=f"{_IDENTITIES}/federatedIdentityCredentials/read",
            yields=FEDERATED_CREDENTIAL,
        ),
    ),
)
