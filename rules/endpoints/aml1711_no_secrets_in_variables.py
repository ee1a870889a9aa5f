"""AML1711: environment variables of deployments contain no secrets."""

import re
from typing import Final

from amlaudit import Fix, Subject, Verdict, fail, not_applicable, ok, removing, rule
from amlaudit.readings.parameters import listed

VARIABLES: Final = "properties.environmentVariables"
# https://learn.microsoft.com/azure/machine-learning/how-to-deploy-online-endpoint-with-secret-injection
# The value references a connection or a key vault secret.
REFERENCES: Final = ("${{azureml://connections/", "${{keyvault:https://")


@rule(
    id="AML1711",
    title="No environment variable named like a secret holds a plaintext value",
    severity="high",
    severity_reason="Every reader of the deployment sees the value, and logs retain it.",
    applies_to="Microsoft.MachineLearningServices/workspaces/onlineEndpoints/deployments",
    because=(
        "Environment variables are part of a deployment's definition: anyone who can read "
        "the definition can read them, in the portal, in pipelines and in exports. Instead, "
        "a variable can reference a connection or a key vault secret, which the endpoint "
        "retrieves with its managed identity at startup."
    ),
    fix=Fix(
        "az ml online-deployment update --file deployment.yml --resource-group {group} "
        "--workspace-name <workspace>",
        note="The value has been exposed: rotate the secret as well as moving it.",
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
                "password|passwd|secret|token(?!s|is|iz)|[_-](pwd|pat)$",
                "(api|account|access|admin|master|openai|search|storage)[_-]?key",
                "(client|cosmos|encryption|private|query|shared|signing|subscription)[_-]?key",
                "connection[_-]?string",
                "(^|_)sas(_|$)",
            ),
            "Regular expressions, case-insensitive, for names of variables that hold secrets.",
        ),
    },
)
def no_secrets_in_variables(deployment: Subject) -> Verdict:
    """Check the names, and whether the value is a reference; values themselves are not kept."""
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
            return fail(f"variable {name} is named like a secret but is not a reference to one")
    if hidden:
        raise deployment.undetermined(
            VARIABLES, f"whether {hidden} is a reference to a secret: its value is not shown"
        )
    return ok() if seen else not_applicable("the deployment has no environment variables")
