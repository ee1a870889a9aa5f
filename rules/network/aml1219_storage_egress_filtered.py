"""AML1219: service endpoint policies limit which storage accounts compute can reach."""

from collections.abc import Iterator
from typing import Final

from amlaudit import Change, Fix, Subject, Verdict, arm_id, fail, not_applicable, ok, rule, setting
from amlaudit.readings.parameters import in_contexts, texts_of
from amlaudit.readings.partial import known_of
from amlaudit.readings.subnets import compute_subnets
from amlaudit.readings.texts import texts_in

STORAGE: Final = frozenset({"microsoft.storage", "microsoft.storage.global"})
ACCOUNT: Final = "microsoft.storage/storageaccounts"
# https://learn.microsoft.com/azure/machine-learning/how-to-prevent-data-loss-exfiltration
ALIASES: Final = "/services/"
ALIAS: Final = "/services/azure/machinelearning"
DEFINITIONS: Final = "properties.serviceEndpointPolicyDefinitions"


@rule(
    id="AML1219",
    title="Compute in production or with sensitive data can reach only approved storage accounts",
    severity="high",
    severity_reason="The path to storage that compute needs also leads to third-party accounts.",
    applies_to="Microsoft.MachineLearningServices/workspaces",
    because=(
        "Compute must reach the storage of its region, and accounts of other tenants share that "
        "address range. A service endpoint policy on the subnet restricts which accounts can be "
        "reached; the Azure Machine Learning alias includes the accounts of the service. A policy "
        "for a whole resource group or subscription admits new accounts unnoticed."
    ),
    fix=Fix(
        "az network service-endpoint policy create --resource-group <group> --name <policy>\n"
        "az network vnet subnet update --ids <subnet id> --service-endpoints Microsoft.Storage "
        "--service-endpoint-policy <policy id>",
        change=Change.CREATE_COMPANION,
        note="The Azure CLI cannot add the alias: use the portal or a template.",
        companions=(
            *(
                setting(
                    "Microsoft.Network/virtualNetworks/subnets",
                    {
                        "properties.serviceEndpoints": [{"service": "Microsoft.Storage"}],
                        "properties.serviceEndpointPolicies": [
                            {"id": "<service endpoint policy id>"}
                        ],
                    },
                    via=via,
                )
                for via in (("computes", "subnet"), ("subnet",))
            ),
        ),
    ),
    sources=(
        "https://learn.microsoft.com/azure/machine-learning/how-to-prevent-data-loss-exfiltration",
        "https://learn.microsoft.com/azure/machine-learning/how-to-network-isolation-planning",
        "https://learn.microsoft.com/azure/machine-learning/how-to-secure-training-vnet",
    ),
    mappings={"mcsb": ["DP-2"], "waf": ["Security"]},
    parameters={
        "environments": (("prod",), "Environments that require the policy."),
        "classifications": (
            ("confidential", "restricted"),
            "Data classifications that require the policy.",
        ),
        "compensating_controls": (
            (),
            "IDs of workspaces with another, accepted control on storage egress.",
        ),
    },
)
def storage_egress_filtered(workspace: Subject) -> Verdict:
    """Check which storage accounts the policies of each subnet allow."""
    if workspace.id in map(arm_id.normalise, texts_of(workspace, "compensating_controls")):
        return not_applicable("an accepted compensating control filters storage egress")
    if not in_contexts(workspace):
        return not_applicable(
            "neither the environment nor the data classification of the workspace requires it"
        )
    for lack in known_of(map(_lacks, compute_subnets(workspace))):
        return fail(lack)
    used = any(True for _ in compute_subnets(workspace))
    return ok() if used else not_applicable("no compute is in one of your subnets")


def _lacks(subnet: Subject) -> Iterator[str]:
    """Yield what is wrong with the path from a subnet to storage."""
    endpoints = subnet.each("properties.serviceEndpoints", default=())
    if not STORAGE & {each.text("service") for each in endpoints}:
        yield f"{subnet.name} has no storage service endpoint that a policy could filter"
    reached = {
        each
        for policy in subnet.follow("endpoint-policies")
        for definition in policy.each(DEFINITIONS, default=())
        for each in texts_in(definition, "properties.serviceResources", default=())
    }
    if ALIAS not in reached:
        yield f"{subnet.name} has no service endpoint policy with the Azure Machine Learning alias"
    for each in sorted(reached):
        if not each.startswith(ALIASES) and arm_id.type_of(arm_id.normalise(each)) != ACCOUNT:
            yield f"{subnet.name} allows every storage account in {each}"
