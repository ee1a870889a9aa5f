"""AML1705: online endpoints run under managed identities."""

from amlaudit import Change, Fix, Subject, Verdict, fail, ok, rule
from amlaudit.readings.permissions import identity_kinds


@rule(
    id="AML1705",
    title="The online endpoint runs under a managed identity",
    severity="medium",
    severity_reason="Without one, only stored secrets lead the container to data and models.",
    applies_to="Microsoft.MachineLearningServices/workspaces/onlineEndpoints",
    because=(
        "The container pulls its image, its model and often data while it starts and scores. With "
        "an identity of its own it needs no password for that, and what it may reach is a list of "
        "roles that can be read and shortened."
    ),
    fix=Fix(
        "az ml online-endpoint create --file endpoint.yml --resource-group {group} "
        "--workspace-name <workspace>",
        change=Change.RECREATE,
        note="The identity is fixed when the endpoint is made; give it its roles before deploying.",
        settings={"identity.type": "SystemAssigned"},
    ),
    sources=(
        "https://learn.microsoft.com/azure/machine-learning/concept-endpoints-online-auth",
        "https://learn.microsoft.com/azure/machine-learning/how-to-identity-based-service-authentication",
        "https://github.com/Azure/az-prototype/wiki",
    ),
    mappings={"mcsb": ("IM-3",), "waf": ("Security",)},
    parameters={
        "uai_in_production": (False, "Whether production must have a user-assigned identity."),
    },
)
def own_identity(endpoint: Subject) -> Verdict:
    """Look for an identity, in production for one of the company's own."""
    kinds = identity_kinds(endpoint)
    if not kinds:
        return fail("the endpoint has no identity")
    must_be_own = endpoint.parameters["uai_in_production"] and "userassigned" not in kinds
    if must_be_own and endpoint.context("environment") == "prod":
        return fail("the identity is not a user-assigned one")
    return ok()
