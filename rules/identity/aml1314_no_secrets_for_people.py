"""AML1314: users of the workspace cannot list its secrets."""

from typing import Final

from amlaudit import Fix, Subject, Verdict, fail, not_applicable, ok, removing, rule
from amlaudit.readings.parameters import texts_of
from amlaudit.readings.permissions import OWNER, SECRET_ACTIONS, allows, is_people, role_of

# https://learn.microsoft.com/rest/api/azureml/ lists the values of each.
BY_IDENTITY: Final = (
    "aad",
    "aadtoken",
    "accountmanagedidentity",
    "agenticidentitytoken",
    "agenticuser",
    "agentuserimpersonation",
    "amltoken",
    "managedidentity",
    "none",
    "projectmanagedidentity",
    "userentratoken",
)
BY_SECRET: Final = (
    "accesskey",
    "accountkey",
    "apikey",
    "certificate",
    "customkeys",
    "kerberoskeytab",
    "kerberospassword",
    "key",
    "keyandaad",
    "oauth2",
    "pat",
    "sas",
    "serviceprincipal",
    "usernamepassword",
)
OPENED_BY: Final = (
    ("datastores", "properties.credentials.credentialsType"),
    ("connections", "properties.authType"),
    ("online-endpoints", "properties.authMode"),
    ("serverless-endpoints", "properties.authMode"),
)


@rule(
    id="AML1314",
    title="Users of the workspace cannot list its secrets",
    severity="medium",
    severity_reason="Anyone who lists a key bypasses all identity-based access control.",
    applies_to="Microsoft.MachineLearningServices/workspaces",
    because=(
        "The AzureML Data Scientist and Contributor roles can list the credentials of "
        "datastores, connections and endpoints. As long as such secrets exist, everybody "
        "with one of these roles can copy them and use them later and elsewhere. Without "
        "secrets, or with a role that excludes the listing actions, there is nothing to "
        "copy."
    ),
    fix=Fix(
        "az role definition create --role-definition restricted.json",
        note="Preferably, let datastores, connections and endpoints use identity-based access.",
        companions=(removing("role-assignments"),),
    ),
    sources=(
        "https://learn.microsoft.com/azure/machine-learning/how-to-assign-roles",
        "https://learn.microsoft.com/azure/machine-learning/how-to-administrate-data-authentication",
    ),
    mappings={"mcsb": ("IM-8", "PA-7"), "waf": ("Security",)},
    parameters={"secret_actions": (tuple(sorted(SECRET_ACTIONS)), "Actions that return a secret.")},
)
def no_secrets_for_people(workspace: Subject) -> Verdict:
    """Check the roles of users and groups on the workspace and above it, if it stores secrets.

    Owners can assign themselves any role, so they are excluded.
    """
    if not _holds_secrets(workspace):
        return not_applicable("everything uses identity-based access: there is no secret to list")
    actions = texts_of(workspace, "secret_actions")
    for grant in workspace.follow("role-assignments"):
        if role_of(grant) != OWNER and is_people(grant) and allows(grant, actions):
            holder = grant["properties.principalId"]
            return fail(f"{holder} can list secrets of the workspace with role {role_of(grant)}")
    return ok()


def _holds_secrets(workspace: Subject) -> bool:
    """Tell whether a secret opens a datastore, a connection or an endpoint of the workspace."""
    for relation, path in OPENED_BY:
        for each in workspace.follow(relation):
            kind = each.text(path)
            if kind in BY_SECRET:
                return True
            if kind not in BY_IDENTITY:
                raise each.unfamiliar(path, kind)
    return False
