"""AML1504: the storage of a workspace has the private endpoints that Azure ML needs."""

from collections.abc import Iterator
from collections.abc import Set as AbstractSet
from typing import Final

from amlaudit import Change, Fix, Subject, Verdict, fail, not_applicable, ok, rule
from amlaudit.readings.companions import endpoint_to
from amlaudit.readings.datastores import is_hierarchical
from amlaudit.readings.partial import known_of
from amlaudit.readings.private_access import approved_ways, unreached

ONLY_MANAGED: Final = "only managed virtual networks use it, over their own private endpoints"


@rule(
    id="AML1504",
    title="The storage account has the private endpoints that Azure ML needs",
    severity="medium",
    severity_reason=(
        "Subresources without an endpoint are accessed over public addresses, or not at all."
    ),
    applies_to="Microsoft.Storage/storageAccounts",
    because=(
        "Each subresource of a storage account (blob, file, dfs, queue, table) has its own "
        "address, and a private endpoint for one does not cover the others. A workspace stores "
        "data and models in blobs and notebooks in file shares; batch endpoints also need queues "
        "and tables. Data Lake Storage has its own dfs endpoint and still redirects some requests "
        "to blob."
    ),
    fix=Fix(
        "az network private-endpoint create --name {name}-<part> --resource-group <network group> "
        "--vnet-name <network> --subnet <subnet> --connection-name {name}-<part> "
        "--group-id <part> --private-connection-resource-id {id}",
        change=Change.CREATE_COMPANION,
        note="Also link the private DNS zone of each subresource to the virtual network.",
        companions=tuple(
            endpoint_to(part, f"zone id of privatelink.{part}.core.windows.net")
            for part in ("blob", "file", "dfs", "queue", "table")
        ),
    ),
    sources=(
        "https://learn.microsoft.com/azure/machine-learning/how-to-secure-workspace-vnet",
        "https://learn.microsoft.com/azure/storage/common/storage-private-endpoints",
        "https://learn.microsoft.com/azure/cloud-adoption-framework/ready/azure-best-practices/ai-machine-learning-enterprise-security",
        "https://github.com/Azure/azure-policy/blob/master/built-in-policies/policyDefinitions/Storage/StorageAccountPrivateEndpointEnabled_Audit.json",
    ),
    mappings={
        "mcsb": ["NS-2"],
        "cis_azure": ["3.0.0:4.9", "4.0.0:10.3.2.1", "5.0.0:9.3.2.1", "6.0.0:9.3.2.1"],
        "nist_800_53_r5": ["AC-4", "AC-17", "AC-17(1)", "SC-7", "SC-7(3)"],
        "iso_27001_2022": ["A.8.14"],
        "azure_policy": ["6edd7eda-6dd8-40f7-810d-67160c639cd9"],
        "waf": ["Security"],
    },
)
def private_endpoints(account: Subject) -> Verdict:
    """Check which subresources have an endpoint, then whether managed networks reach the others."""
    if not any(True for _ in account.follow("workspaces-with-data")):
        return not_applicable("no workspace stores data in this account")
    needed = {"blob", "file"}
    if is_hierarchical(account):
        needed = {"blob", "dfs"}  # requests to dfs may be redirected to blob
    elif any(
        True
        for each in account.follow("workspaces-with-data")
        for _ in each.follow("batch-endpoints")
    ):
        needed |= {"queue", "table"}
    missing, entered = set(needed), False
    for part, is_managed in known_of((_approved(account, needed), _managed(account, needed))):
        missing.discard(part)
        entered = entered or not is_managed
        if entered and not missing:
            return ok()
    if missing:
        return fail(f"no private endpoint connection is approved for {', '.join(sorted(missing))}")
    return not_applicable(ONLY_MANAGED)


def _approved(account: Subject, needed: AbstractSet[str]) -> Iterator[tuple[str, bool]]:
    """Yield the needed subresources with an approved endpoint that the audit sees.

    Raises:
        NoDataError: After the last one that is known, if there may be more.
    """
    yield from ((part, False) for _, part in approved_ways(account) if part in needed)


def _managed(account: Subject, needed: AbstractSet[str]) -> Iterator[tuple[str, bool]]:
    """Yield the needed subresources that the managed networks of all workspaces have endpoints for.

    Raises:
        NoDataError: They are not known.
    """
    users = account.follow("workspaces-with-data")
    for part in sorted(needed - set(unreached(account, users, needed))):
        yield part, True
