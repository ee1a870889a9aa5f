"""AML1413: keys that encrypt workspaces are rotated automatically."""

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
    title="The key that encrypts the workspace is rotated automatically and often enough",
    severity="low",
    severity_reason=(
        "Manual rotation is easily forgotten, and the key then stays in use indefinitely."
    ),
    applies_to="Microsoft.MachineLearningServices/workspaces",
    because=(
        "A rotation policy creates a new version of the key on schedule and keeps the old version "
        "for the data it encrypted. Without a policy, rotation depends on a person, a calendar "
        "entry and a ticket, and auditors ask for evidence of each."
    ),
    fix=Fix(
        "az keyvault key rotation-policy update --vault-name <vault> --name <key> "
        "--value policy.json",
        note=(
            "Watch for the new version: a workspace that references a specific key version must be "
            "updated."
        ),
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
    parameters={"max_days": (365, "Maximum number of days between two versions of the key.")},
)
def key_renewed(workspace: Subject) -> Verdict:
    """Look for a rotation that is frequent enough."""
    if not has_own_key(workspace):
        return not_applicable("the workspace is encrypted with Microsoft-managed keys")
    key = own_key_of(workspace)
    after = [_days_between(key, rotation) for rotation in rotations(key)]
    if not after:
        return fail(f"the key {key.name} is not rotated automatically")
    if min(after) > number_of(workspace, "max_days"):
        return fail(f"the key {key.name} is rotated only after {min(after)} days")
    return ok()


def _days_between(key: Subject, rotation: Subject) -> int:
    """Return after how many days a rotation creates a new version of a key."""
    if rotation.get("trigger.timeAfterCreate", default=None) is not None:
        return _days(rotation, "trigger.timeAfterCreate")
    lifetime = _days(key, f"{POLICY}.attributes.expiryTime")
    return lifetime - _days(rotation, "trigger.timeBeforeExpiry")


def _days(place: Subject, path: str) -> int:
    """Return a duration in days: as policies count, a year has 365 and a month 30 days."""
    found = LENGTH.fullmatch(place.text(path))
    if not found:
        raise place.unfamiliar(path, place[path])
    counts = zip(found.groups(default="0"), DAYS, strict=True)
    return sum(int(count) * days for count, days in counts)
