"""Findings as SARIF results."""

from collections import Counter
from collections.abc import Mapping
from hashlib import sha256
from typing import Final
from urllib.parse import quote

from msgspec import Struct, field

from amlaudit.core.gap import Reason
from amlaudit.core.history import Baseline, Change, Earlier
from amlaudit.core.report import Finding, Report, ResourceRef
from amlaudit.core.rule import Rule
from amlaudit.core.verdict import Status
from amlaudit.core.waiver import Waiver
from amlaudit.reporters.encoding import given, utc
from amlaudit.reporters.inventory import own_paths
from amlaudit.reporters.sarif.options import Profile, SarifOptions
from amlaudit.reporters.sarif.places import Places
from amlaudit.reporters.sarif.rules import LEVELS
from amlaudit.reporters.texts import number, plain, sentence

_LONGEST_NAME: Final = 100
_LONGEST_ID: Final = 500
_LONGEST_MESSAGE: Final = 1000
_NAMED: Final = 3
"""Resources named in the message on an unknown rule; the logical locations name more."""
_MAX_LOCATED: Final = 100
_MAX_PERMISSIONS: Final = 10

_KINDS: Final = {
    Status.PASS: "pass",
    Status.FAIL: "fail",
    Status.UNKNOWN: "open",
    Status.MANUAL: "review",
    Status.NOT_APPLICABLE: "notApplicable",
}
_SAID: Final = {
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
            if self.count <= _MAX_LOCATED:
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
        said = (
            f"{_quoted(resource)} {_SAID[status]} {rule.id}: {_title(rule)}",
            sentence(plain(finding.verdict.message, _LONGEST_MESSAGE)),
            f"Resource: '{plain(resource.id, _LONGEST_ID)}'.",
            located.links,
        )
        return {
            "ruleId": rule.id,
            "ruleIndex": self.indices[rule.id],
            **self._kind(status, LEVELS[rule.severity]),
            "message": {"text": " ".join(filter(None, said))},
            **located.fields,
            "partialFingerprints": _fingerprints(finding.id),
            **({} if self.options.profile is Profile.GITHUB else self._history(finding)),
        }

    def of_blind(self, blind: Blind) -> dict[str, object]:
        """Return everything that a rule could not judge as one result."""
        rule = blind.rule
        named = ", ".join(_quoted(each) for each in blind.resources[:_NAMED])
        more = f" and {blind.count - _NAMED:,} more" if blind.count > _NAMED else ""
        counted = ", ".join(f"{each} {count:,}" for each, count in sorted(blind.reasons.items()))
        permissions = sorted(blind.permissions)
        said = [
            f"{rule.id} could not be judged on {named}{more}: {_title(rule)}",
            f"Neither passed nor failed: {number(blind.count, 'resource')} ({counted}).",
        ]
        if permissions:
            spelled = (f"'{plain(each, _LONGEST_ID)}'" for each in permissions[:_MAX_PERMISSIONS])
            said.append(f"Missing permissions: {', '.join(spelled)}.")
        located = self.places.located(blind.resources)
        said += [located.links] if located.links else []
        fingerprint = f"{rule.id} unknown {blind.key}".rstrip()
        return {
            "ruleId": rule.id,
            "ruleIndex": self.indices[rule.id],
            **self._kind(Status.UNKNOWN, "note"),
            "message": {"text": " ".join(said)},
            **located.fields,
            "partialFingerprints": _fingerprints(sha256(fingerprint.encode()).hexdigest()[:32]),
            "properties": {
                "status": Status.UNKNOWN,
                "resources": blind.count,
                "reasons": dict(sorted(blind.reasons.items())),
                "missingPermissions": permissions,
            },
        }

    def of_vanished(self, earlier: Earlier) -> dict[str, object]:
        """Return a fail that no longer exists as a result."""
        index = self.indices.get(earlier.rule_id)
        name = earlier.resource_id.rpartition("/")[2]
        gone = ResourceRef(earlier.resource_id, "", name)
        located = self.places.located([gone])
        said = (
            f"{_quoted(gone)} no longer exists:",
            sentence(plain(earlier.message, _LONGEST_MESSAGE)),
            located.links,
        )
        return {
            "ruleId": earlier.rule_id,
            **({} if index is None else {"ruleIndex": index}),
            **self._kind(earlier.status, LEVELS[earlier.severity]),
            "message": {"text": " ".join(filter(None, said))},
            **located.fields,
            "partialFingerprints": _fingerprints(earlier.id),
            "baselineState": "absent",
            "provenance": {"firstDetectionTimeUtc": utc(earlier.first_seen)},
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
