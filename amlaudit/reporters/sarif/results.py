"""Findings as SARIF results."""

from collections import Counter
from collections.abc import Iterable, Mapping
from hashlib import sha256
from typing import Final
from urllib.parse import quote

from msgspec import Struct, field

from amlaudit.core import arm_id
from amlaudit.core.gap import Reason
from amlaudit.core.history import Baseline, Change, Earlier
from amlaudit.core.report import Finding, Report, ResourceRef
from amlaudit.core.rule import Rule
from amlaudit.core.verdict import Status
from amlaudit.core.waiver import Waiver
from amlaudit.reporters.encoding import given, utc
from amlaudit.reporters.inventory import own_paths
from amlaudit.reporters.sarif.options import Profile, SarifOptions
from amlaudit.reporters.sarif.places import MAX_LOCATED, Located, Places
from amlaudit.reporters.sarif.rules import LEVELS
from amlaudit.reporters.texts import number, plain, sentence

_LONGEST_NAME: Final = 100
_LONGEST_ID: Final = 500
_LONGEST_MESSAGE: Final = 1000
_NAMED: Final = 3
"""Resources named in the message on an unknown rule; the logical locations name more."""
_MAX_PERMISSIONS: Final = 10

_KINDS: Final = {
    Status.PASS: "pass",
    Status.FAIL: "fail",
    Status.UNKNOWN: "open",
    Status.MANUAL: "review",
    Status.NOT_APPLICABLE: "notApplicable",
}
_PREDICATES: Final = {
    Status.PASS: "meets",
    Status.FAIL: "does not meet",
    Status.UNKNOWN: "could not be judged by",
    Status.MANUAL: "needs a manual check for",
    Status.NOT_APPLICABLE: "is not subject to",
}
_STATES: Final = {Change.NEW: "new", Change.UNCHANGED: "unchanged", None: "unchanged"}
"""All other changes are "updated"."""


class Blind(Struct):
    """What a rule could not judge, accumulated as findings are processed in their order.

    Attributes:
        rule: The rule.
        key: What distinguishes it from the same rule in other files.
        resources: The first of them.
        count: How many there are.
        reasons: Reasons, and how often each occurred.
        permissions: Permissions that would help.
        last: Id of the resource that was counted last.
    """

    rule: Rule
    key: str
    resources: list[ResourceRef] = field(default_factory=list)
    count: int = 0
    reasons: Counter[Reason] = field(default_factory=Counter)
    permissions: set[str] = field(default_factory=set)
    last: str = ""

    def add(self, finding: Finding) -> None:
        """Count a finding; those of one resource are consecutive."""
        verdict = finding.verdict
        if finding.resource.id != self.last or not self.count:
            self.last = finding.resource.id
            self.count += 1
            if self.count <= MAX_LOCATED:
                self.resources.append(finding.resource)
        if verdict.reason:
            self.reasons[verdict.reason] += 1
        if verdict.permission:
            self.permissions.add(verdict.permission)


