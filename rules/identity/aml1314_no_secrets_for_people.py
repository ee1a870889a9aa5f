"""AML1314: people who work in the workspace cannot list its secrets."""

from typing import Final

from amlaudit import Fix, Subject, Verdict, fail, not_applicable, ok, removing, rule
from amlaudit.readings.parameters import texts_of
from amlaudit.readings.permissions import OWNER, SECRET_ACTIONS, allows, is_people, role_of

# https://learn.microsoft.com/rest/api/azureml/ lists the values of each.
BY_IDENTITY: Final = ("aad", "aadtoken", "amltoken", "managedidentity", "none")
BY_SECRET: Final = (
    "accesskey",
    "accountkey",
    "apikey",
    "certificate",
    "customkeys",
    "kerberoskeytab",
    "kerberospassword",
    "key",
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
)


@rule(
    id="AML1314",
    title="People who work in the workspace cannot list its secrets",
    severity="medium",
    severity_reason="Whoever lists a key walks past every check of who it is.",
    applies_to="Microsoft.MachineLearningServices/workspaces",
    because=(
        "The role for data scientists, and Contributor, may list what datastores, connections and "
        "endpoints are opened with. As long as there are such secrets, everybody with that role "
        "can copy them, and use them later and elsewhere. Without secrets, or with a role that "
        "leaves the listing out, there is nothing to copy."
    ),
    fix=Fix(
        "az role definition create --role-definition restricted.json",
        note="Better still: let datastores, connections and endpoints work by identity.",
        companions=(removing("role-assignments"),),
    ),
    sources=(
        "https://learn.microsoft.com/azure/machine-learning/how-to-assign-roles",
        "https://learn.microsoft.com/azure/machine-learning/how-to-administrate-data-authentication",
    ),
    mappings={"mcsb": ("IM-8", "PA-7"), "waf": ("Security",)},
    parameters={
        "secret_actions": (tuple(sorted(SECRET_ACTIONS)), "Actions that hand out a secret.")
    },
)
def no_secrets_for_people(workspace: Subject) -> Verdict:
    """Look at the roles of users and groups on the workspace and above it, if it holds secrets.

    Owners can take any role that they want, so they are left out.
    """
    if not _holds_secrets(workspace):
        return not_applicable("everything works by identity: there is no secret to list")
    actions = texts_of(workspace, "secret_actions")
    for grant in workspace.follow("role-assignments"):
        if role_of(grant) != OWNER and is_people(grant) and allows(grant, actions):
            holder = grant["properties.principalId"]
            return fail(f"{holder} may list secrets of the workspace by role {role_of(grant)}")
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
