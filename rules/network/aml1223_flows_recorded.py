"""AML1223: flow logs are enabled for the networks that the workspace uses."""

import re
from collections.abc import Iterator
from itertools import chain
from typing import Final

from amlaudit import Change, Fix, Subject, Verdict, adding, fail, not_applicable, ok, rule
from amlaudit.readings.parameters import number_of
from amlaudit.readings.partial import any_does, known_of
from amlaudit.readings.subnets import compute_subnets

FILTER: Final = "properties.enabledFilteringCriteria"
# https://learn.microsoft.com/azure/templates/microsoft.network/change-log/networkwatchers/flowlogs
FILTER_SINCE: Final = "2024-03-01"
FLOW_STATES: Final = "properties.recordTypes"
FLOW_STATES_SINCE: Final = "2025-03-01"
ALL_STATES: Final = frozenset("bced")  # begun, continued, ended and denied flows


@rule(
    id="AML1223",
    title="Flow logs are enabled for every network that the workspace uses",
    severity="medium",
    severity_reason="Without flow logs, exfiltration over an allowed path leaves no trace.",
    applies_to="Microsoft.MachineLearningServices/workspaces",
    because=(
        "Network rules define which traffic is allowed; only a flow log shows which traffic "
        "occurred. Investigations of data theft look months back, so the records must be retained "
        "that long. Flow logs are not available for the managed network of a workspace."
    ),
    fix=Fix(
        "az network watcher flow-log create --location <region> --name <flow log> "
        "--vnet <network id> --storage-account <account id> --retention 90",
        change=Change.CREATE_COMPANION,
        companions=tuple(
            adding(
                "Microsoft.Network/networkWatchers/flowLogs",
                "NetworkWatcher_{its.location}/{its.name}",
                {
                    "location": "{its.location}",
                    "properties": {
                        "targetResourceId": "{its.id}",
                        "storageId": "<storage account id>",
                        "enabled": True,
                        "retentionPolicy": {"enabled": True, "days": "{parameters.min_days}"},
                    },
                },
                under="{subscription}/resourceGroups/NetworkWatcherRG",
                via=via,
            )
            for via in (
                ("private-endpoints", "subnet", "virtual-network"),
                ("computes", "subnet", "virtual-network"),
                ("subnet", "virtual-network"),
            )
        ),
    ),
    sources=(
        "https://learn.microsoft.com/azure/machine-learning/concept-network-isolation-configurations",
        "https://learn.microsoft.com/azure/network-watcher/vnet-flow-logs-overview",
    ),
    mappings={
        "cis_azure": [
            "4.0.0:7.1.1.7",
            "4.0.0:8.8",
            "5.0.0:6.1.1.7",
            "5.0.0:7.8",
            "6.0.0:6.1.1.6",
            "6.0.0:7.8",
        ],
        "nist_800_53_r5": ["AU-3", "AU-12"],
        "iso_27001_2022": ["A.8.15"],
        "azure_policy": [
            "4c3c6c5f-0d47-4402-99b8-aa543dd8bcee",
            "27960feb-a23c-4577-8d36-ef8b5f35e0be",
        ],
        "waf": ["Security"],
    },
    parameters={"min_days": (90, "Minimum retention of flow logs, in days.")},
)
def flows_recorded(workspace: Subject) -> Verdict:
    """Look for a flow log of each subnet, its virtual network or its network security group."""
    for lack in known_of(map(_lacks, _used_subnets(workspace))):
        return fail(lack)
    used = any(True for _ in _used_subnets(workspace))
    return ok() if used else not_applicable("the workspace does not use your subnets")


def _used_subnets(workspace: Subject) -> Iterator[Subject]:
    """Yield the subnets of the compute and private endpoints of a workspace."""
    entered = (entry.follow("subnet") for entry in workspace.follow("private-endpoints"))
    return known_of((compute_subnets(workspace), known_of(entered)))


def _lacks(subnet: Subject) -> Iterator[str]:
    """Yield that a subnet has no sufficient flow log, if it has none."""
    if not any_does(_flow_logs(subnet), lambda log: _is_kept(log) and _is_of_all(log)):
        yield f"no enabled flow log of {subnet.name} has all traffic and sufficient retention"


def _flow_logs(subnet: Subject) -> Iterator[Subject]:
    """Yield the flow logs that record the traffic of a subnet."""
    networks = (each.follow("network-flow-logs") for each in subnet.follow("virtual-network"))
    groups = (each.follow("security-group-flow-logs") for each in subnet.follow("security-group"))
    own = subnet.follow("subnet-flow-logs")
    return known_of(chain((known_of(networks), own), groups))


def _is_kept(log: Subject) -> bool:
    """Tell whether a flow log is enabled with sufficient retention; 0 days means forever."""
    days = log.number("properties.retentionPolicy.days", default=0)
    kept = days == 0 or days >= number_of(log, "min_days")
    return log.flag("properties.enabled") and (
        kept or not log.flag("properties.retentionPolicy.enabled", default=True)
    )


def _is_of_all(log: Subject) -> bool:
    """Tell whether a flow log records all traffic, unfiltered by addresses or flow states.

    https://learn.microsoft.com/rest/api/network-watcher/flow-logs/get
    """
    if log.text(FILTER, default="", since=FILTER_SINCE):
        return False
    states = set(re.findall(r"\w", log.text(FLOW_STATES, default="", since=FLOW_STATES_SINCE)))
    return not states or states >= ALL_STATES
