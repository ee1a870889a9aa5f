"""AML1504: the storage of a workspace has every private endpoint that Azure ML needs."""

from amlaudit import Change, Fix, Subject, Verdict, fail, not_applicable, ok, rule
from amlaudit.readings.companions import endpoint_to
from amlaudit.readings.private_access import approved_ways, unreached


@rule(
    id="AML1504",
    title="The storage account has the private endpoints that Azure ML needs",
    severity="medium",
    severity_reason="What has no endpoint is read over public addresses, or not at all.",
    applies_to="Microsoft.Storage/storageAccounts",
    because=(
        "Every part of a storage account has an address of its own, and a private endpoint for one "
        "of them does nothing for the others. A workspace keeps data and models in blobs and "
        "notebooks in files; batch endpoints also need queues and tables. A data lake has a "
        "name of its own, and still passes some requests on to the one for blobs."
    ),
    fix=Fix(
        "az network private-endpoint create --name {name}-<part> --resource-group <network group> "
        "--vnet-name <network> --subnet <subnet> --connection-name {name}-<part> "
        "--group-id <part> --private-connection-resource-id {id}",
        change=Change.CREATE_COMPANION,
        note="Link the private DNS zone of each part to the network as well.",
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
    """Look which parts have an endpoint, then whether managed networks reach all others."""
    if not any(True for _ in account.follow("workspaces-with-data")):
        return not_applicable("no workspace has data in this account")
    needed = {"blob", "file"}
    if account.flag("properties.isHnsEnabled", default=False):
        needed = {"blob", "dfs"}  # what is sent to dfs may be passed on to blob
    elif any(
        True
        for each in account.follow("workspaces-with-data")
        for _ in each.follow("batch-endpoints")
    ):
        needed |= {"queue", "table"}
    unapproved = set(needed)
    for _, part in approved_ways(account):
        unapproved.discard(part)
        if not unapproved:
            return ok()
    missing = unapproved.intersection(
        unreached(account, account.follow("workspaces-with-data"), needed)
    )
    if missing:
        return fail(f"no private endpoint is approved for {', '.join(sorted(missing))}")
    if unapproved == needed:
        return not_applicable("only managed networks reach it, over endpoints of their own")
    return ok()
