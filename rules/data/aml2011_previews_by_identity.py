"""AML2011: the studio reads isolated data by an identity of the workspace."""

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
    title="The studio reads isolated data by an identity where people look at them",
    severity="info",
    severity_reason="Previews fail, and people open the account in order to see their data.",
    applies_to="Microsoft.MachineLearningServices/workspaces/datastores",
    because=(
        "A preview or a profile in the studio is made by the service, which reaches a closed "
        "account only with an identity of the workspace that the datastore names. Leave the "
        "identity out on purpose where data are unfit to be shown."
    ),
    fix=Fix(
        "az ml datastore create --file datastore.yml --workspace-name <workspace> "
        "--resource-group {group}",
        note="Grant the identity Storage Blob Data Reader on the account.",
        settings={IDENTITY: "WorkspaceSystemAssignedIdentity"},
    ),
    sources=(
        "https://learn.microsoft.com/azure/machine-learning/how-to-administrate-data-authentication",
        "https://learn.microsoft.com/azure/cloud-adoption-framework/ready/azure-best-practices/ai-machine-learning-enterprise-security",
    ),
    mappings={"waf": ("Operational Excellence",)},
    parameters={
        "environments": (("dev", "test"), "Environments whose data people look at in the studio."),
    },
)
def previews_by_identity(datastore: Subject) -> Verdict:
    """Look at whether the account is closed, then at who reads it."""
    if datastore.context("environment") not in texts_of(datastore, "environments"):
        return not_applicable("nobody has to see data in the studio here")
    kind = one_of(datastore, "properties.datastoreType", ON_ACCOUNTS + ELSEWHERE)
    if kind in ELSEWHERE or datastore.name.lower() in WITHOUT_DATA:
        return not_applicable("the datastore holds no data that the studio shows")
    account = account_of(datastore)
    if account is None or answers_all_networks(account, "properties.networkAcls"):
        return not_applicable("the account is not closed, or not there")
    if one_of(datastore, IDENTITY, (*OF_WORKSPACE, "none"), default="None") in OF_WORKSPACE:
        return ok()
    return fail(f"{account.name} is closed, and the studio has no identity to enter it by")