class Results(Struct, frozen=True):
    """Converts the findings of one report to results.

    Attributes:
        options: The SARIF options.
        places: Locations of results.
        indices: Position of each rule in the run, by id.
        baseline: The baseline of the report.
        seen_at: The time at which everything was last seen, as text.
    """

    options: SarifOptions
    places: Places
    indices: Mapping[str, int]
    baseline: Baseline | None
    seen_at: str

    @classmethod
    def of(
        cls, report: Report, options: SarifOptions, places: Places, indices: Mapping[str, int]
    ) -> "Results":
        """Return the converter for a report."""
        return cls(options, places, indices, report.baseline, utc(report.at))

    def of_finding(self, finding: Finding) -> dict[str, object]:
        """Return a finding as a result."""
        rule, resource = finding.rule, finding.resource
        status = finding.verdict.status
        located = self.places.located([resource], own_paths(finding), finding.place)
        sentences = (
            f"{_quoted(resource)} {_PREDICATES[status]} {rule.id}: {_title(rule)}",
            sentence(plain(finding.verdict.message, _LONGEST_MESSAGE)),
            f"Resource: '{plain(resource.id, _LONGEST_ID)}'.",
        )
        kind = self._kind(status, LEVELS[rule.severity])
        return {
            **self._result(rule.id, kind, sentences, located, finding.id),
            **({} if self.options.profile is Profile.GITHUB else self._history(finding)),
        }

    def of_blind(self, blind: Blind) -> dict[str, object]:
        """Return everything that a rule could not judge as one result."""
        rule = blind.rule
        named = ", ".join(_quoted(each) for each in blind.resources[:_NAMED])
        more = f" and {blind.count - _NAMED:,} more" if blind.count > _NAMED else ""
        counted = ", ".join(f"{each} {count:,}" for each, count in sorted(blind.reasons.items()))
        permissions = sorted(blind.permissions)
        sentences = [
            f"{rule.id} could not be judged on {named}{more}: {_title(rule)}",
            f"Neither passed nor failed: {number(blind.count, 'resource')} ({counted}).",
        ]
        if permissions:
            spelled = (f"'{plain(each, _LONGEST_ID)}'" for each in permissions[:_MAX_PERMISSIONS])
            sentences.append(f"Missing permissions: {', '.join(spelled)}.")
        located = self.places.located(blind.resources)
        identity = sha256(f"{rule.id} unknown {blind.key}".rstrip().encode()).hexdigest()[:32]
        kind = self._kind(Status.UNKNOWN, "note")
        return {
            **self._result(rule.id, kind, sentences, located, identity),
            "properties": {
                "status": Status.UNKNOWN,
                "resources": blind.count,
                "reasons": dict(sorted(blind.reasons.items())),
                "missingPermissions": permissions,
            },
        }

    def of_gone(self, earlier: Earlier) -> dict[str, object]:
        """Return a fail whose resource or rule is gone as a result."""
        resource = ResourceRef(earlier.resource_id, "", arm_id.name_of(earlier.resource_id))
        located = self.places.located([resource])
        sentences = (
            f"{_quoted(resource)} is no longer judged by {earlier.rule_id}: one of them is gone.",
            f"Before: {sentence(plain(earlier.message, _LONGEST_MESSAGE))}",
        )
        kind = self._kind(earlier.status, LEVELS[earlier.severity])
        return {
            **self._result(earlier.rule_id, kind, sentences, located, earlier.id),
            "baselineState": "absent",
            "provenance": {"firstDetectionTimeUtc": utc(earlier.first_seen)},
        }

    def _result(
        self,
        rule_id: str,
        kind: Mapping[str, str],
        sentences: Iterable[str],
        located: Located,
        identity: str,
    ) -> dict[str, object]:
        """Return what all results have.

        Args:
            rule_id: Id of the rule, which a vanished finding may have and the run no longer has.
            kind: Its kind and level.
            sentences: Its message; empty ones are omitted.
            located: Its location.
            identity: What identifies its alert from run to run.
        """
        index = self.indices.get(rule_id)
        return {
            "ruleId": rule_id,
            **({} if index is None else {"ruleIndex": index}),
            **kind,
            "message": {"text": " ".join(filter(None, (*sentences, located.links)))},
            **located.fields,
            "partialFingerprints": _fingerprints(identity),
        }

    def _kind(self, status: Status, level: str) -> dict[str, str]:
        """Return kind and level; only a fail has a level (SARIF 2.1.0, 3.27.10)."""
        if self.options.profile is Profile.GITHUB:
            return {"level": level}
        kind = _KINDS[status]
        return {"kind": kind, "level": level if kind == "fail" else "none"}

    def _history(self, finding: Finding) -> dict[str, object]:
        """Return what is known of a finding beyond this run: waiver, change, first sight."""
        waiver, first = finding.waiver, finding.first_seen
        state = _STATES.get(finding.change, "updated") if self.baseline else None
        ticket = self._ticket(waiver) if waiver else ""
        return {
            "suppressions": [_suppression(waiver)] if waiver else [],
            **given(
                baselineState=state,
                workItemUris=[ticket] if ticket else None,
                provenance={
                    "firstDetectionTimeUtc": utc(first),
                    "lastDetectionTimeUtc": self.seen_at,
                }
                if first
                else None,
            ),
        }

    def _ticket(self, waiver: Waiver) -> str:
        """Return the address of a waiver's ticket, empty if unknown."""
        if not waiver.ticket or waiver.ticket.startswith("https://"):
            return waiver.ticket
        return self.options.ticket_url.replace("{ticket}", quote(waiver.ticket, safe=""))


def _suppression(waiver: Waiver) -> dict[str, object]:
    """Return a waiver as a SARIF suppression."""
    return {
        "kind": "external",
        "status": "accepted",
        "justification": plain(waiver.reason, _LONGEST_MESSAGE),
        "properties": {
            "id": waiver.id,
            "kind": waiver.kind,
            "owner": waiver.owner,
            "expires": waiver.expires.isoformat(),
            **given(approvedBy=waiver.approved_by, ticket=waiver.ticket),
        },
    }


def _quoted(resource: ResourceRef) -> str:
    """Return a resource's name in messages; the tenant root has none."""
    return f"'{plain(resource.name or resource.id, _LONGEST_NAME)}'"


def _title(rule: Rule) -> str:
    """Return the desired state as a sentence."""
    return sentence(plain(rule.title, _LONGEST_MESSAGE))


def _fingerprints(key: str) -> dict[str, str]:
    """Return the identity of an alert; GitHub reads the first part, in the form `hash:n`."""
    return {"primaryLocationLineHash": f"{key}:1", "amlauditFinding/v1": key}
