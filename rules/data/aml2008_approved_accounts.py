"""AML2008: datastores use only approved storage accounts."""

from amlaudit import Fix, Subject, Verdict, fail, not_applicable, ok, removing, rule
from amlaudit.readings.datastores import ACCOUNT, ELSEWHERE, ON_ACCOUNTS, account_of
from amlaudit.readings.enumerations import one_of
from amlaudit.readings.parameters import texts_of
from amlaudit.readings.patterns import matches
from amlaudit.readings.regions import region_of


@rule(
    id="AML2008",
    title="The datastore uses an approved storage account",
    severity="high",
    severity_reason="An untrusted account is a channel for data exfiltration and data poisoning.",
    applies_to="Microsoft.MachineLearningServices/workspaces/datastores",
    because=(
        "Jobs write to datastores as easily as they read from them. A datastore on an "
        "account outside the estate lets results and data leave without a trace here, and "
        "lets others poison training data; one on a deleted account uses a name that "
        "somebody else can claim."
    ),
    fix=Fix(
        "az ml datastore delete --name {name} --workspace-name <workspace> "
        "--resource-group {group}",
        note="First find out which jobs use it.",
        companions=(removing(),),
    ),
    sources=(
        "https://learn.microsoft.com/azure/cloud-adoption-framework/ready/azure-best-practices/ai-machine-learning-enterprise-security",
        "https://learn.microsoft.com/azure/machine-learning/how-to-network-isolation-planning",
    ),
    mappings={"mcsb": ("DP-2",), "waf": ("Security",)},
    parameters={
        "approved_external_accounts": ((), "Names of approved storage accounts elsewhere."),
        "allowed_data_regions": (
            ("*",),
            "Regions in which data may be stored; * matches any text.",
        ),
        "allowed_datastore_types": (("*",), "Allowed datastore types; * matches any text."),
    },
)
def approved_accounts(datastore: Subject) -> Verdict:
    """Find the account that the datastore names, then check its region.

    An account that is in none of the audited subscriptions is neither good nor bad.
    """
    kind = datastore.text("properties.datastoreType")
    if not matches(datastore, "allowed_datastore_types", kind):
        return fail(f"datastores of type {datastore['properties.datastoreType']} are not allowed")
    if one_of(datastore, "properties.datastoreType", ON_ACCOUNTS + ELSEWHERE) in ELSEWHERE:
        return not_applicable("the datastore is not on a storage account")
    name = datastore.text(ACCOUNT)
    if name in texts_of(datastore, "approved_external_accounts"):
        return ok()
    account = account_of(datastore)
    if account is None:
        return fail(f"the storage account {name} that the datastore refers to does not exist")
    if matches(datastore, "allowed_data_regions", region_of(account)):
        return ok()
    return fail(f"{name} is in {region_of(account)}, which is not allowed")
