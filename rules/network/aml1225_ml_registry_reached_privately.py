"""AML1225: a machine learning registry that is closed can be reached, with what it keeps."""

from itertools import chain

from amlaudit import Change, Fix, Subject, Verdict, fail, not_applicable, ok, rule
from amlaudit.readings.companions import endpoint_to
from amlaudit.readings.enumerations import one_of
from amlaudit.readings.private_access import has_approved

CONNECTIONS = "properties.registryPrivateEndpointConnections"
STATE = "properties.registryPrivateLinkServiceConnectionState.status"


@rule(
    id="AML1225",
    title="A machine learning registry that is closed has approved private endpoints",
    severity="medium",
    severity_reason="Without one nobody reaches it, and somebody opens it again in a hurry.",
    applies_to="Microsoft.MachineLearningServices/registries",
    because=(
        "A closed registry hands out names only over a private endpoint, and its files and images "
        "lie in a storage account and a container registry that it made for itself. Whoever pulls "
        "a model has to reach all three."
    ),
    fix=Fix(
        "az network private-endpoint create --resource-group <group> --name <name> "
        "--subnet <subnet id> --private-connection-resource-id {id} --group-id amlregistry "
        "--connection-name <name>",
        change=Change.CREATE_COMPANION,
        note="Likewise for the storage account (blob) and the container registry (registry).",
        companions=(
            endpoint_to("amlregistry", "API zone id"),
            endpoint_to("blob", "blob zone id", via=("managed-group", "storage-accounts")),
            endpoint_to(
                "registry", "registry zone id", via=("managed-group", "container-registries")
            ),
        ),
    ),
    sources=(
        "https://learn.microsoft.com/azure/machine-learning/how-to-registry-network-isolation",
    ),
    mappings={"mcsb": ["NS-2"], "waf": ["Security"]},
)
def ml_registry_reached_privately(registry: Subject) -> Verdict:
    """Look for an approved endpoint of the registry, and of what lies in the group it manages."""
    access = one_of(
        registry, "properties.publicNetworkAccess", ("enabled", "disabled"), default="Enabled"
    )
    if access == "enabled":
        return not_applicable("the registry is open to the public, which AML1224 reports")
    states = [each.text(STATE) for each in registry.each(CONNECTIONS)]
    if "approved" not in states:
        return fail("no private endpoint of the registry is approved")
    registry.text("properties.managedResourceGroup.resourceId")  # where its stores lie
    for group in registry.follow("managed-group"):
        parts = (group.follow(each) for each in ("storage-accounts", "container-registries"))
        for part in chain.from_iterable(parts):
            if not has_approved(part):
                return fail(f"no private endpoint of {part.name} is approved")
    return ok()
