"""AML1703: a workspace without public network access has no public endpoint."""

from typing import Final

from amlaudit import Fix, Subject, Verdict, fail, not_applicable, ok, rule, setting
from amlaudit.readings.enumerations import one_of
from amlaudit.readings.parameters import texts_of
from amlaudit.readings.previews import prove_shown, shown_in_preview
from amlaudit.readings.sharing import network_owners

ACCESS: Final = "properties.publicNetworkAccess"
ACCESS_SHOWN_SINCE: Final = {
    "microsoft.machinelearningservices/workspaces": "2021-07-01",
    "microsoft.machinelearningservices/workspaces/onlineendpoints": "2022-10-01",
}
"""First API versions that show it, by type."""
KNOWN: Final = ("enabled", "disabled")
ADDRESSES: Final = ("properties.ipAllowlist", "properties.networkAcls.ipRules")
ADDRESSES_SHOWN_SINCE: Final = "2024-01-01"  # API version; no stable one shows them


@rule(
    id="AML1703",
    title="Endpoints of a workspace without public network access are not public either",
    severity="high",
    severity_reason=(
        "A private workspace gives the impression that nothing in it is publicly reachable."
    ),
    applies_to="Microsoft.MachineLearningServices/workspaces/onlineEndpoints",
    because=(
        "Disabling public network access for a workspace does not disable it for its "
        "endpoints; each has its own setting. In addition, IP addresses that the workspace "
        "allowed before it was made private still have access to its endpoints, where "
        "nobody expects them."
    ),
    fix=Fix(
        "az ml online-endpoint update --name {name} --resource-group {group} "
        "--workspace-name <workspace> --set public_network_access=disabled",
        note="If IP addresses are still listed, also remove them from the workspace's IP rules.",
        companions=(
            setting(
                "Microsoft.MachineLearningServices/workspaces/onlineEndpoints",
                {"properties.publicNetworkAccess": "Disabled"},
            ),
            setting(
                "Microsoft.MachineLearningServices/workspaces",
                {"properties.ipAllowlist": [], "properties.networkAcls.ipRules": []},
                via=("workspace",),
            ),
            setting(
                "Microsoft.MachineLearningServices/workspaces",
                {"properties.ipAllowlist": [], "properties.networkAcls.ipRules": []},
                via=("workspace", "hub"),
            ),
        ),
    ),
    sources=(
        "https://learn.microsoft.com/azure/machine-learning/how-to-configure-private-link",
        "https://learn.microsoft.com/azure/machine-learning/concept-secure-online-endpoint",
    ),
    mappings={"mcsb": ("NS-2",), "waf": ("Security",)},
    parameters={
        "public_endpoints": ((), "Names of endpoints intended for callers on the internet."),
    },
)
def private_as_workspace(endpoint: Subject) -> Verdict:
    """Compare the endpoint with its workspace; a project follows its hub."""
    if endpoint.text("kind") == "kubernetes":
        return not_applicable("on Kubernetes, the cluster's network decides")
    if endpoint.name.lower() in texts_of(endpoint, "public_endpoints"):
        return not_applicable("the endpoint is intended to be public")
    for workspace in endpoint.follow("workspace"):
        for place in network_owners(workspace):
            if not _is_closed(place):
                return not_applicable("the workspace itself allows public network access")
            if not _is_closed(endpoint):
                return fail("the endpoint allows public network access, but the workspace does not")
            if _lets_in_addresses(place):
                return fail("the endpoint accepts IP addresses that the workspace still lists")
    return ok()


def _is_closed(place: Subject) -> bool:
    """Tell whether public network access is disabled for a workspace or endpoint."""
    access = one_of(place, ACCESS, KNOWN, default="Enabled", since=ACCESS_SHOWN_SINCE[place.type])
    return access == "disabled"


def _lets_in_addresses(workspace: Subject) -> bool:
    """Tell whether a workspace still lists IP addresses; only a preview shows that it does not."""
    shown = shown_in_preview(workspace, "workspace-preview", ADDRESSES, ADDRESSES_SHOWN_SINCE)
    listed = [shown.get(path, default=None) for path in ADDRESSES]
    if any(listed):
        return True
    if listed == [None, None]:
        prove_shown(shown, ADDRESSES[0], ADDRESSES_SHOWN_SINCE, "whom endpoints let in")
    return False
