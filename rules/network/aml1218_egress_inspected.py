"""AML1218: what computes send out takes a way that was chosen."""

from collections.abc import Iterator

from amlaudit import Fix, Subject, Verdict, fail, not_applicable, ok, rule, setting
from amlaudit.readings.parameters import in_contexts
from amlaudit.readings.partial import known_of
from amlaudit.readings.subnets import compute_subnets, default_hops


@rule(
    id="AML1218",
    title="What computes in your subnets send out passes a firewall, or at least a NAT gateway",
    severity="high",
    severity_reason="What Azure lets out by default has no fixed address, and nobody inspects it.",
    applies_to="Microsoft.MachineLearningServices/workspaces",
    because=(
        "A subnet without a route of its own reaches the internet from addresses that Azure picks "
        "and changes, so that no partner can allow them and no log can name them. A NAT gateway "
        "gives it fixed addresses; only a firewall also decides where data may go."
    ),
    fix=Fix(
        "az network route-table route create --resource-group <group> --route-table-name <table> "
        "--name default --address-prefix 0.0.0.0/0 --next-hop-type VirtualAppliance "
        "--next-hop-ip-address <firewall address>\n"
        "az network vnet subnet update --ids <subnet id> --route-table <table id> "
        "--default-outbound false",
        note="Let the firewall pass what Azure Machine Learning needs first, or computes fail.",
        companions=(
            setting(
                "Microsoft.Network/virtualNetworks/subnets",
                {
                    "properties.routeTable.id": "<route table id>",
                    "properties.defaultOutboundAccess": False,
                },
                via=("computes", "subnet"),
            ),
            setting(
                "Microsoft.Network/virtualNetworks/subnets",
                {
                    "properties.routeTable.id": "<route table id>",
                    "properties.defaultOutboundAccess": False,
                },
                via=("subnet",),
            ),
        ),
    ),
    sources=(
        "https://learn.microsoft.com/azure/machine-learning/how-to-secure-training-vnet",
        "https://learn.microsoft.com/azure/machine-learning/how-to-network-isolation-planning",
        "https://learn.microsoft.com/azure/virtual-network/virtual-networks-udr-overview",
    ),
    mappings={
        "mcsb": ["NS-3"],
        "nist_800_53_r5": ["AC-4", "SC-7", "SC-7(3)", "SI-4"],
        "iso_27001_2022": ["A.8.22"],
        "azure_policy": [
            "7bca8353-aa3b-429b-904a-9229c4385837",
            "fc5e4038-4584-4632-8c85-c0448d374b2c",
        ],
        "waf": ["Security"],
    },
    parameters={
        "environments": (("prod",), "Environments in which only a firewall will do."),
        "classifications": (
            ("confidential", "restricted"),
            "Classifications of data for which only a firewall will do.",
        ),
    },
)
def egress_inspected(workspace: Subject) -> Verdict:
    """Follow the default route of each subnet."""
    for lack in known_of(_lacks(workspace, each) for each in compute_subnets(workspace)):
        return fail(lack)
    used = any(True for _ in compute_subnets(workspace))
    return ok() if used else not_applicable("no compute sits in a subnet of yours")


def _lacks(workspace: Subject, subnet: Subject) -> Iterator[str]:
    """Yield what is wrong with the way out of a subnet."""
    hops = set(default_hops(subnet))
    if "internet" in hops:
        yield f"{subnet.name} has a route straight to the internet"
    elif not hops and in_contexts(workspace):
        yield f"{subnet.name} has no route through a firewall"
    elif not hops and not subnet.text("properties.natGateway.id", default=""):
        yield f"{subnet.name} has neither a route through a firewall nor a NAT gateway"
