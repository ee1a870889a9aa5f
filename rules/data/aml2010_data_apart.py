"""AML2010: data have a place outside the storage account of the workspace."""

from amlaudit import Fix, Subject, Verdict, adding, arm_id, fail, not_applicable, ok, rule
from amlaudit.readings.datastores import ACCOUNT, ELSEWHERE, ON_ACCOUNTS
from amlaudit.readings.enumerations import one_of


@rule(
    id="AML2010",
    title="A workspace with data assets has a datastore outside its own storage account",
    severity="low",
    severity_reason="Data in the workspace's own account go down with it, and serve no second one.",
    applies_to="Microsoft.MachineLearningServices/workspaces",
    because=(
        "The account that a workspace is made with holds its notebooks, logs and models, and "
        "cannot be exchanged or fail over. Data that lie there too can be kept, moved and granted "
        "only together with all that. In an account of their own they outlive the workspace, and "
        "the one that takes over reads them where they are."
    ),
    fix=Fix(
        "az ml datastore create --file data.yml --workspace-name {name} --resource-group {group}",
        note="Copy the data, and register the assets anew from there.",
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
    """Look for a datastore elsewhere; where an asset itself lies is shown by no list."""
    if not any(True for _ in workspace.follow("data-assets")):
        return not_applicable("the workspace has no data assets")
    own = arm_id.name_of(arm_id.normalise(workspace.text("properties.storageAccount")))
    for datastore in workspace.follow("datastores"):
        kind = one_of(datastore, "properties.datastoreType", ON_ACCOUNTS + ELSEWHERE)
        if kind in ELSEWHERE or datastore.text(ACCOUNT) != own:
            return ok(f"{datastore.name} lies elsewhere")
    return fail(f"every datastore lies in {own}, the workspace's own account")
