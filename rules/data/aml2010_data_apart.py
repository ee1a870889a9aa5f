"""AML2010: data is stored outside the workspace's default storage account."""

from amlaudit import Fix, Subject, Verdict, adding, arm_id, fail, not_applicable, ok, rule
from amlaudit.readings.datastores import ACCOUNT, ELSEWHERE, ON_ACCOUNTS
from amlaudit.readings.enumerations import one_of


@rule(
    id="AML2010",
    title="A workspace with data assets has a datastore outside its default storage account",
    severity="low",
    severity_reason=(
        "Data in the default storage account is lost with it and serves no second workspace."
    ),
    applies_to="Microsoft.MachineLearningServices/workspaces",
    because=(
        "The default storage account of a workspace holds its notebooks, logs and models, "
        "and it can be neither replaced nor failed over. Data in it can be retained, moved "
        "and shared only together with all of that. In a separate account, data outlives "
        "the workspace, and a failover workspace reads it in place."
    ),
    fix=Fix(
        "az ml datastore create --file data.yml --workspace-name {name} --resource-group {group}",
        note="Copy the data, and register the data assets again from there.",
        companions=(
            adding(
                "Microsoft.MachineLearningServices/workspaces/datastores",
                "data",
                {
                    "properties": {
                        "datastoreType": "AzureDataLakeGen2",
                        "accountName": "<data account>",
                        "filesystem": "<container>",
                        "credentials": {"credentialsType": "None"},
                    }
                },
            ),
        ),
    ),
    sources=(
        "https://learn.microsoft.com/azure/machine-learning/how-to-high-availability-machine-learning",
    ),
    mappings={"waf": ("Reliability",)},
)
def data_apart(workspace: Subject) -> Verdict:
    """Look for a datastore elsewhere; no list shows where an asset itself is stored."""
    if not any(True for _ in workspace.follow("data-assets")):
        return not_applicable("the workspace has no data assets")
    own = arm_id.name_of(arm_id.normalise(workspace.text("properties.storageAccount")))
    for datastore in workspace.follow("datastores"):
        kind = one_of(datastore, "properties.datastoreType", ON_ACCOUNTS + ELSEWHERE)
        if kind in ELSEWHERE or datastore.text(ACCOUNT) != own:
            return ok(f"{datastore.name} is outside the default storage account")
    return fail(f"every datastore is in {own}, the workspace's default storage account")
