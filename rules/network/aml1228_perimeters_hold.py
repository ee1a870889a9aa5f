"""AML1228: network security perimeters of a workspace's dependencies let in only known networks."""

from collections.abc import Iterator
from typing import Final

from amlaudit import (
    Fix,
    Subject,
    Verdict,
    arm_id,
    fail,
    not_applicable,
    ok,
    removing,
    rule,
    setting,
)
from amlaudit.readings.addresses import is_wider, range_of
from amlaudit.readings.enumerations import one_of
from amlaudit.readings.firewall import LIMIT, public_access_of
from amlaudit.readings.parameters import number_of
from amlaudit.readings.partial import known_of
from amlaudit.readings.patterns import matches
from amlaudit.readings.texts import texts_in

LOGS: Final = "microsoft.operationalinsights/workspaces"
ASSOCIATIONS: Final = {
    "microsoft.storage/storageaccounts": "storage-perimeters",
    "microsoft.keyvault/vaults": "key-vault-perimeters",
    LOGS: "log-analytics-perimeters",
}
"""Relations to the associations with a perimeter, by type; container registries have none.

https://learn.microsoft.com/azure/private-link/network-security-perimeter-concepts
"""
ACCESS_TO_LOGS: Final = (
    "properties.publicNetworkAccessForIngestion",
    "properties.publicNetworkAccessForQuery",
)
ACCESS_TO_LOGS_SINCE: Final = "2020-08-01"  # API version
WAYS: Final = (
    ("storage", "storage-perimeters"),
    ("vaults", "key-vault-perimeters"),
    ("application-insights", "log-analytics", "log-analytics-perimeters"),
)
"""Relations from a workspace to the associations of its dependencies."""
RANGES: Final = "properties.addressPrefixes"
SUBSCRIPTIONS: Final = "properties.subscriptions"
TAGS: Final = "properties.serviceTags"
STATES: Final = ("enabled", "disabled", "securedbyperimeter")
MODES: Final = ("enforced", "learning", "audit")


@rule(
    id="AML1228",
    title=(
        "Network security perimeters around dependencies of the workspace are enforced and admit "
        "only known networks"
    ),
    severity="high",
    severity_reason="A stolen key or token for storage or vault can then be used from anywhere.",
    applies_to="Microsoft.MachineLearningServices/workspaces",
    because=(
        "Access rules of a perimeter take the place of a resource's own firewall, even if its "
        "public network access is disabled: an inbound rule for all addresses opens storage, key "
        "vault or logs to everybody. In learning (transition) mode, the perimeter secures nothing "
        "that the resource itself allows, and outbound traffic passes unless public network access "
        "is SecuredByPerimeter. Links to other perimeters are not examined. A resource that is "
        "SecuredByPerimeter without an association lets nobody in, but its association may be in "
        "a subscription that was not read."
    ),
    fix=Fix(
        "az network perimeter association update --resource-group <group> "
        "--perimeter-name <perimeter> --name <association> --access-mode Enforced",
        note=(
            "Before that, look in the logs of the perimeter for traffic that no access rule "
            "admits. Replace an access rule for all addresses by one for your own networks."
        ),
        companions=(
            *(
                setting(
                    "Microsoft.Network/networkSecurityPerimeters/resourceAssociations",
                    {"properties.accessMode": "Enforced"},
                    via=way,
                )
                for way in WAYS
            ),
            *(
                removing(*way, "perimeter-profile", "perimeter-rules", member=admitted)
                for way in WAYS
                for admitted in (RANGES, SUBSCRIPTIONS, TAGS)
            ),
        ),
    ),
    sources=(
        "https://learn.microsoft.com/azure/private-link/network-security-perimeter-transition",
        "https://learn.microsoft.com/azure/private-link/network-security-perimeter-concepts",
        "https://learn.microsoft.com/azure/storage/common/storage-network-security-perimeter",
    ),
    mappings={
        "mcsb": ["NS-2"],
        "nist_800_53_r5": ["AC-4", "SC-7", "SC-7(3)"],
        "iso_27001_2022": ["A.5.14", "A.8.20"],
        "waf": ["Security"],
    },
    parameters={
        **LIMIT,
        "allowed_service_tags": (
            (),
            "Service tags that inbound access rules may admit, with * as wildcard.",
        ),
    },
)
def perimeters_hold(workspace: Subject) -> Verdict:
    """Look at each association of each dependency, and at the inbound rules of its profile."""
    for flaw in known_of(map(_flaws_of, _dependencies(workspace))):
        return fail(flaw)
    associations = known_of(map(_associations, _dependencies(workspace)))
    if any(True for _ in associations):
        return ok()
    return not_applicable("no perimeter that was read holds a dependency of the workspace")


