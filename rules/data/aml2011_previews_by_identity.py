"""AML2011: the studio reads network-restricted data with an identity of the workspace."""

from typing import Final

from amlaudit import Fix, Subject, Verdict, fail, not_applicable, ok, rule
from amlaudit.readings.datastores import ELSEWHERE, ON_ACCOUNTS, account_of
from amlaudit.readings.enumerations import one_of
from amlaudit.readings.firewall import answers_all_networks
from amlaudit.readings.parameters import texts_of

IDENTITY: Final = "properties.serviceDataAccessAuthIdentity"
OF_WORKSPACE: Final = ("workspacesystemassignedidentity", "workspaceuserassignedidentity")
WITHOUT_DATA: Final = ("workspaceartifactstore", "workspacefilestore", "workspaceworkingdirectory")
"""Datastores that each workspace has for its outputs, notebooks and files."""


@rule(
    id="AML2011",
    title=(
        "The studio reads network-restricted data with a workspace identity where users preview it"
    ),
    severity="info",
    severity_reason="Previews fail, and users open the storage account to see their data.",
    applies_to="Microsoft.MachineLearningServices/workspaces/datastores",
    because=(
        "Data previews and profiles in the studio are produced by the service, which can "
        "access a storage account with restricted network access only through a workspace "
        "identity that the datastore specifies. Leave the identity out on purpose where "
        "data must not be displayed."
    ),
    fix=Fix(
        "az ml datastore create --file datastore.yml --workspace-name <workspace> "
        "--resource-group {group}",
        note="Assign the identity the role Storage Blob Data Reader on the storage account.",
        settings={IDENTITY: "WorkspaceSystemAssignedIdentity"},
    ),
    sources=(
        "https://learn.microsoft.com/azure/machine-learning/how-to-administrate-data-authentication",
        "https://learn.microsoft.com/azure/cloud-adoption-framework/ready/azure-best-practices/ai-machine-learning-enterprise-security",
    ),
    mappings={"waf": ("Operational Excellence",)},
    parameters={
        "environments": (
            ("dev", "test"),
            "Environments in which users preview data in the studio.",
        ),
    },
)
def previews_by_identity(datastore: Subject) -> Verdict:
    """Check whether the account restricts network access, then which identity reads it."""
    if datastore.context("environment") not in texts_of(datastore, "environments"):
        return not_applicable("no previews are needed in this environment")
    kind = one_of(datastore, "properties.datastoreType", ON_ACCOUNTS + ELSEWHERE)
    if kind in ELSEWHERE or datastore.name.lower() in WITHOUT_DATA:
        return not_applicable("the datastore holds no data that the studio previews")
    account = account_of(datastore)
    if account is None or answers_all_networks(account, "properties.networkAcls"):
        return not_applicable(
            "the storage account does not restrict network access, or does not exist"
        )
    if one_of(datastore, IDENTITY, (*OF_WORKSPACE, "none"), default="None") in OF_WORKSPACE:
        return ok()
    return fail(
        f"{account.name} restricts network access, and the datastore gives the studio no identity"
    )
