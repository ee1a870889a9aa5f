"""Findings, and the report, which holds everything that a reporter may need."""

from collections import Counter, abc
from collections.abc import Iterable, Mapping
from datetime import date, datetime
from enum import StrEnum
from hashlib import sha256
from operator import attrgetter
from typing import TypeAlias

from msgspec import Struct, field
from msgspec.structs import replace

from amlaudit.core.checklist import Checklist
from amlaudit.core.collection import Collection
from amlaudit.core.gap import Gap
from amlaudit.core.history import Baseline, Change, Posture
from amlaudit.core.neighbourhood import Neighbourhood
from amlaudit.core.place import Place
from amlaudit.core.policy_view import Compliance, PolicyView
from amlaudit.core.resource import Origin
from amlaudit.core.rule import Rule, Severity
from amlaudit.core.verdict import Evidence, Other, Status, Verdict, evidence_of
from amlaudit.core.waiver import Waiver, WaiverUse

_UNIT_SEPARATOR = "\x1f"


class ResourceRef(Struct, frozen=True, gc=False):
    """What a finding is about, as reports show it.

    Attributes:
        id: Normalised ARM id of a resource, or of a scope in which nothing could be judged.
        type: ARM type.
        name: As Azure spells it.
        location: Azure region, empty where the resource has none.
        place: Where the resource is declared, by its file or its tag; None: not known.
        origin: Where its document came from; None: it was not read, or the evidence says.
    """

    id: str
    type: str
    name: str
    location: str = ""
    place: Place | None = None
    origin: Origin | None = None


class Finding(Struct, frozen=True, gc=False):
    """A rule's verdict on a resource.

    Attributes:
        rule: The rule.
        resource: The resource, or the scope in which resources could not be seen.
        verdict: The outcome of the rule.
        subject_key: Distinguishes several findings of a rule on one resource: the ARM type of the
            resources that could not be seen there; empty for the resource itself.
        waiver: The waiver that marks the fail; None: no waiver does, or it is not a fail.
        change: How it compares with an earlier report; None: there is none, or nothing changed.
        first_seen: When it was first seen with its status, UTC; None: not known.
        policies: What the assigned policies that the rule maps to say about the resource.
        place: Where the failing property is written; None: known only for the whole resource.
        others: The other resources that the verdict rests on, in the order its looks number them.
    """

    rule: Rule
    resource: ResourceRef
    verdict: Verdict
    subject_key: str = ""
    waiver: Waiver | None = None
    change: Change | None = None
    first_seen: datetime | None = None
    policies: tuple[PolicyView, ...] = ()
    place: Place | None = None
    others: tuple[Other, ...] = ()

    @property
    def evidence(self) -> tuple[Evidence, ...]:
        """What the verdict rests on; built on every access, so access it once."""
        resource = self.resource
        return evidence_of(self.verdict.looks, resource.id, resource.origin, self.others)

    @property
    def declared_at(self) -> Place | None:
        """Where to look in the source: at the failing property, else at its resource."""
        return self.place or self.resource.place

    @property
    def id(self) -> str:
        """The stable id, unaffected by rewording, new severities and new versions of the tool."""
        key = _UNIT_SEPARATOR.join((self.rule.id, self.resource.id, self.subject_key)).lower()
        return sha256(key.encode("utf-8", "surrogatepass")).hexdigest()[:32]

    @property
    def is_disputed(self) -> bool:
        """Whether Azure Policy reaches the opposite verdict."""
        states = {each.compliance for each in self.policies}
        if self.verdict.status is Status.PASS:
            return Compliance.NON_COMPLIANT in states
        only_well = Compliance.COMPLIANT in states and Compliance.NON_COMPLIANT not in states
        return self.verdict.status is Status.FAIL and only_well

    @property
    def is_contested(self) -> bool:
        """Whether assigned policies contradict each other, whatever the verdict is."""
        states = {each.compliance for each in self.policies}
        both = {Compliance.COMPLIANT, Compliance.NON_COMPLIANT}
        return states >= both or Compliance.CONFLICTING in states

    def rank(self) -> tuple[int, str, str, str]:
        """Return the order in which reports list findings: worst rules first."""
        return (self.rule.severity.rank, self.rule.id, self.resource.id, self.subject_key)


Tally: TypeAlias = Mapping[tuple[Severity, Status], int]
"""Number of findings by severity and status."""


def tally_of(findings: Iterable[Finding]) -> Counter[tuple[Severity, Status]]:
    """Return the number of findings of each severity and status."""
    return Counter(map(attrgetter("rule.severity", "verdict.status"), findings))


class Outcome(StrEnum):
    """The verdict on a whole run."""

    PASS = "PASS"  # noqa: S105 - a verdict, not a password
    FAIL = "FAIL"
    INCOMPLETE = "INCOMPLETE"


class Mask(StrEnum):
    """What stand-ins hide in a report for sharing; see `amlaudit.engine.masking`."""

    IDS = "ids"
    """Ids of subscriptions, tenants, principals: everything with the form of such an id."""
    NAMES = "names"
    """Names of resources, groups and subscriptions, and e-mail addresses of people."""
    ALL = "all"


class Score(Struct, frozen=True):
    """The posture as an interval: unknowns count as fails at the low end and passes at the high.

    Attributes:
        low: 0 to 1.
        high: 0 to 1.
        coverage: Share of judgeable subjects that were judged, 0 to 1.
    """

    low: float
    high: float
    coverage: float


