"""AML1316: automation, not users, changes production endpoints."""

from itertools import chain
from typing import Final

from amlaudit import Fix, Subject, Verdict, fail, not_applicable, ok, rule
from amlaudit.readings.companions import temporary_role
from amlaudit.readings.parameters import texts_of
from amlaudit.readings.permissions import allows, holder_of, is_people, role_of, without_end

HOLDER: Final = "properties.principalId"
_ML: Final = "microsoft.machinelearningservices/workspaces/"
DEPLOYS: Final = {
    _ML + "onlineendpoints/write",
    _ML + "onlineendpoints/deployments/write",
    _ML + "batchendpoints/write",
    _ML + "batchendpoints/deployments/write",
}


@rule(
    id="AML1316",
    title="Only automation changes production endpoints, not users",
    severity="medium",
    severity_reason="A manual change bypasses review and appears in no release record.",
    applies_to="Microsoft.MachineLearningServices/workspaces",
    because=(
        "A pipeline deploys what was reviewed, in the same way each time, and leaves a "
        "record. As long as users can change the endpoint as well, nobody knows whether "
        "what runs is what was released. In an emergency they can activate the permission "
        "for a few hours."
    ),
    fix=Fix(
        "az role assignment create --role <deployer role> --assignee-object-id <pipeline> "
        "--assignee-principal-type ServicePrincipal --scope {id}",
        note=(
            "Then assign users roles without write access to endpoints, or time-limited ones only."
        ),
        companions=(temporary_role(),),
    ),
    sources=(
        "https://learn.microsoft.com/azure/cloud-adoption-framework/ready/azure-best-practices/ai-machine-learning-enterprise-security",
        "https://learn.microsoft.com/azure/machine-learning/concept-endpoints-online-auth",
    ),
    mappings={"mcsb": ("PA-7",), "waf": ("Operational Excellence",)},
    parameters={
        "environments": (("prod",), "Environments in which only automation deploys."),
        "allowed_human_deployers": ((), "Object IDs of groups that may deploy in an emergency."),
    },
)
def automation_deploys(workspace: Subject) -> Verdict:
    """Look for users and groups with a permanent role that writes endpoints or deployments."""
    endpoints = chain(workspace.follow("online-endpoints"), workspace.follow("batch-endpoints"))
    if not any(True for _ in endpoints):
        return not_applicable("the workspace has no endpoint")
    if workspace.context("environment") not in texts_of(workspace, "environments"):
        return not_applicable("users may deploy in this environment")
    allowed = texts_of(workspace, "allowed_human_deployers")
    people = filter(is_people, workspace.follow("role-assignments"))
    others = (each for each in people if holder_of(each) not in allowed)
    deployers = (each for each in others if allows(each, DEPLOYS))
    for grant in without_end(deployers, workspace):
        return fail(f"{grant[HOLDER]} can permanently change endpoints, with role {role_of(grant)}")
    return ok()
