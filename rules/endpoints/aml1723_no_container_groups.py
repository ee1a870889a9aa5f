"""AML1723: models of production workspaces are not served from Azure Container Instances."""

from typing import Final

from amlaudit import Fix, Subject, Verdict, fail, not_applicable, ok, removing, rule
from amlaudit.readings.parameters import texts_of

ADDRESS: Final = "properties.ipAddress.type"


@rule(
    id="AML1723",
    title="The container group serves no model of a production workspace",
    severity="high",
    severity_reason=(
        "It does not scale or use TLS by itself, and it has no availability guarantee."
    ),
    applies_to="Microsoft.ContainerInstance/containerGroups",
    because=(
        "Azure Container Instances is how the v1 generation of the service deployed models "
        "for testing. Such a container group has a single replica, often a public IP "
        "address and a key in plain text, and none of the controls that protect an "
        "endpoint."
    ),
    fix=Fix(
        "az container delete --name {name} --resource-group {group}",
        irreversible=True,
        note="First deploy the model to a managed online endpoint and move its callers there.",
        companions=(removing(),),
    ),
    sources=(
        "https://github.com/Azure/FTALive-Sessions/tree/main/content/ai/enterprise-ml",
        "https://learn.microsoft.com/azure/machine-learning/how-to-secure-workspace-vnet",
        "https://learn.microsoft.com/azure/cloud-adoption-framework/ready/azure-best-practices/optimize-ai-machine-learning-cost",
        "https://github.com/Azure/azure-policy/blob/master/built-in-policies/policyDefinitions/Container%20Instance/VNET_Audit.json",
    ),
    mappings={
        "nist_800_53_r5": ("SC-7", "SC-32"),
        "azure_policy": ("8af8f826-edcb-4178-b35f-851ea6fea615",),
        "waf": ("Reliability",),
    },
    parameters={
        "accept_aci_in": (
            ("dev", "test"),
            "Environments in which private container groups are accepted.",
        ),
    },
)
def no_container_groups(group: Subject) -> Verdict:
    """Look for workspaces in the subscription whose registry the group's images come from."""
    images = (each.text("properties.image") for each in group.each("properties.containers"))
    hosts = {image.partition("/")[0] for image in images}
    accepted = ""
    for subscription in group.follow("subscription"):
        for workspace in subscription.follow("workspaces"):
            for registry in workspace.follow("container-registry"):
                if registry.text("properties.loginServer") not in hosts:
                    continue
                public = group.text(ADDRESS, default="none") == "public"
                if workspace.context("environment") not in texts_of(group, "accept_aci_in"):
                    where = "on a public IP address" if public else "without an endpoint"
                    return fail(f"the group serves {workspace.name} {where}")
                if public:
                    return fail(f"the group serves {workspace.name} on a public IP address")
                accepted = workspace.name
    if accepted:
        return not_applicable(
            f"{accepted} is not a production workspace, and the IP address is private"
        )
    return ok()
