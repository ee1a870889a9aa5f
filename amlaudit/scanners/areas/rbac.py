"""Who may do what, and for how long: role assignments and definitions, identities, locks."""

from collections.abc import Mapping
from typing import Any

from amlaudit.core.arm_id import SUBSCRIPTION_TYPE
from amlaudit.core.path import read
from amlaudit.core.relations import LOCK, ROLE_SCHEDULE
from amlaudit.core.resource import Document
from amlaudit.scanners.scanner import ArmRead, GraphQuery, Scanner

_SCHEDULES = "/providers/Microsoft.Authorization/roleAssignmentScheduleInstances"


def document_of_schedule(row: Mapping[str, Any]) -> Document:
    """Return a schedule instance under the scope that it holds for.

    The service spells its id in a form of its own, with a provider before the subscription:
    https://learn.microsoft.com/rest/api/authorization/role-assignment-schedule-instances
    """
    scope = read(row, ("properties", "scope"))
    if not isinstance(scope, str):
        return dict(row)
    return {**row, "id": f"{scope.rstrip('/')}{_SCHEDULES}/{row.get('name')}"}


SCANNER = Scanner(
    name="rbac",
    queries=(
        GraphQuery(
            "rbac.kql",
            (
                "Microsoft.Authorization/roleAssignments/read",
                "Microsoft.Authorization/roleDefinitions/read",
            ),
            api_version="2022-04-01",
        ),
        GraphQuery("identity.kql", ("Microsoft.ManagedIdentity/userAssignedIdentities/read",)),
    ),
    reads=(
        ArmRead(
            of=SUBSCRIPTION_TYPE,
            path="/providers/Microsoft.Authorization/locks",
            api_version="2020-05-01",
            action="Microsoft.Authorization/locks/read",
            yields=LOCK,
        ),
        ArmRead(
            of=SUBSCRIPTION_TYPE,
            path=_SCHEDULES,
            api_version="2020-10-01",
            action="Microsoft.Authorization/roleAssignmentScheduleInstances/read",
            yields=ROLE_SCHEDULE,
            # Without a licence for it nothing holds for a time, see
            # https://learn.microsoft.com/entra/id-governance/licensing-fundamentals
            empty_on_code="AadPremiumLicenseRequired",
            document=document_of_schedule,
        ),
    ),
)
