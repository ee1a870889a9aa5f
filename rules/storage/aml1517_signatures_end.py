"""AML1517: a SAS expiration policy limits shared access signatures."""

import re
from typing import Final

from amlaudit import Fix, Subject, Verdict, fail, not_applicable, ok, rule
from amlaudit.readings.parameters import number_of

PERIOD: Final = "properties.sasPolicy.sasExpirationPeriod"
WRITTEN: Final = re.compile(r"(?:(\d+)\.)?(\d+):(\d+):(\d+)")  # days, hours, minutes, seconds


@rule(
    id="AML1517",
    title="A SAS expiration policy limits the validity of shared access signatures",
    severity="medium",
    severity_reason="A SAS link in an old script exposes the data to anyone who finds it.",
    applies_to="Microsoft.Storage/storageAccounts",
    because=(
        "A SAS signed with the account key can be revoked only by rotating the key, which breaks "
        "everything else that uses it. With an expiration policy, Azure logs or blocks signatures "
        "with a longer validity."
    ),
    fix=Fix(
        "az storage account update --name {name} --resource-group {group} "
        "--sas-expiration-period 7.00:00:00",
        settings={
            PERIOD: "7.00:00:00",
            "properties.sasPolicy.expirationAction": "Log",
        },
        note="If shared key access is disabled, no such signatures exist.",
    ),
    sources=(
        "https://learn.microsoft.com/azure/storage/common/sas-expiration-policy",
        "https://github.com/Azure/azure-policy/blob/master/built-in-policies/policyDefinitions/Storage/StorageAccountSasPolicy_Restrict.json",
        "https://github.com/Azure/azure-policy/blob/master/built-in-policies/policyDefinitions/Storage/EnforceStorageSasMaxExpiration7Days_Deny.json",
    ),
    mappings={
        "cis_azure": ("3.0.0:4.5",),
        "azure_policy": (
            "bc1b984e-ddae-40cc-801a-050a030e4fbe",
            "7aa1c9d5-3d7e-4579-8117-d85e99211757",
        ),
        "waf": ("Security",),
    },
    parameters={"max_days": (7, "Maximum validity of a signature, in days.")},
)
def signatures_end(account: Subject) -> Verdict:
    """Read the policy of an account with shared key access, in days.hours:minutes:seconds."""
    if not account.flag("properties.allowSharedKeyAccess", default=True):
        return not_applicable("shared key access is disabled")
    if not any(True for _ in account.follow("workspaces-with-data")):
        return not_applicable("no workspace stores data in this account")
    period = account.text(PERIOD, default="", since="2021-02-01")
    if not period:
        return fail("the account has no SAS expiration policy")
    written = WRITTEN.fullmatch(period)
    if not written:
        raise account.unfamiliar(PERIOD, period)
    days, hours, minutes, seconds = (int(part or 0) for part in written.groups())
    lasts = days + (hours * 3600 + minutes * 60 + seconds) / 86_400
    return (
        ok()
        if lasts <= number_of(account, "max_days")
        else fail(f"signatures may be valid for {period}")
    )
