"""AML1703: a workspace that is closed to the public has no endpoint that is open."""

from typing import Final

from amlaudit import Fix, Subject, Verdict, fail, not_applicable, ok, rule, setting
from amlaudit.readings.enumerations import one_of
from amlaudit.readings.parameters import texts_of
from amlaudit.readings.previews import prove_shown, shown_in_preview
from amlaudit.readings.sharing import network_owners

ACCESS: Final = "properties.publicNetworkAccess"
ACCESS_SHOWN_SINCE: Final = "2022-05-01"  # API version
KNOWN: Final = ("enabled", "disabled")
ADDRESSES: Final = ("properties.ipAllowlist", "properties.networkAcls.ipRules")
ADDRESSES_SHOWN_SINCE: Final = "2024-01-01"  # API version; no stable one shows them


@rule(
    id="AML1703",
    title="The endpoint of a workspace that is closed to the public is closed too",
    severity="high",
    severity_reason="A closed workspace makes believe that nothing in it can be reached.",
    applies_to="Microsoft.MachineLearningServices/workspaces/onlineEndpoints",
    because=(
        "Closing a workspace does not close its endpoints: each has a switch of its own. And the "
        "addresses that the workspace let in before it was closed still count for its endpoints, "
        "where nobody looks for them any more."
    ),
    fix=Fix(
        "az ml online-endpoint update --name {name} --resource-group {group} "
        "--workspace-name <workspace> --set public_network_access=disabled",
        note="If addresses are left over, take them out of the list of the workspace as well.",
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
        "public_endpoints": ((), "Names of endpoints meant for callers on the internet."),
    },
)
def private_as_workspace(endpoint: Subject) -> Verdict:
    """Compare the endpoint with its workspace; a project is as closed as its hub."""
    if endpoint.text("kind") == "kubernetes":
        return not_applicable("on Kubernetes the cluster's network decides")
    if endpoint.name.lower() in texts_of(endpoint, "public_endpoints"):
        return not_applicable("the endpoint is meant to be public")
    for workspace in endpoint.follow("workspace"):
        for place in network_owners(workspace):
            if not _is_closed(place):
                return not_applicable("the workspace is open to the public itself")
            if not _is_closed(endpoint):
                return fail("the workspace is closed, the endpoint answers the internet")
            if _lets_in_addresses(place):
                return fail("the endpoint lets in addresses that the workspace once allowed")
    return ok()


def _is_closed(place: Subject) -> bool:
    """Tell whether a workspace or endpoint refuses the public."""
    access = one_of(place, ACCESS, KNOWN, default="Enabled", since=ACCESS_SHOWN_SINCE)
    return access == "disabled"


def _lets_in_addresses(workspace: Subject) -> bool:
    """Tell whether a workspace still lists addresses; only a preview shows that it does not."""
    shown = shown_in_preview(workspace, "workspace-preview", ADDRESSES, ADDRESSES_SHOWN_SINCE)
    listed = [shown.get(path, default=None) for path in ADDRESSES]
    if any(listed):
        return True
    if listed == [None, None]:
        prove_shown(shown, ADDRESSES[0], ADDRESSES_SHOWN_SINCE, "whom endpoints let in")
    return False
