"""AML1516: objects of a storage account are not replicated to other tenants."""

from datetime import UTC, datetime
from typing import Final

from amlaudit import Fix, Subject, Verdict, fail, not_applicable, ok, rule

_PROPERTY: Final = "properties.allowCrossTenantReplication"
_CLOSED_SINCE: Final = datetime(2023, 12, 15, tzinfo=UTC)
"""Accounts made since then refuse it unless told otherwise, see the first source of the rule."""


@rule(
    id="AML1516",
    title="Objects of the storage account are not replicated to other tenants",
    severity="medium",
    severity_reason="One rule copies all data, and all that is still to come, without a trace.",
    applies_to="Microsoft.Storage/storageAccounts",
    because=(
        "Object replication copies blobs to an account elsewhere, for ever, and no firewall stands "
        "in its way. Where other tenants are allowed as targets, whoever may write such a rule can "
        "send training data to an account that you can neither see nor close."
    ),
    fix=Fix(
        "az storage account update --name {name} --resource-group {group} "
        "--allow-cross-tenant-replication false",
        settings={_PROPERTY: False},
        note="Remove replication rules that lead to other tenants first, or the call is refused.",
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
    """Look at the setting; where there is none, at when the account was made."""
    if not any(True for _ in account.follow("workspaces-with-data")):
        return not_applicable("no workspace has data in this account")
    if account.get(_PROPERTY, default=None, since="2021-04-01") is not None:
        return fail("other tenants are allowed as targets") if account.flag(_PROPERTY) else ok()
    if account.is_as_declared or account.time("properties.creationTime") >= _CLOSED_SINCE:
        return ok()
    return fail("an account this old allows it until told otherwise")
