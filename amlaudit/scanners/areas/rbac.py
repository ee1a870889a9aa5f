"""Who may do what: role assignments and definitions, managed identities, locks."""

from amlaudit.core.arm_id import SUBSCRIPTION_TYPE
from amlaudit.core.relations import LOCK
from amlaudit.scanners.scanner import ArmRead, GraphQuery, Scanner

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
    ),
)
