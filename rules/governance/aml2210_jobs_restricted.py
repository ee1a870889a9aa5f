"""AML2210: policies restrict jobs where data is restricted."""

from typing import Final

from amlaudit import Change, Fix, Subject, Verdict, adding, fail, not_applicable, ok, rule
from amlaudit.readings.parameters import texts_of
from amlaudit.readings.policies import policies_in_force

DEFINITIONS: Final = "/providers/Microsoft.Authorization/policyDefinitions/"
SELECT: Final = (
    "computenames",
    "computetype",
    "effect",
    "isisolatednetwork",
    "tags",
    "trustipprotectedcomponent",
)
"""Parameters of the job policies that select jobs, but restrict none."""


@rule(
    id="AML2210",
    title="Azure Policy restricts training jobs in workspaces with restricted data",
    severity="low",
    severity_reason="Jobs bring public images and packages right next to the data.",
    applies_to="Microsoft.MachineLearningServices/workspaces",
    because=(
        "A job runs any image and package that it specifies, with an identity that can read "
        "the data. The policies for jobs list the allowed registries and package indexes, "
        "and the service rejects everything else before the job starts."
    ),
    fix=Fix(
        "az policy assignment create --name <name> --policy <policy id> --scope {id} "
        "--params @allowed.json",
        change=Change.CREATE_COMPANION,
        note="The policies are in preview; without parameters they allow everything.",
        companions=tuple(
            adding(
                "Microsoft.Authorization/policyAssignments",
                f"restricted-jobs-{number}",
                {
                    "properties": {
                        "policyDefinitionId": DEFINITIONS + policy,
                        "enforcementMode": "Default",
                        "parameters": {name: {"value": [value]}},
                    }
                },
            )
            for number, (policy, name, value) in enumerate(
                (
                    (
                        "5853517a-63de-11ea-bc55-0242ac130003",
                        "allowedACRs",
                        "<registry>.azurecr.io",
                    ),
                    (
                        "77eeea86-7e81-4a7d-9067-de844d096752",
                        "allowedPythonPackageChannels",
                        "https://<package index>",
                    ),
                ),
                1,
            )
        ),
    ),
    sources=(
        "https://learn.microsoft.com/azure/machine-learning/how-to-integrate-azure-policy",
        "https://github.com/Azure/azure-policy/blob/master/built-in-policies/policyDefinitions/Machine%20Learning/AllowedACRs_EnforceSetting.json",
        "https://github.com/Azure/azure-policy/blob/master/built-in-policies/policyDefinitions/Machine%20Learning/AllowedPythonPackageChannels_EnforceSetting.json",
    ),
    mappings={
        "azure_policy": (
            "5853517a-63de-11ea-bc55-0242ac130003",
            "77eeea86-7e81-4a7d-9067-de844d096752",
            "6a6f7384-63de-11ea-bc55-0242ac130003",
            "3948394e-63de-11ea-bc55-0242ac130003",
            "53c70b02-63dd-11ea-bc55-0242ac130003",
            "1d413020-63de-11ea-bc55-0242ac130003",
        ),
        "waf": ("Security",),
    },
    parameters={
        "classifications": (("restricted",), "Data classifications that require these policies."),
        "required_job_policies": (
            (
                "5853517a-63de-11ea-bc55-0242ac130003",  # registries for images
                "77eeea86-7e81-4a7d-9067-de844d096752",  # package indexes
            ),
            "Names of policy definitions that must be in force, with parameters.",
        ),
    },
)
def jobs_restricted(workspace: Subject) -> Verdict:
    """Look for the policies among those in force for the workspace that restrict something."""
    if workspace.context("classification") not in texts_of(workspace, "classifications"):
        return not_applicable("the data classification does not require it")
    missing = set(texts_of(workspace, "required_job_policies"))
    for policy, assignment in policies_in_force(workspace, missing):
        if policy in missing and any(
            map(_says_something, assignment.each("properties.parameters", default=(), keyed=True))
        ):
            missing.remove(policy)
        if not missing:
            return ok()
    return fail(f"not in force, or without parameters: {', '.join(sorted(missing))}")


def _says_something(parameter: Subject) -> bool:
    """Tell whether a parameter restricts anything, rather than select what is restricted."""
    selects = parameter.prefix[-1].lower() in SELECT
    return not selects and parameter.get("value", default=()) not in ("", ())
