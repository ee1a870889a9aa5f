"""AML1516: cross-tenant object replication of a storage account is disabled."""

from datetime import UTC, datetime
from typing import Final

from amlaudit import Fix, Subject, Verdict, fail, not_applicable, ok, rule

_PROPERTY: Final = "properties.allowCrossTenantReplication"
_CLOSED_SINCE: Final = datetime(2023, 12, 15, tzinfo=UTC)
"""Accounts created since then disallow it by default, see the first source of the rule."""


@rule(
    id="AML1516",
    title="Cross-tenant object replication is disabled on the storage account",
    severity="medium",
    severity_reason=(
        "One replication policy copies all current and future data out of the tenant unnoticed."
    ),
    applies_to="Microsoft.Storage/storageAccounts",
    because=(
        "Object replication continuously copies blobs to another account, and no firewall blocks "
        "it. If other tenants are allowed as destinations, anyone who can create a replication "
        "policy can send training data to an account that you can neither see nor control. A "
        "template that leaves the property out is taken to create the account, and since API "
        "version 2023-01-01 new accounts disallow it."
    ),
    fix=Fix(
        "az storage account update --name {name} --resource-group {group} "
        "--allow-cross-tenant-replication false",
        settings={_PROPERTY: False},
        note=(
            "Remove existing replication policies to other tenants first; otherwise the call fails."
        ),
    ),
    sources=(
        "https://learn.microsoft.com/azure/storage/blobs/object-replication-prevent-cross-tenant-policies",
        "https://github.com/Azure/azure-policy/blob/master/built-in-policies/policyDefinitions/Storage/StorageAccountAllowCrossTenantReplication_Audit.json",
    ),
    mappings={
        "cis_azure": ["3.0.0:4.16", "4.0.0:10.3.8", "5.0.0:9.3.7", "6.0.0:9.3.7"],
        "nist_800_53_r5": ["AC-4"],
        "iso_27001_2022": ["A.8.3"],
        "azure_policy": ["92a89a79-6c52-4a7e-a03f-61306fc49312"],
        "waf": ["Security"],
    },
)
def no_foreign_replication(account: Subject) -> Verdict:
    """Check the setting or, if it was never set, when the account was created."""
    if not any(True for _ in account.follow("workspaces-with-data")):
        return not_applicable("no workspace stores data in this account")
    if account.get(_PROPERTY, default=None, since="2021-04-01") is not None:
        return fail("cross-tenant replication is allowed") if account.flag(_PROPERTY) else ok()
    if account.is_as_declared or account.time("properties.creationTime") >= _CLOSED_SINCE:
        return ok()
    return fail(
        f"not set, and accounts created before {_CLOSED_SINCE:%Y-%m-%d} allow it by default"
    )
