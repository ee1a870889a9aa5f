"""AML2104: the container registry of a workspace has a private endpoint."""

from amlaudit import Change, Fix, Subject, Verdict, fail, not_applicable, ok, rule
from amlaudit.readings.companions import endpoint_to
from amlaudit.readings.private_access import has_approved, unreached
from amlaudit.readings.registries import serves_machine_learning


@rule(
    id="AML2104",
    title="The container registry has an approved private endpoint",
    severity="medium",
    severity_reason="Without one, images and the code in them travel outside the private network.",
    applies_to="Microsoft.ContainerRegistry/registries",
    because=(
        "Image builds push to the registry and compute resources pull from it continuously. "
        "Without a private endpoint this traffic uses the registry's public address, so public "
        "network access must stay enabled. Only the Premium tier supports private endpoints."
    ),
    fix=Fix(
        "az network private-endpoint create --name {name}-pe --resource-group <network group> "
        "--vnet-name <network> --subnet <subnet> --connection-name {name} --group-id registry "
        "--private-connection-resource-id {id}",
        change=Change.CREATE_COMPANION,
        note=(
            "Also link the registry's private DNS zone to the network, and configure an image "
            "build compute."
        ),
        companions=(endpoint_to("registry", "zone id of privatelink.azurecr.io"),),
    ),
    sources=(
        "https://learn.microsoft.com/azure/machine-learning/how-to-secure-workspace-vnet",
        "https://learn.microsoft.com/azure/cloud-adoption-framework/ready/azure-best-practices/ai-machine-learning-enterprise-security",
        "https://github.com/Azure/azure-policy/blob/master/built-in-policies/policyDefinitions/Container%20Registry/ACR_PrivateEndpointEnabled_Audit.json",
    ),
    mappings={
        "mcsb": ["NS-2"],
        "nist_800_53_r5": ["AC-4", "AC-17", "AC-17(1)", "SC-7", "SC-7(3)"],
        "iso_27001_2022": ["A.8.20"],
        "azure_policy": ["e8eef0a8-67cf-4eb4-9386-14b0e78733d4"],
        "waf": ["Security"],
    },
)
def private_endpoint(registry: Subject) -> Verdict:
    """Check the registry's private endpoint connections, then the networks of its workspaces."""
    users = "workspaces-by-container-registry"
    if not serves_machine_learning(registry):
        return not_applicable("neither a workspace nor an Azure ML registry uses it")
    if has_approved(registry):
        return ok()
    is_used = any(True for _ in registry.follow(users))
    if is_used and not any(True for _ in unreached(registry, registry.follow(users), {"registry"})):
        return not_applicable(
            "only managed virtual networks use it, over their own private endpoints"
        )
    return fail("no private endpoint connection is approved")