def _dependencies(workspace: Subject) -> Iterator[Subject]:
    """Yield what a workspace depends on and can be in a perimeter."""
    insights = workspace.follow("application-insights")
    logs = known_of(each.follow("log-analytics") for each in insights)
    return known_of((workspace.follow("storage"), workspace.follow("vaults"), logs))


def _associations(dependency: Subject) -> Iterator[Subject]:
    """Yield the associations of a dependency with perimeters."""
    return dependency.follow(ASSOCIATIONS[dependency.type])


def _flaws_of(dependency: Subject) -> Iterator[str]:
    """Yield how perimeters let more into a dependency than a few known networks."""
    seen = False
    for each in _associations(dependency):
        seen = True
        yield from known_of((_flaws_of_mode(dependency, each), _flaws_of_profile(dependency, each)))
    if seen:
        return
    for path, access in _accesses_to(dependency):
        if access == STATES[-1]:
            raise dependency.undetermined(path, "who is let in: no association was found")


def _accesses_to(dependency: Subject) -> Iterator[tuple[str, str]]:
    """Yield the paths and values of the settings of public access to a dependency."""
    if dependency.type != LOGS:
        yield "properties.publicNetworkAccess", public_access_of(dependency)
        return
    for path in ACCESS_TO_LOGS:
        since = ACCESS_TO_LOGS_SINCE
        yield path, one_of(dependency, path, STATES, default="Enabled", since=since)


def _flaws_of_mode(dependency: Subject, association: Subject) -> Iterator[str]:
    """Yield that an association is not enforced."""
    mode = one_of(association, "properties.accessMode", MODES, default="Learning")
    if mode != MODES[0]:
        perimeter = arm_id.name_of(arm_id.parent_of(association.id))
        yield f"{dependency.name} is in perimeter {perimeter} only in {mode} mode"


def _flaws_of_profile(dependency: Subject, association: Subject) -> Iterator[str]:
    """Yield what inbound rules of an association's profile admit too much of."""
    profiles = association.follow("perimeter-profile")
    rules = known_of(each.follow("perimeter-rules") for each in profiles)
    for found in known_of(map(_too_much, rules)):
        yield f"an access rule around {dependency.name} admits {found}"


def _too_much(each: Subject) -> Iterator[str]:
    """Yield what an access rule admits that may be anybody."""
    if one_of(each, "properties.direction", ("inbound", "outbound")) == "inbound":
        yield from known_of((_wide_ranges(each), _all_subscriptions(each), _wide_tags(each)))


def _wide_ranges(each: Subject) -> Iterator[str]:
    """Yield the address ranges of a rule that are too wide."""
    shortest = number_of(each, "min_prefix_length")
    for written in texts_in(each, RANGES, default=()):
        if is_wider(found := range_of(each, RANGES, written), shortest):
            yield str(found)


def _all_subscriptions(each: Subject) -> Iterator[str]:
    """Yield that a rule admits resources of all subscriptions."""
    for subscription in each.each(SUBSCRIPTIONS, default=()):
        if "*" in subscription.text("id"):
            yield "all subscriptions"


def _wide_tags(each: Subject) -> Iterator[str]:
    """Yield the service tags of a rule that nobody accepted."""
    for tag in texts_in(each, TAGS, default=()):
        if not matches(each, "allowed_service_tags", tag):
            yield f"service tag {tag}"
