"""AML1219: computes of a workspace with sensitive data reach chosen storage accounts only."""

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
    title="Computes with sensitive data reach chosen storage accounts only",
    severity="high",
    severity_reason="The way to storage that computes need is the way to a stranger's account too.",
    applies_to="Microsoft.MachineLearningServices/workspaces",
    because=(
        "Computes must reach the storage of their region, and the accounts of other tenants stand "
        "in that same range of addresses. A service endpoint policy on the subnet names the "
        "accounts that may be reached; with the alias of Azure Machine Learning the service's own "
        "are among them. A policy for a whole group or subscription lets new accounts in unseen."
    ),
    fix=Fix(
        "az network service-endpoint policy create --resource-group <group> --name <policy>\n"
        "az network vnet subnet update --ids <subnet id> --service-endpoints Microsoft.Storage "
        "--service-endpoint-policy <policy id>",
        change=Change.CREATE_COMPANION,
        note="The command line cannot add the alias: use the portal or a template for it.",
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
        "environments": (("prod",), "Environments in which computes need the policy."),
        "classifications": (
            ("confidential", "restricted"),
            "Classifications of data for which computes need the policy.",
        ),
        "compensating_controls": (
            (),
            "Ids of workspaces whose way to storage something else filters, as was decided.",
        ),
    },
)
def storage_egress_filtered(workspace: Subject) -> Verdict:
    """Look at what the policies of each subnet let computes reach."""
    if workspace.id in map(arm_id.normalise, texts_of(workspace, "compensating_controls")):
        return not_applicable("something else filters the way to storage, as was decided")
    if not in_contexts(workspace):
        return not_applicable("neither the environment nor the data of the workspace ask for it")
    for lack in known_of(map(_lacks, compute_subnets(workspace))):
        return fail(lack)
    used = any(True for _ in compute_subnets(workspace))
    return ok() if used else not_applicable("no compute sits in a subnet of yours")


def _lacks(subnet: Subject) -> Iterator[str]:
    """Yield what is wrong with the way from a subnet to storage."""
    endpoints = subnet.each("properties.serviceEndpoints", default=())
    if not STORAGE & {each.text("service") for each in endpoints}:
        yield f"{subnet.name} has no service endpoint for storage that a policy could filter"
    reached = {
        each
        for policy in subnet.follow("endpoint-policies")
        for definition in policy.each(DEFINITIONS, default=())
        for each in texts_in(definition, "properties.serviceResources", default=())
    }
    if ALIAS not in reached:
        yield f"{subnet.name} has no service endpoint policy with the alias of the service"
    for each in sorted(reached):
        if not each.startswith(ALIASES) and arm_id.type_of(arm_id.normalise(each)) != ACCOUNT:
            yield f"{subnet.name} lets computes reach every account of {each}"
