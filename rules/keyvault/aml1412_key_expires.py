"""AML1412: keys that encrypt workspaces end some day, and have not ended."""

from amlaudit import Fix, Subject, Verdict, fail, not_applicable, ok, rule
from amlaudit.readings.companions import renewed_key
from amlaudit.readings.own_keys import has_own_key, own_key_of, rotations

ENDS = "properties.attributes.exp"


@rule(
    id="AML1412",
    title="The key that encrypts the workspace is in force, and ends or is renewed some day",
    severity="low",
    severity_reason="A key without an end is never renewed; one that ended locks the workspace.",
    applies_to="Microsoft.MachineLearningServices/workspaces",
    because=(
        "The longer a key lives, the more it encrypts and the more people have had a chance at "
        "it. A date on which it ends makes somebody renew it; a date that has passed, or a key "
        "that was switched off, takes the workspace and its data with it."
    ),
    fix=Fix(
        "az keyvault key set-attributes --vault-name <vault> --name <key> --expires <time>",
        note="Let the key be renewed by itself first, and point the workspace to the new version.",
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
    """Look at the state of the key, at its end, and without one at how it is renewed."""
    if not has_own_key(workspace):
        return not_applicable("the workspace is encrypted with keys that Microsoft keeps")
    key = own_key_of(workspace)
    if not key.flag("properties.attributes.enabled", default=True):
        return fail(f"the key {key.name} is switched off")
    if key.get(ENDS, default=None) is not None:
        ended = key.time(ENDS) <= key.read_at
        return fail(f"the key {key.name} has ended") if ended else ok()
    if any(True for _ in rotations(key)):
        return ok("the key is renewed by itself")
    return fail(f"the key {key.name} never ends and is never renewed")
