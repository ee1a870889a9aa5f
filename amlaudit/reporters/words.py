"""How human-readable reports word statuses, reasons, shares, times, values and waivers."""

import json
import math
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from typing import Final

from amlaudit.core import arm_id, history
from amlaudit.core.gap import Reason
from amlaudit.core.patterns import late_pattern
from amlaudit.core.policy_view import Compliance, PolicyView
from amlaudit.core.report import Finding, Report, ResourceRef, Score
from amlaudit.core.rule import Change
from amlaudit.core.type_names import spelled_type
from amlaudit.core.verdict import Seen, Status
from amlaudit.core.waiver import Waiver, WaiverKind, WaiverState

STATUSES: Final = {
    Status.FAIL: "Failing",
    Status.UNKNOWN: "Unknown",
    Status.MANUAL: "Manual",
    Status.PASS: "Passed",
    Status.NOT_APPLICABLE: "Not applicable",
}
"""In order of relevance to readers."""
REASONS: Final[dict[Reason | None, str]] = {
    Reason.FORBIDDEN: "No permission to read",
    Reason.THROTTLED: "Azure throttled the requests",
    Reason.TIMEOUT: "No answer in time",
    Reason.API_ERROR: "Azure answered with an error",
    Reason.NOT_COLLECTED: "Not collected",
    Reason.UNSUPPORTED: "Not understood by this version",
    Reason.STALE: "Too old to answer",
    Reason.ABSENT: "No value, and no documented default",
    Reason.UNRESOLVED: "Known only at deployment",
    Reason.RULE_ERROR: "The rule could not be evaluated",
    None: "No reason given",
}
SEEN: Final = {
    Seen.PRESENT: "present",
    Seen.ABSENT: "absent",
    Seen.DEFAULT: "absent, Azure's default applies",
    Seen.GAP: "not known",
}
CHANGES: Final = {
    Change.IN_PLACE: "Changed in place",
    Change.RECREATE: "Needs a rebuild: fixed at creation",
    Change.CREATE_COMPANION: "Needs another resource",
}
COMPARISONS: Final = {
    history.Change.NEW: "New",
    history.Change.REOPENED: "No longer waived",
    history.Change.UNCHANGED: "Unchanged",
    history.Change.UPDATED: "Changed",
    history.Change.FIXED: "Fixed",
    history.Change.COVERAGE_LOST: "No longer known",
    history.Change.VANISHED: "No longer judged",
}
COMPLIANCE: Final = {
    Compliance.NON_COMPLIANT: "non-compliant",
    Compliance.COMPLIANT: "compliant",
    Compliance.EXEMPT: "exempt",
    Compliance.CONFLICTING: "in conflict",
    Compliance.UNKNOWN: "not evaluated",
}
WAIVER_KINDS: Final = {
    WaiverKind.ACCEPTED_RISK: "Accepted risk",
    WaiverKind.MITIGATED: "Mitigated otherwise",
    WaiverKind.FALSE_POSITIVE: "False positive",
    WaiverKind.PLANNED_FIX: "Fix is planned",
}
WAIVER_STATES: Final = {
    WaiverState.EXPIRED: "Expired",
    WaiverState.LAPSED: "Lapsed: the evidence changed",
    WaiverState.TOO_LONG: "Longer than allowed",
    WaiverState.TOO_BROAD: "Matches more than allowed",
    WaiverState.UNUSED: "Matches no fail",
    WaiverState.PENDING: "Not yet in effect",
    WaiverState.ACTIVE: "Active",
}
"""In order of relevance to readers: invalid ones first."""
FRAMEWORKS: Final = {
    "mcsb": "Microsoft cloud security benchmark",
    "cis_azure": "CIS Azure Foundations",
    "nist_800_53_r5": "NIST SP 800-53 r5",
    "iso_27001_2022": "ISO/IEC 27001:2022",
    "azure_policy": "Azure Policy",
    "waf": "Well-Architected Framework",
}
_SCOPES: Final = frozenset({"management group", "resource group", "subscription"})
_ACRONYMS: Final = frozenset({"dns", "ip", "nat"})
_NEW_WORD: Final = late_pattern(r"(?<=[a-z])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")

_SOON: Final = timedelta(days=30)
"""How long before their end waivers are pointed out."""
_LONGEST_VALUE: Final = 2_000
"""Maximum number of characters of an observed value in a human-readable report."""
_UNREADABLE: Final = (
    *range(0x7F, 0xA0),
    *range(0xD800, 0xE000),
    *range(0xFDD0, 0xFDF0),
    *(plane + end for plane in range(0, 0x110000, 0x10000) for end in (0xFFFE, 0xFFFF)),
)
_DECEPTIVE: Final = (
    *(0x061C, 0x200B, 0x200E, 0x200F, 0x2028, 0x2029, 0xFEFF),
    *range(0x202A, 0x202F),
    *range(0x2060, 0x206A),
    *range(0xE0001, 0xE0080),  # tags: letters that no screen shows
)
VISIBLE: Final = {
    **dict.fromkeys(_UNREADABLE, "\ufffd"),
    **{code: chr(0x2400 + code) for code in range(0x20) if chr(code) not in "\t\n"},
    **{code: f"⟨U+{code:04X}⟩" for code in _DECEPTIVE},
}
"""Replacements for characters that hide, reorder or break their surroundings, by code point."""


