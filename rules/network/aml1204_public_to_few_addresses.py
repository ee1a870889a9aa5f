"""AML1204: a workspace that is open to the public is open to few addresses."""

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

RULES: Final = "properties.networkAcls"
IP_RULES: Final = f"{RULES}.ipRules"
TEXTS: Final = "properties.ipAllowlist"
SHOWN_SINCE: Final = "2024-10-01"  # preview of the API


@rule(
    id="AML1204",
    title="A workspace that is open to the public is open to few addresses",
    severity="high",
    severity_reason="Open to every address, it relies on no token ever being stolen.",
    applies_to="Microsoft.MachineLearningServices/workspaces",
    because=(
        "Not every company can close a workspace to the public. One that stays open can still "
        "refuse everybody but the addresses of the company, so that a stolen token is of use only "
        "from inside. Without a list every address may come."
    ),
    fix=Fix(
        "az ml workspace network-rule add --resource-group {group} --workspace-name {name} "
        "--ip-address <range>",
        note="Closing public access later leaves the list in force for online endpoints.",
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
            "The shortest IPv4 prefix of a range; in IPv6 one that leaves as many bits.",
        ),
        "allowed_egress_ranges": (
            (),
            "The ranges that the company's traffic comes from; no other may be listed, if set.",
        ),
    },
)
def public_to_few_addresses(workspace: Subject) -> Verdict:
    """Judge each range of the list; a workspace without one is open to all."""
    if workspace.text("kind", default="Default") == "project":
        return not_applicable("a project is reached through its hub")
    states, path = ("enabled", "disabled"), "properties.publicNetworkAccess"
    if one_of(workspace, path, states, default="Enabled") == "disabled":
        return not_applicable("the workspace is closed to the public")
    shown = shown_in_preview(workspace, "workspace-preview", (RULES, TEXTS), SHOWN_SINCE)
    listed = chain.from_iterable(shown.each(each, default=()) for each in (IP_RULES, TEXTS))
    if _lets_in_all(shown, listed=any(True for _ in listed)):
        return fail("addresses that are not listed may reach the workspace")
    company = [
        range_of(workspace, "allowed_egress_ranges", each)
        for each in sorted(texts_of(workspace, "allowed_egress_ranges"))
    ]
    shortest = number_of(workspace, "min_prefix_length")
    for each in _ranges(shown):
        if is_wider(each, shortest):
            return fail(f"{each} may reach the workspace, which is too wide a range")
        if company and not any(_lies_in(each, whole) for whole in company):
            return fail(f"{each} may reach the workspace, and is not the company's")
    return ok()


def _ranges(workspace: Subject) -> Iterator[Range]:
    """Yield the ranges of both lists: the rules of today, and the texts before them.

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
    """Tell whether all of a range lies in another; of two internets, none does."""
    first, last = small.network_address, small.broadcast_address
    return first in large and last in large


def _lets_in_all(workspace: Subject, *, listed: bool) -> bool:
    """Tell whether addresses may come in that are on no list; a plain list lets in no others.

    Some answers of stable versions hold the lists, although only previews are sure to.
    """
    if workspace.get(RULES, default=None) is not None:
        return one_of(workspace, f"{RULES}.defaultAction", ("allow", "deny")) == "allow"
    if not listed:
        prove_shown(workspace, RULES, SHOWN_SINCE, "who may come in")
    return not listed
