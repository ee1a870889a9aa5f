"""AML1413: keys that encrypt workspaces are renewed by themselves."""

import re
from typing import Final

from amlaudit import Fix, Subject, Verdict, fail, not_applicable, ok, rule
from amlaudit.readings.companions import renewed_key
from amlaudit.readings.own_keys import has_own_key, own_key_of, rotations
from amlaudit.readings.parameters import number_of

POLICY: Final = "properties.rotationPolicy"
LENGTH: Final = re.compile(r"p(?=\d)(?:(\d+)y)?(?:(\d+)m)?(?:(\d+)w)?(?:(\d+)d)?")
DAYS: Final = (365, 30, 7, 1)  # of a year, a month, a week and a day


@rule(
    id="AML1413",
    title="The key that encrypts the workspace is renewed by itself once a year",
    severity="low",
    severity_reason="What people have to think of is forgotten, and the key stays as it is.",
    applies_to="Microsoft.MachineLearningServices/workspaces",
    because=(
        "A rotation policy makes a new version of the key in time, and keeps the old one for what "
        "it has encrypted. Without one it takes a person, a date and a ticket, and an audit asks "
        "for all three."
    ),
    fix=Fix(
        "az keyvault key rotation-policy update --vault-name <vault> --name <key> "
        "--value policy.json",
        note="Watch for the new version: where the workspace names one, it has to be told of it.",
        companions=(renewed_key(),),
    ),
    sources=(
        "https://learn.microsoft.com/azure/machine-learning/concept-customer-managed-keys",
        "https://github.com/Azure/azure-policy/blob/master/built-in-policies/policyDefinitions/Key%20Vault/Keys_KeyRotationPolicy_MaximumDaysToRotate.json",
    ),
    mappings={
        "mcsb": ["DP-6"],
        "cis_azure": ["3.0.0:3.3.8", "4.0.0:9.3.9", "5.0.0:8.3.9", "6.0.0:8.3.9"],
        "nist_800_53_r5": ["CM-3(6)", "SC-12", "SC-12(2)", "SC-28(3)"],
        "iso_27001_2022": ["A.8.24"],
        "azure_policy": ["d8cf8476-a2ec-4916-896e-992351803c44"],
        "waf": ["Security"],
    },
    parameters={"max_days": (365, "Longest time in days from one version of the key to the next.")},
)
def key_renewed(workspace: Subject) -> Verdict:
    """Look for a rotation that comes in time; encryption on the service's side has no use of it."""
    if not has_own_key(workspace):
        return not_applicable("the workspace is encrypted with keys that Microsoft keeps")
    if workspace.flag("properties.enableServiceSideCMKEncryption", default=False):
        return not_applicable("encryption on the side of the service follows no new version")
    key = own_key_of(workspace)
    after = [_days_between(key, rotation) for rotation in rotations(key)]
    if not after:
        return fail(f"the key {key.name} is not renewed by itself")
    if min(after) > number_of(workspace, "max_days"):
        return fail(f"the key {key.name} is renewed after {min(after)} days")
    return ok()


def _days_between(key: Subject, rotation: Subject) -> int:
    """Return after how many days a rotation makes a new version of a key."""
    if rotation.get("trigger.timeAfterCreate", default=None) is not None:
        return _days(rotation, "trigger.timeAfterCreate")
    lifetime = _days(key, f"{POLICY}.attributes.expiryTime")
    return lifetime - _days(rotation, "trigger.timeBeforeExpiry")


def _days(place: Subject, path: str) -> int:
    """Return a length of time in days: years have 365 and months 30, as policies mean them."""
    found = LENGTH.fullmatch(place.text(path))
    if not found:
        raise place.unfamiliar(path, place[path])
    counts = zip(found.groups(default="0"), DAYS, strict=True)
    return sum(int(count) * days for count, days in counts)
