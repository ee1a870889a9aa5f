"""The pipeline of an audit: collect, judge, report."""

from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import closing
from datetime import datetime, timedelta
from typing import Protocol

from msgspec import Struct, field

from amlaudit import __version__
from amlaudit.core.context import LABELS, Label
from amlaudit.core.estate import Estate
from amlaudit.core.history import Past
from amlaudit.core.report import Finding, Pack, Profile, Report, Tally, tally_of
from amlaudit.core.rule import Rule, Severity
from amlaudit.core.scope import Scope
from amlaudit.core.waiver import Waiver, WaiverLimits
from amlaudit.engine.correlation import correlated
from amlaudit.engine.environments import in_environments
from amlaudit.engine.evaluate import evaluate
from amlaudit.engine.gate import accepted_score, counts, gate, is_empty, score
from amlaudit.engine.neighbourhood import Surroundings
from amlaudit.engine.policy import POLICY_AREA
from amlaudit.engine.waivers import waive
from amlaudit.spool import Spool


class Source(Protocol):
    """A source of estates: live Azure, a snapshot, files, the demo."""

    def collect(self, scope: Scope) -> Estate:
        """Return everything in a scope that could be read, and a gap for everything else."""


class Policy(Struct, frozen=True):
    """What a run is judged by.

    Attributes:
        packs: The rule packs.
        rules: Their rules.
        fail_on: The mildest severity that fails the run; None: nothing does.
        min_coverage: Minimum coverage of a complete run, 0 to 1.
        profile: What the profile did to the rules; None: there is none.
        labels: How to interpret tags.
        waivers: Fails that somebody takes responsibility for.
        limits: The limits for waivers.
        past: An earlier report to compare with; None: none.
        max_age: Maximum age of a document that may tell the age of something; None: any age.
        new_only: Whether only fails that are not in the earlier report fail the run.
    """

    packs: tuple[Pack, ...]
    rules: tuple[Rule, ...]
    fail_on: Severity | None = Severity.HIGH
    min_coverage: float = 0.95
    profile: Profile | None = None
    labels: Mapping[str, Label] = field(default_factory=lambda: LABELS)
    waivers: tuple[Waiver, ...] = ()
    limits: WaiverLimits = field(default_factory=WaiverLimits)
    max_age: timedelta | None = None
    past: Past | None = None
    new_only: bool = False


def audit(scope: Scope, source: Source, policy: Policy, at: datetime) -> Report:
    """Collect one scope, judge it, and return everything a reporter needs.

    Pure except for `source.collect`: over a saved snapshot, equal arguments give equal reports.

    Args:
        scope: What was asked for. Any part that could not be read becomes a gap and is never
            silently dropped.
        source: Where it is read from.
        policy: What it is judged by.
        at: The moment that the report is made for, UTC.
    """
    with closing(source.collect(scope)) as collected:
        fresh_since = at - policy.max_age if policy.max_age else None
        estate = Estate(collected.store, policy.labels, fresh_since)
        overrides = policy.profile.overrides if policy.profile else ()
        surroundings = Surroundings(estate)
        judged = surroundings.along(_judged(policy.rules, estate))
        judged = correlated(in_environments(judged, overrides, estate), estate)
        spool = Spool(judged, policy.rules)
        seen, gaps, tally = estate.store.counts(), estate.gaps(), spool.tally
        findings, uses = waive(spool, policy.waivers, at, policy.limits)
        collection = estate.store.collection().narrowed(scope)
        baseline = None
        if policy.past:
            from amlaudit.engine.baseline import compare  # noqa: PLC0415 - few runs have one

            findings, baseline = compare(findings, gaps, at, policy.past)
        waived = _waived(findings) if uses else {}
        around = surroundings.all()
        return Report(
            at=at,
            version=__version__,
            packs=policy.packs,
            collection=collection,
            rules=policy.rules,
            findings=findings,
            tally=tally,
            gaps=gaps,
            seen=seen,
            score=score(tally),
            gate=gate(
                _gated(findings, policy) if uses or policy.new_only else tally,
                score(tally),
                policy.fail_on,
                policy.min_coverage,
                empty=is_empty(tally, seen, scope.workspaces, around),
                new_only=policy.new_only,
                cut_off=collection.ended_at is None,
            ),
            profile=policy.profile,
            waivers=uses,
            waived=waived,
            accepted=accepted_score(tally, waived),
            baseline=baseline,
            neighbourhoods=around,
        )


def _judged(rules: Sequence[Rule], estate: Estate) -> Iterator[Finding]:
    """Yield the findings of every rule on every resource, and of policies on nested children."""
    yield from evaluate(rules, estate)
    if policies := [each for each in rules if each.area == POLICY_AREA]:
        from amlaudit.engine.policy.children import judge_children  # noqa: PLC0415 - few have some

        yield from judge_children(policies, estate)


def _gated(findings: Collection[Finding], policy: Policy) -> Tally:
    """Return the tally of the findings that the gate takes into account."""
    return tally_of(each for each in findings if counts(each, new_only=policy.new_only))


def _waived(findings: Collection[Finding]) -> Counter[Severity]:
    """Return the number of waived fails by severity."""
    return Counter(each.rule.severity for each in findings if each.waiver)
