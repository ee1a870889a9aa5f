"""AML1204: a workspace with public network access allows only selected IP ranges."""

from collections.abc import Iterator
from itertools import chain
from typing import Final

from amlaudit import Fix, Subject, Verdict, fail, not_applicable, ok, rule, setting
from amlaudit.readings.addresses import Range, is_wider, range_of
from amlaudit.readings.enumerations import one_of
from amlaudit.readings.parameters import number_of, texts_of
from amlaudit.readings.partial import known_of, known_of_each
from amlaudit.readings.previews import prove_shown, shown_in_preview
from amlaudit.readings.texts import text_of

ACCESS_SHOWN_SINCE: Final = "2021-07-01"  # API version
RULES: Final = "properties.networkAcls"
IP_RULES: Final = f"{RULES}.ipRules"
TEXTS: Final = "properties.ipAllowlist"
SHOWN_SINCE: Final = "2024-10-01"  # preview of the API


@rule(
    id="AML1204",
    title="A workspace with public network access allows only selected IP ranges",
    severity="high",
    severity_reason="Without an IP allowlist, the workspace depends on no token ever being stolen.",
    applies_to="Microsoft.MachineLearningServices/workspaces",
    because=(
        "Not every company can disable public network access. A workspace that keeps it can still "
        "deny all addresses except those of the company, so that a stolen token is useless from "
        "outside. Without an allowlist, all addresses are allowed."
    ),
    fix=Fix(
        "az ml workspace update --name {name} --resource-group {group} "
        "--public-network-access Enabled --network-acls <comma-separated IPv4 ranges>",
        note=(
            "The command replaces the previous allowlist. If public network access is disabled "
            "later, the list stays in effect for online endpoints."
        ),
        companions=(
            setting(
                "Microsoft.MachineLearningServices/workspaces",
                {
                    "properties.networkAcls": {
                        "defaultAction": "Deny",
                        "ipRules": [{"value": "<address range>"}],
                    },
                    "properties.ipAllowlist": ["<address range>"],
                },
            ),
        ),
    ),
    sources=(
        "https://learn.microsoft.com/azure/machine-learning/how-to-configure-private-link",
        "https://learn.microsoft.com/azure/machine-learning/how-to-network-isolation-planning",
    ),
    mappings={"mcsb": ["NS-2"], "waf": ["Security"]},
    parameters={
        "min_prefix_length": (
            24,
            "Shortest IPv4 prefix length of a range; for IPv6, with the same host bits.",
        ),
        "allowed_egress_ranges": (
            (),
            "Egress IP ranges of the company; if set, no other range may be allowed.",
        ),
    },
)
def public_to_few_addresses(workspace: Subject) -> Verdict:
    """Check each allowed range; a workspace without an allowlist allows all addresses."""
    if workspace.text("kind", default="Default") == "project":
        return not_applicable("a project is reached through its hub")
    states, path = ("enabled", "disabled"), "properties.publicNetworkAccess"
    if one_of(workspace, path, states, default="Enabled", since=ACCESS_SHOWN_SINCE) == "disabled":
        return not_applicable("public network access is disabled")
    shown = shown_in_preview(workspace, "workspace-preview", (RULES, TEXTS), SHOWN_SINCE)
    listed = chain.from_iterable(shown.each(each, default=()) for each in (IP_RULES, TEXTS))
    if _lets_in_all(shown, listed=any(True for _ in listed)):
        return fail("addresses that are not on an allowlist can reach the workspace")
    company = [
        range_of(workspace, "allowed_egress_ranges", each)
        for each in sorted(texts_of(workspace, "allowed_egress_ranges"))
    ]
    shortest = number_of(workspace, "min_prefix_length")
    for each in _ranges(shown):
        if is_wider(each, shortest):
            return fail(f"the allowed range {each} is too wide")
        if company and not any(_lies_in(each, whole) for whole in company):
            return fail(f"the allowed range {each} does not belong to the company")
    return ok()


def _ranges(workspace: Subject) -> Iterator[Range]:
    """Yield the ranges of both lists: current IP rules and the legacy allowlist.

    Raises:
        NoDataError: After the last one that is known, if there may be more.
    """
    rules = known_of_each(
        workspace.each(IP_RULES, default=()),
        lambda each: [range_of(each, "value", each.text("value"))],
    )
    texts = known_of_each(
        workspace.each(TEXTS, default=()),
        lambda each: [range_of(workspace, TEXTS, text_of(each))],
    )
    return known_of((rules, texts))


def _lies_in(small: Range, large: Range) -> bool:
    """Tell whether a range lies within another; of different IP versions, none does."""
    first, last = small.network_address, small.broadcast_address
    return first in large and last in large


def _lets_in_all(workspace: Subject, *, listed: bool) -> bool:
    """Tell whether unlisted addresses are allowed; a legacy allowlist denies all others.

    Some answers of stable API versions hold the lists, although only previews always do.
    """
    if workspace.get(RULES, default=None) is not None:
        return one_of(workspace, f"{RULES}.defaultAction", ("allow", "deny")) == "allow"
    if not listed:
        prove_shown(workspace, RULES, SHOWN_SINCE, "which addresses are allowed")
    return not listed
