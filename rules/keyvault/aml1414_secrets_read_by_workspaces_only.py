"""AML1414: only workspaces read the secrets in their key vault."""

from collections.abc import Iterator
from typing import Final

from amlaudit import Fix, Subject, Verdict, fail, not_applicable, ok, removing, rule
from amlaudit.readings.parameters import texts_of
from amlaudit.readings.permissions import allows, holder_of, identities_of
from amlaudit.readings.texts import texts_in

BY_ROLE: Final = "properties.enableRbacAuthorization"
BY_ROLE_SINCE: Final = "2019-09-01"  # API version
OPENS: Final = "microsoft.keyvault/vaults/secrets/getsecret/action"
READING: Final = frozenset({"get", "all"})  # permissions of an access policy


@rule(
    id="AML1414",
    title="Only workspaces can read the secrets in their key vault",
    severity="high",
    severity_reason=(
        "Anyone who can read the vault holds the credentials of every datastore of the workspace."
    ),
    applies_to="Microsoft.KeyVault/vaults",
    because=(
        "The workspace stores the keys, passwords and tokens of its datastores and connections in "
        "the vault, and fetches them for the users who may use these. Someone who reads the vault "
        "directly bypasses that access control, and keeps the credentials even after every role "
        "assignment is removed."
    ),
    fix=Fix(
        "az keyvault delete-policy --name {name} --resource-group {group} "
        "--object-id <object id>; "
        "az role assignment delete --assignee <principal id> --role <role> --scope <scope>",
        companions=(removing("role-assignments"), removing(member="properties.accessPolicies")),
    ),
    sources=(
        "https://learn.microsoft.com/azure/machine-learning/concept-data-encryption",
        "https://github.com/Azure/FTALive-Sessions/tree/main/content/ai/enterprise-ml",
        "https://learn.microsoft.com/azure/key-vault/general/rbac-guide",
    ),
    mappings={"mcsb": ["DP-8", "PA-7"], "waf": ["Security"]},
    parameters={
        "allowed_vault_principals": ((), "Object IDs of other principals that may read secrets.")
    },
)
def secrets_read_by_workspaces_only(vault: Subject) -> Verdict:
    """Compare the principals that can read secrets with the identities of the workspaces.

    Permissions on a single secret, and custom conditions, are not distinguished.
    """
    users = list(vault.follow("workspaces-by-vault"))
    if not users:
        return not_applicable("no workspace uses the vault")
    allowed = set(texts_of(vault, "allowed_vault_principals"))
    for workspace in users:
        allowed |= identities_of(workspace)
    by_role = vault.flag(BY_ROLE, default=False, since=BY_ROLE_SINCE)
    for principal in _readers_by_role(vault) if by_role else _readers_by_policy(vault):
        if principal not in allowed:
            return fail(f"{principal} can read the secrets but is not the identity of a workspace")
    return ok()


def _readers_by_role(vault: Subject) -> Iterator[str]:
    """Yield the principals with a role that can read secrets, on the vault or a parent scope."""
    for grant in vault.follow("role-assignments"):
        if allows(grant, {OPENS}, "dataActions"):
            yield holder_of(grant)


def _readers_by_policy(vault: Subject) -> Iterator[str]:
    """Yield the principals that an access policy allows to read secrets."""
    for policy in vault.each("properties.accessPolicies", default=()):
        if not READING.isdisjoint(texts_in(policy, "permissions.secrets", default=())):
            yield policy.text("objectId")
