"""AML2008: datastores lead only to approved storage accounts."""

from amlaudit import Fix, Subject, Verdict, fail, not_applicable, ok, removing, rule
from amlaudit.readings.datastores import ACCOUNT, ELSEWHERE, ON_ACCOUNTS, account_of
from amlaudit.readings.enumerations import one_of
from amlaudit.readings.parameters import texts_of
from amlaudit.readings.patterns import matches
from amlaudit.readings.regions import region_of


@rule(
    id="AML2008",
    title="The datastore leads to a storage account that was approved",
    severity="high",
    severity_reason="An account of strangers is a door through which data come in and go out.",
    applies_to="Microsoft.MachineLearningServices/workspaces/datastores",
    because=(
        "Jobs write to datastores as easily as they read. One on an account outside the estate "
        "lets results and data leave without a trace here, and lets others plant what models learn "
        "from; one on an account that is gone is a name that somebody else can take."
    ),
    fix=Fix(
        "az ml datastore delete --name {name} --workspace-name <workspace> "
        "--resource-group {group}",
        note="Find out first which jobs use it.",
        companions=(removing(),),
    ),
    sources=(
        "https://learn.microsoft.com/azure/cloud-adoption-framework/ready/azure-best-practices/ai-machine-learning-enterprise-security",
        "https://learn.microsoft.com/azure/machine-learning/how-to-network-isolation-planning",
    ),
    mappings={"mcsb": ("DP-2",), "waf": ("Security",)},
    parameters={
        "approved_external_accounts": ((), "names of accounts that were approved elsewhere"),
        "allowed_data_regions": (("*",), "regions in which data may lie; * stands for any text"),
        "allowed_datastore_types": (("*",), "types of datastores; * stands for any text"),
    },
)
def approved_accounts(datastore: Subject) -> Verdict:
    """Find the account that the datastore names, then look at its region.

    An account that is in none of the audited subscriptions is neither good nor bad.
    """
    kind = datastore.text("properties.datastoreType")
    if not matches(datastore, "allowed_datastore_types", kind):
        return fail(f"datastores of type {datastore['properties.datastoreType']} are not allowed")
    if one_of(datastore, "properties.datastoreType", ON_ACCOUNTS + ELSEWHERE) in ELSEWHERE:
        return not_applicable("the datastore is on no storage account")
    name = datastore.text(ACCOUNT)
    if name in texts_of(datastore, "approved_external_accounts"):
        return ok()
    account = account_of(datastore)
    if account is None:
        return fail(f"there is no storage account {name} where the datastore says")
    if matches(datastore, "allowed_data_regions", region_of(account)):
        return ok()
    return fail(f"{name} lies in {region_of(account)}, which is not allowed")
