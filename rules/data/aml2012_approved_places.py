"""AML2012: data assets are stored in datastores, or in storage accounts of one's own."""

import re
from typing import Final
from urllib.parse import urlsplit

from amlaudit import Fix, Subject, Verdict, fail, not_applicable, ok, rule
from amlaudit.readings.parameters import texts_of
from amlaudit.readings.patterns import matches

URI: Final = "properties.dataUri"
REDACTED: Final = "\N{SINGLE LEFT-POINTING ANGLE QUOTATION MARK}redacted:"
SECURE: Final = ("https", "wasbs", "abfss")
WEB: Final = ("https", "http")
# https://learn.microsoft.com/azure/storage/common/storage-account-overview
# https://learn.microsoft.com/azure/azure-government/compare-azure-government-global-azure
# https://learn.microsoft.com/azure/china/resources-developer-guide
OF_ACCOUNT: Final = re.compile(
    r"([a-z0-9]{3,24})\.(?:z\d\d\.)?(?:blob|dfs|file)\."
    r"(?:core\.windows\.net|storage\.azure\.net|core\.usgovcloudapi\.net|core\.chinacloudapi\.cn)"
)


@rule(
    id="AML2012",
    title="The data asset is stored in a datastore or in a storage account of your own",
    severity="medium",
    severity_reason="Whoever owns the location can change what a model is trained on.",
    applies_to="Microsoft.MachineLearningServices/workspaces/data/versions",
    because=(
        "A data asset version is a reference, not a copy. If it refers to a public "
        "location, third parties decide what the next training run reads; a SAS token in "
        "the URI is visible to everybody who can read the asset."
    ),
    fix=Fix(
        "az ml data create --file data.yml --workspace-name <workspace> --resource-group {group}",
        note="Copy the data to a datastore first, and archive this version afterwards.",
        undeclared=(
            "The data has to be copied before another version can reference its new location."
        ),
    ),
    sources=(
        "https://learn.microsoft.com/azure/cloud-adoption-framework/ready/azure-best-practices/ai-machine-learning-enterprise-security",
        "https://learn.microsoft.com/azure/templates/microsoft.machinelearningservices/workspaces",
    ),
    mappings={"mcsb": ("IM-8",), "waf": ("Security",)},
    parameters={
        "allowed_uri_hosts": ((), "Hosts of other approved locations; * matches any text."),
        "approved_external_accounts": ((), "Names of approved storage accounts elsewhere."),
    },
)
def approved_places(version: Subject) -> Verdict:
    """Read the URI; if it contained a secret, nothing else of it was kept."""
    if version.flag("properties.isArchived", default=False):
        return not_applicable("the version is archived")
    uri = version.text(URI)
    if uri.startswith(REDACTED):
        return fail("the URI contains a secret, such as a SAS token")
    if uri.startswith("azureml:"):
        return ok()
    place = urlsplit(uri)
    host = place.hostname or ""
    if place.scheme in SECURE and (account := OF_ACCOUNT.fullmatch(host)):
        return ok(f"account {_own(version, account[1])} is your own")
    if not host or place.scheme not in WEB:
        raise version.unfamiliar(URI, uri)
    if matches(version, "allowed_uri_hosts", host):
        return ok()
    return fail(f"the data is stored at {host}")


def _own(version: Subject, name: str) -> str:
    """Return the name of a storage account that is approved, or seen in the subscription.

    Raises:
        NoDataError: It is neither, and may be somebody's own in another subscription.
    """
    if name in texts_of(version, "approved_external_accounts"):
        return name
    for subscription in version.follow("subscription"):
        for account in subscription.follow("storage-accounts"):
            if account.name.lower() == name:
                return name
    raise version.undetermined(URI, f"who owns the account {name}")