def visible(value: object) -> object:
    """Return a text without characters that hide, reorder or break their surroundings.

    Everything else, markup included, is returned as it is.
    """
    if type(value) is not str or (value.isascii() and value.isprintable()):
        return value  # true of nearly all, and found out in a tenth of the time
    return value.translate(VISIBLE)


def policies_of(finding: Finding) -> str:
    """Return Azure Policy's verdicts on a finding's resource: `compliant and non-compliant`."""
    return " and ".join(sorted({each.compliance.replace("_", "-") for each in finding.policies}))


def details_of(view: PolicyView) -> Iterator[str]:
    """Yield the details behind a policy's verdict, in words."""
    for each in view.expressions:
        held = "holds" if each.held else "does not hold"
        yield f"{each.path} is {each.found}: {each.operator} {each.wanted} {held}"
    for task in view.remediations:
        noun = "deployment" if task.deployments == 1 else "deployments"
        counted = "" if task.deployments is None else f", {task.deployments} {noun}"
        failed = f", {task.failed} of them failed" if task.failed else ""
        yield f"remediation {task.name}: {task.state or 'state unknown'}{counted}{failed}"
    for stated in view.attestations:
        by = f" by {stated.owner}" if stated.owner else ""
        until = f" until {stated.expires}" if stated.expires else ""
        why = f": {stated.comment}" if stated.comment else ""
        yield f"attested as {COMPLIANCE[stated.compliance]}{by}{until}{why}"
    yield from (each.in_words() for each in view.exemptions)


def group_of(resource_id: str) -> str:
    """Return the name of the resource group in an id, `""` if there is none."""
    return arm_id.name_of(arm_id.resource_group_of(resource_id))


def short_name(resource: ResourceRef) -> str:
    """Return the name of a resource, preceded by its parent's: `mlw-fraud-prod/aks-fraud`."""
    segments = resource.id.strip("/").split("/")
    is_child = resource.type.count("/") > 1
    return f"{segments[-3]}/{resource.name}" if is_child else resource.name


def context_of(resource_id: str) -> str:
    """Return what an id names and where: `workspace in rg-ml`, `subscription`."""
    kind = _one_of(arm_id.name_of(spelled_type(arm_id.type_of(resource_id))))
    group = group_of(resource_id)
    if kind in _SCOPES or not group:
        return kind
    return f"{kind} in {group}" if kind else f"in {group}"


def _one_of(kind: str) -> str:
    """Return the singular of a type's plural ARM name in words: `storage account`."""
    parts = [part.lower() for part in _NEW_WORD.split(kind)]
    words = " ".join(part.upper() if part in _ACRONYMS else part for part in parts)
    if words.endswith("ies"):
        return f"{words.removesuffix('ies')}y"
    return words.removesuffix("es") if words.endswith("sses") else words.removesuffix("s")


def value_of(observed: object, longest: int = _LONGEST_VALUE) -> str:
    """Return an observed JSON value as text, cut off and counted if it is too long."""
    try:
        text = json.dumps(observed, ensure_ascii=False, sort_keys=True, default=_plain)
    except RecursionError:
        return "… (nested too deeply to show)"
    rest = len(text) - longest
    if rest <= 0:
        return text
    return f"{text[:longest]}… ({rest:,} more characters, in full in the JSON report)"


def _plain(value: object) -> object:
    """Return as JSON what rules see of a document: a frozen object, or a default of their own."""
    return dict(value) if isinstance(value, Mapping) else str(value)


def ends_soon(waiver: Waiver, at: datetime) -> bool:
    """Tell whether a waiver is about to end, or has ended."""
    return waiver.expires <= (at + _SOON).date()


def moment_of(at: datetime) -> str:
    """Return a time in UTC, to the second."""
    return f"{at.astimezone(UTC):%Y-%m-%d %H:%M:%S}"


def percent_of(share: float, *, up: bool = False) -> int:
    """Return a share as a whole percentage, rounded down so that it never flatters."""
    # Binary fractions: 0.29 * 100 is 28.999999999999996.
    exact = round(share * 100, 6)
    return math.ceil(exact) if up else math.floor(exact)


def interval_of(score: Score) -> str:
    """Return the posture as an interval rounded outwards, a single number if nothing is unknown."""
    low, high = percent_of(score.low), percent_of(score.high, up=score.high > score.low)
    return f"{low} %" if low == high else f"{low}\N{EN DASH}{high} %"


def switched_off(report: Report) -> Iterator[str]:
    """Yield the rules that the profile switches off, everywhere or in one environment, and why."""
    profile = report.profile
    if profile is None:
        return
    for each in profile.disabled:
        overdue = " (its review is overdue)" if each.is_overdue(report.at) else ""
        yield f"{each.rule.id} {each.rule.title}{overdue}: {each.justification}"
    for override in profile.overrides:
        if override.severity is None:
            yield f"{override.rule_id} in {override.environment}: {override.justification}"


def masked_of(report: Report) -> str:
    """Return what placeholders hide in a masked report."""
    what = "ids and names" if report.masked == "all" else report.masked
    return f"{what} of the estate have stand-ins"
