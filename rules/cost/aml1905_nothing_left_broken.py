"""AML1905: failed resources are repaired or deleted."""

from collections.abc import Iterator
from datetime import timedelta
from itertools import chain
from typing import Final

from amlaudit import Fix, Subject, Verdict, fail, ok, removing, rule
from amlaudit.readings.enumerations import one_of
from amlaudit.readings.instances import is_instance
from amlaudit.readings.parameters import number_of
from amlaudit.readings.partial import known_of

PROVISIONING: Final = "properties.provisioningState"
MACHINE: Final = "properties.properties.state"
BAD: Final = ("failed", "canceled")
UNDER_WAY: Final = ("succeeded", "creating", "updating", "deleting", "scaling")
BAD_MACHINE: Final = ("createfailed", "setupfailed", "usersetupfailed", "unusable")
# https://learn.microsoft.com/azure/templates/microsoft.machinelearningservices/workspaces/computes
GOOD_MACHINE: Final = (
    "creating", "deleting", "jobrunning", "resizing", "restarting", "running", "settingup",
    "starting", "stopped", "stopping", "usersettingup",
)  # fmt: skip


@rule(
    id="AML1905",
    title="No endpoint, deployment or compute stays failed, canceled or unusable",
    severity="low",
    severity_reason="A broken resource serves nobody, but its VMs are still billed.",
    applies_to="Microsoft.MachineLearningServices/workspaces",
    because=(
        "A failed deployment keeps the VMs that were allocated before it failed, and so does an "
        "instance whose setup failed. Nobody uses them, nobody notices them, and they are "
        "billed until somebody deletes them."
    ),
    fix=Fix(
        "az ml online-deployment delete --name <deployment> --endpoint-name <endpoint> "
        "--resource-group {group} --workspace-name {name} --yes",
        companions=(
            removing("online-endpoints", "online-deployments"),
            removing("computes"),
            removing("online-endpoints"),
            removing("batch-endpoints", "batch-deployments"),
            removing("batch-endpoints"),
        ),
    ),
    sources=("https://learn.microsoft.com/azure/machine-learning/how-to-manage-optimize-cost",),
    mappings={"waf": ("Cost Optimization",)},
    parameters={"grace_hours": (24, "Hours allowed to repair or delete such a resource.")},
)
def nothing_left_broken(workspace: Subject) -> Verdict:
    """Look for resources that failed, were canceled or are unusable, and when that happened."""
    grace = number_of(workspace, "grace_hours")
    endpoints = (_endpoints(workspace, kind) for kind in ("online", "batch"))
    for each in known_of([_computes(workspace), *endpoints]):
        is_compute = each.type.endswith("/computes")
        changed = each.time("properties.modifiedOn" if is_compute else "systemData.lastModifiedAt")
        if each.read_at - changed > timedelta(hours=grace):
            state = "failed, canceled or unusable"
            return fail(f"{each.name} has been {state} for more than {grace:g} hours")
    return ok()


def _computes(workspace: Subject) -> Iterator[Subject]:
    """Yield the computes that failed, were canceled or are unusable."""
    for compute in workspace.follow("computes"):
        is_broken = one_of(compute, PROVISIONING, (*BAD, *UNDER_WAY)) in BAD
        if not is_broken and is_instance(compute):
            is_broken = one_of(compute, MACHINE, (*BAD_MACHINE, *GOOD_MACHINE)) in BAD_MACHINE
        if is_broken:
            yield compute


def _endpoints(workspace: Subject, kind: str) -> Iterator[Subject]:
    """Yield the endpoints and deployments of a kind that failed or were canceled."""
    for endpoint in workspace.follow(f"{kind}-endpoints"):
        for each in chain([endpoint], endpoint.follow(f"{kind}-deployments")):
            if one_of(each, PROVISIONING, (*BAD, *UNDER_WAY)) in BAD:
                yield each
