"""AML1711: environment variables of deployments hold no secrets."""

import re
from typing import Final

from amlaudit import Fix, Subject, Verdict, fail, not_applicable, ok, removing, rule
from amlaudit.readings.parameters import listed

VARIABLES: Final = "properties.environmentVariables"
# https://learn.microsoft.com/azure/machine-learning/how-to-deploy-online-endpoint-with-secret-injection
# The value names a connection or a secret in a vault.
REFERENCES: Final = ("${{azureml://connections/", "${{keyvault:https://")


@rule(
    id="AML1711",
    title="No environment variable of the deployment is named like a secret and holds one",
    severity="high",
    severity_reason="Every reader of the deployment sees the value, and logs keep it.",
    applies_to="Microsoft.MachineLearningServices/workspaces/onlineEndpoints/deployments",
    because=(
        "Environment variables are part of the definition of a deployment, not of its secrets: "
        "whoever may read the one reads the other, in the portal, in pipelines, in exports. A "
        "variable can instead name a connection or a secret of a vault, which the endpoint fetches "
        "with its own identity when it starts."
    ),
    fix=Fix(
        "az ml online-deployment update --file deployment.yml --resource-group {group} "
        "--workspace-name <workspace>",
        note="The value has been seen: renew the secret, not only its place.",
        companions=(removing(member="properties.environmentVariables"),),
    ),
    sources=(
        "https://learn.microsoft.com/azure/machine-learning/how-to-deploy-online-endpoint-with-secret-injection",
        "https://learn.microsoft.com/azure/machine-learning/concept-data-encryption",
        "https://learn.microsoft.com/azure/machine-learning/concept-endpoints-online-auth",
        "https://github.com/azsk/AzTS-docs/tree/main/Control%20coverage/Feature",
    ),
    mappings={"mcsb": ("IM-8",), "waf": ("Security",)},
    parameters={
        "secret_patterns": (
            (
                "password|passwd|secret|token(?!s|is|iz)",
                "(api|account|access)[_-]?key",
                "connection[_-]?string",
                "(^|_)sas(_|$)",
            ),
            "Regular expressions of the names of variables that hold secrets, without case.",
        ),
    },
)
def no_secrets_in_variables(deployment: Subject) -> Verdict:
    """Look at the names, and whether the value is a reference; values themselves are not kept."""
    patterns = [re.compile(each, re.IGNORECASE) for each in listed(deployment, "secret_patterns")]
    seen, hidden = 0, ""
    for variable in deployment.each(VARIABLES, default=(), keyed=True):
        seen += 1
        name, value = variable.prefix[-1], variable.value
        if value == "" or not any(each.search(name) for each in patterns):
            continue
        if not isinstance(value, str | int | float):
            hidden = name
        elif not str(value).lower().startswith(REFERENCES):
            return fail(f"variable {name} is named like a secret and refers to none")
    if hidden:
        raise deployment.undetermined(
            VARIABLES, f"whether {hidden} refers to a secret: no value is shown"
        )
    return ok() if seen else not_applicable("the deployment has no environment variables")
