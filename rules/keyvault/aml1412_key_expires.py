"""AML1412: keys that encrypt workspaces are valid, and expire or are rotated."""

from urllib.parse import urlsplit

from amlaudit import Fix, Subject, Verdict, fail, not_applicable, ok, rule
from amlaudit.readings.companions import renewed_key
from amlaudit.readings.own_keys import KEY, has_own_key, own_key_of, rotations

BEGINS = "properties.attributes.nbf"
ENDS = "properties.attributes.exp"
SHOWN = "properties.keyUriWithVersion"


@rule(
    id="AML1412",
    title="The key that encrypts the workspace is valid, and expires or is rotated automatically",
    severity="low",
    severity_reason=(
        "A key without expiration is never rotated; an expired key locks the workspace."
    ),
    applies_to="Microsoft.MachineLearningServices/workspaces",
    because=(
        "The longer a key is in use, the more data it encrypts and the more people have had a "
        "chance to obtain it. An expiration date forces someone to rotate it. A key that has "
        "expired, is not valid yet or is disabled makes the workspace and its data inaccessible."
    ),
    fix=Fix(
        "az keyvault key set-attributes --vault-name <vault> --name <key> --expires <time>",
        note="Configure automatic rotation first, and update the workspace to the new key version.",
        companions=(renewed_key(),),
    ),
    sources=(
        "https://learn.microsoft.com/azure/machine-learning/concept-customer-managed-keys",
        "https://github.com/Azure/azure-policy/blob/master/built-in-policies/policyDefinitions/Key%20Vault/Keys_ExpirationSet.json",
    ),
    mappings={
        "mcsb": ["DP-6"],
        "cis_azure": [
            "3.0.0:3.3.1",
            "3.0.0:3.3.2",
            "4.0.0:9.3.1",
            "4.0.0:9.3.2",
            "5.0.0:8.3.1",
            "5.0.0:8.3.2",
            "6.0.0:8.3.1",
            "6.0.0:8.3.2",
        ],
        "nist_800_53_r5": ["AC-2", "CM-3(6)", "IA-5", "SC-12"],
        "iso_27001_2022": ["A.5.18", "A.8.24"],
        "azure_policy": ["152b15f7-8e1f-4c1f-ab71-8c010ba5dbc0"],
        "waf": ["Security"],
    },
)
def key_expires(workspace: Subject) -> Verdict:
    """Check that the key can be used now, and that it expires or is rotated."""
    if not has_own_key(workspace):
        return not_applicable("the workspace is encrypted with Microsoft-managed keys")
    key = own_key_of(workspace)
    _prove_version_used(workspace, key)
    if not key.flag("properties.attributes.enabled", default=True):
        return fail(f"the key {key.name} is disabled")
    if key.get(BEGINS, default=None) is not None and key.time(BEGINS) > key.read_at:
        return fail(f"the key {key.name} is not valid yet")
    if key.get(ENDS, default=None) is not None:
        ended = key.time(ENDS) <= key.read_at
        return fail(f"the key {key.name} has expired") if ended else ok()
    if any(True for _ in rotations(key)):
        return ok("the key is rotated automatically")
    return fail(f"the key {key.name} has no expiration date and no automatic rotation")


def _prove_version_used(workspace: Subject, key: Subject) -> None:
    """Raise if the workspace uses another version of a key than the one that Azure shows.

    It shows the latest one: https://learn.microsoft.com/rest/api/keyvault/keyvault/keys/get

    Raises:
        NoDataError: It uses another version, whose dates are not known.
    """
    used = _version_in(workspace.text(KEY))
    shown = _version_in(key.text(SHOWN, default="")) if used else ""
    if shown and used != shown:
        raise workspace.undetermined(
            KEY, "whether its version of the key is valid: the vault shows another one"
        )


def _version_in(uri: str) -> str:
    """Return the version in the URI of a key, empty without one."""
    return urlsplit(uri).path.removeprefix("/keys/").partition("/")[2].rstrip("/")
