"""AML2006: connections sign in by identity."""

from typing import Final

from amlaudit import Change, Fix, Subject, Verdict, fail, ok, rule
from amlaudit.readings.parameters import texts_of

# https://learn.microsoft.com/azure/templates/microsoft.machinelearningservices/workspaces/connections
BY_IDENTITY: Final = ("aad", "managedidentity", "none", "oauth2")
BY_SECRET: Final = (
    "apikey",
    "accesskey",
    "accountkey",
    "sas",
    "pat",
    "usernamepassword",
    "customkeys",
    "serviceprincipal",
)


@rule(
    id="AML2006",
    title="The connection signs in by identity and stores no secret",
    severity="medium",
    severity_reason="Whoever may list the secrets of connections can take the key away.",
    applies_to="Microsoft.MachineLearningServices/workspaces/connections",
    because=(
        "A key in a connection serves everybody in the workspace, names nobody in the logs of the "
        "service behind it, and stays valid until somebody thinks of it. Under an identity the "
        "service decides for each caller, and there is nothing to steal or to renew."
    ),
    fix=Fix(
        "az ml connection create --file connection.yml --workspace-name <workspace> "
        "--resource-group {group}",
        change=Change.RECREATE,
        note="Choose a managed identity in the file, and give it a role on the target first.",
    ),
    sources=(
        "https://learn.microsoft.com/azure/machine-learning/how-to-connection",
        "https://github.com/MicrosoftDocs/SecurityBenchmarks/tree/master/Azure%20Offer%20Security%20Baselines/3.0",
    ),
    mappings={"mcsb": ("IM-3", "IM-8"), "waf": ("Security",)},
    parameters={
        "connection_exceptions": (
            ("",),
            "names of connections whose target knows no sign-in by identity",
        ),
    },
)
def connection_without_secret(connection: Subject) -> Verdict:
    """Read how the connection signs in."""
    how = connection.text("properties.authType")
    if how in BY_IDENTITY:
        return ok()
    if connection.name.lower() in texts_of(connection, "connection_exceptions"):
        return ok("the target of the connection knows no sign-in by identity")
    if how not in BY_SECRET:
        raise connection.unfamiliar("properties.authType", how)
    return fail(f"the connection signs in by {connection['properties.authType']}")
