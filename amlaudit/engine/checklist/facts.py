"""What a report says about each rule: its worst findings, and hashes to detect changes."""

from collections import Counter
from collections.abc import Container, Iterable, Mapping, Sequence
from hashlib import sha256
from itertools import islice
from typing import Any, Final

from msgspec import Struct, field

from amlaudit.core.checklist import CheckState, Sighting
from amlaudit.core.observed import EvidenceHashes
from amlaudit.core.ranked import by_rule
from amlaudit.core.report import Finding, Report
from amlaudit.core.rule import Severity
from amlaudit.core.verdict import Status

BENCHMARK: Final = "mcsb"
"""The framework whose severe controls must not fail."""

MAX_SIGHTINGS: Final = 5
"""How many findings a check shows; the report has them all."""

_AT_ONCE: Final = 32
"""Findings hashed and counted together: a single one on a subscription has much evidence."""

STATES: Final = {
    Status.FAIL: CheckState.FAIL,
    Status.UNKNOWN: CheckState.UNKNOWN,
    Status.MANUAL: CheckState.NOT_AUTOMATED,
    Status.PASS: CheckState.PASS,
    Status.NOT_APPLICABLE: CheckState.NOT_APPLICABLE,
}


class RuleFacts(Struct):
    """What a report says about one rule.

    Attributes:
        counts: Number of findings by state.
        sightings: The first findings of each state.
        waivers: Ids of the waivers that mark its fails, in the order of the findings.
        digest: Hash over its verdicts, and what applicable ones observed; of nothing for a rule
            that no answer depends on.
    """

    counts: Counter[CheckState] = field(default_factory=Counter)
    sightings: dict[CheckState, list[Sighting]] = field(default_factory=dict)
    waivers: dict[str, None] = field(default_factory=dict)
    digest: Any = field(default_factory=sha256)

    def note(self, states: Sequence[CheckState], findings: Sequence[Finding]) -> None:
        """Count findings by state, and keep the first few of each."""
        for state, count in Counter(states).items():
            room = MAX_SIGHTINGS - self.counts[state]
            self.counts[state] += count
            if room > 0:
                pairs = zip(findings, states, strict=True)
                first = islice((each for each, other in pairs if other is state), room)
                self.sightings.setdefault(state, []).extend(map(_sighting_of, first))
        self.waivers |= {each.waiver.id: None for each in findings if each.waiver}


class Facts(Struct, frozen=True):
    """What a report says, as far as a checklist needs it.

    Attributes:
        rules: By id, for every evaluated rule that the checklist asks for.
        disabled: Why a profile disables a rule, by id.
        benchmark: The facts of all severe rules that the security benchmark asks for, combined.
        digest: Hash over every verdict of the report.
    """

    rules: Mapping[str, RuleFacts]
    disabled: Mapping[str, str]
    benchmark: RuleFacts
    digest: str


def facts_of(report: Report, wanted: Iterable[str], watched: Container[str] = ()) -> Facts:
    """Return what a report says about some rules, in one pass over its findings.

    Args:
        report: The report.
        wanted: Ids of the rules that answer checks.
        watched: Ids of those of which every change counts, because answers depend on it.
    """
    ids = {*wanted}
    rules = {rule.id: RuleFacts() for rule in report.rules if rule.id in ids}
    severe = {
        rule.id
        for rule in report.rules
        if rule.severity.at_least(Severity.HIGH) and BENCHMARK in rule.mappings
    }
    benchmark, digest, hashes = RuleFacts(), sha256(), EvidenceHashes()
    for pack in report.packs:
        digest.update(f"{pack.name} {pack.sha256}\n".encode())
    digest.update((report.profile.sha256 if report.profile else "").encode())
    for rule, findings in by_rule(report.findings):
        own = rules.get(rule.id)
        counting = [own] if own else []
        counting += [benchmark] if rule.id in severe else []
        changes = own.digest if own and rule.id in watched else None
        while several := list(islice(findings, _AT_ONCE)):
            lines, states = [*map(_verdict_line, several)], [*map(state_of, several)]
            digest.update(_bytes(lines))
            for each in counting:
                each.note(states, several)
            if changes:
                seen = (_evidence_hash(each, hashes) for each in several)
                changes.update(_bytes(map("{} {}".format, lines, seen)))
    disabled_rules = report.profile.disabled if report.profile else ()
    disabled = {each.rule.id: each.justification for each in disabled_rules}
    return Facts(rules, disabled, benchmark, digest.hexdigest())


def _verdict_line(finding: Finding) -> str:
    """Return what a finding says, independently of its wording."""
    status = str(finding.verdict.status)  # an enumeration member is slow to format
    waiver = finding.waiver.id if finding.waiver else ""
    return f"{finding.rule.id} {finding.resource.id} {finding.subject_key} {status} {waiver}"


def _evidence_hash(finding: Finding, hashes: EvidenceHashes) -> str:
    """Return the hash of what a finding observed, empty if it is not applicable."""
    if finding.verdict.status is Status.NOT_APPLICABLE:
        return ""
    return hashes.of(finding.verdict.looks, finding.resource.id, finding.others)


def _bytes(lines: Iterable[str]) -> bytes:
    """Return lines as bytes to hash; a name may contain what cannot be encoded."""
    return "".join([f"{each}\n" for each in lines]).encode("utf-8", "surrogatepass")


def state_of(finding: Finding) -> CheckState:
    """Return the state that a finding alone would give a check."""
    return CheckState.WAIVED if finding.waiver else STATES[finding.verdict.status]


def _sighting_of(finding: Finding) -> Sighting:
    """Return a finding as a check shows it."""
    return Sighting(
        finding.id,
        finding.rule.id,
        finding.resource.id,
        finding.resource.name,
        finding.verdict.status,
        finding.waiver.id if finding.waiver else "",
        finding.verdict.message,
    )