class Gate(Struct, frozen=True):
    """The criteria of a run, and its outcome.

    Attributes:
        fail_on: The mildest severity that fails a run; None: nothing does.
        min_coverage: Minimum coverage of a complete run, 0 to 1.
        outcome: The verdict on the run.
        complete: Whether enough was known; a run can fail and be incomplete at once.
        new_only: Whether only fails that are new since the baseline fail the run.
    """

    fail_on: Severity | None
    min_coverage: float
    outcome: Outcome
    complete: bool
    new_only: bool = False


class Pack(Struct, frozen=True):
    """A rule pack that took part.

    Attributes:
        name: Its name.
        sha256: Hash over the names and bytes of its rule files.
        version: Its version, empty if it states none.
    """

    name: str
    sha256: str
    version: str = ""


class Disabled(Struct, frozen=True):
    """A rule that a profile disables.

    Attributes:
        rule: The rule.
        justification: Why it is disabled.
        approved_by: Who approved that, empty if nobody is named.
        review_by: The day by which it is to be reviewed.
    """

    rule: Rule
    justification: str
    approved_by: str = ""
    review_by: date | None = None

    def is_overdue(self, at: datetime) -> bool:
        """Tell whether the review day has passed; the rule stays disabled regardless."""
        return self.review_by is not None and self.review_by < at.date()


class Reweighed(Struct, frozen=True):
    """A rule to which a profile gives another severity.

    Attributes:
        rule_id: Id of the rule.
        before: The severity that its pack gives it.
        severity: The effective severity.
        justification: Why; empty only if the severity is raised.
    """

    rule_id: str
    before: Severity
    severity: Severity
    justification: str = ""


class Override(Struct, frozen=True):
    """A rule that a profile overrides in one environment.

    Attributes:
        environment: The environment.
        rule_id: Id of the rule.
        severity: Its severity there; None: it is disabled there.
        justification: Why; empty only if the severity is raised.
        approved_by: Who approved that, empty if nobody is named.
    """

    environment: str
    rule_id: str
    severity: Severity | None
    justification: str = ""
    approved_by: str = ""


class Profile(Struct, frozen=True):
    """What the profile of a run did to the rules, apart from the parameters, which rules show.

    Attributes:
        name: Its name, or that of its file.
        sha256: Hash over its bytes, and those of the profiles that it extends.
        disabled: The rules that it disables, by id.
        reweighed: The rules that it gives another severity, by id.
        left_out: Ids of the shipped rules that it does not select.
        overrides: The rules that it overrides in one environment.
    """

    name: str
    sha256: str
    disabled: tuple[Disabled, ...] = ()
    reweighed: tuple[Reweighed, ...] = ()
    left_out: tuple[str, ...] = ()
    overrides: tuple[Override, ...] = ()

    def at_worst(self, rule: Rule) -> Rule:
        """Return a rule with its worst severity in any environment."""
        named = (each.severity for each in self.overrides if each.rule_id == rule.id)
        worst = min((rule.severity, *filter(None, named)), key=attrgetter("rank"))
        return rule if worst is rule.severity else replace(rule, severity=worst)


class Report(Struct, frozen=True):
    """Everything that a reporter may need; it fetches nothing.

    Attributes:
        at: The moment that the report is made for, UTC.
        version: Version of amlaudit.
        packs: The rule packs.
        collection: How the evidence was read.
        rules: Every rule that took part, by id, including those with nothing to judge.
        findings: Every verdict, worst rules first.
        tally: Number of findings by severity and status; iterating over them all takes time.
        gaps: Everything that is not known.
        seen: Number of resources read, by ARM type.
        score: The posture.
        gate: The verdict on the run.
        profile: What the profile did to the rules; None: the run had none.
        waivers: What each waiver did.
        waived: Number of waived fails by severity; the score counts them as fails.
        accepted: The posture if waived fails counted as passes; None: no fail is waived.
        baseline: What it is compared with; None: nothing.
        trend: The postures of earlier reports, oldest first.
        only: The statuses of the findings that were kept; empty: all were. Counts, score and gate
            always cover all findings.
        checklist: What is left to do before go-live; None: it was not requested.
        neighbourhoods: The surroundings of each workspace, by id; None: the report was made from a
            source that does not contain them.
        masked: What placeholders hide, see `Mask`; empty: nothing.
    """

    at: datetime
    version: str
    packs: tuple[Pack, ...]
    collection: Collection
    rules: tuple[Rule, ...]
    findings: abc.Collection[Finding]
    tally: Tally
    gaps: tuple[Gap, ...]
    seen: Mapping[str, int]
    score: Score
    gate: Gate
    profile: Profile | None = None
    waivers: tuple[WaiverUse, ...] = ()
    waived: Mapping[Severity, int] = field(default_factory=dict)
    accepted: Score | None = None
    baseline: Baseline | None = None
    trend: tuple[Posture, ...] = ()
    only: tuple[Status, ...] = ()
    checklist: Checklist | None = None
    neighbourhoods: abc.Collection[Neighbourhood] | None = None
    masked: str = ""

    def count(self, *statuses: Status) -> int:
        """Return the number of findings with some statuses; waived fails count as fails."""
        return sum(count for (_, status), count in self.tally.items() if status in statuses)
