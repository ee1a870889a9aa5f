"""Rehearses a fix plan: the estate as it would be afterwards, judged by the same rules."""

from collections.abc import Mapping
from contextlib import closing
from typing import Final

from msgspec import Struct, field

from amlaudit.core.declarations import undeclared_of
from amlaudit.core.edits import Edit
from amlaudit.core.estate import Estate
from amlaudit.core.report import Finding, Report
from amlaudit.core.rule import Severity
from amlaudit.core.scope import Scope
from amlaudit.core.verdict import Status
from amlaudit.pipeline import Policy, Source, audit
from amlaudit.rehearsal.fixing import SETTLED, smallest_fix, with_store
from amlaudit.rehearsal.store import Documents, EditedStore

_MAX_ROUNDS: Final = 6
"""Maximum number of evaluations: what one step fixes can make another rule applicable."""


class Rehearsal(Struct, frozen=True):
    """The result of rehearsing a plan.

    Attributes:
        before: The report that the plan is based on.
        after: The report of the future estate.
        edits: The edits made for each fail, by the id of its finding; empty if fixing others was
            enough.
        fixed: The fails that pass afterwards, or no longer concern anything; including those that
            only arose from fixing others.
        unclear: The fails whose later status is unknown.
        left: The fails that were to be fixed and still fail.
        broken: What fails afterwards and did not before.
    """

    before: Report
    after: Report
    edits: Mapping[str, tuple[Edit, ...]]
    fixed: tuple[Finding, ...]
    unclear: tuple[Finding, ...]
    left: tuple[Finding, ...]
    broken: tuple[Finding, ...]


def rehearse(
    scope: Scope,
    source: Source,
    policy: Policy,
    before: Report,
    mildest: Severity = Severity.INFO,
) -> Rehearsal:
    """Return the result of doing everything that a report's rules declare as fixes for its fails.

    Only a copy in memory is changed, repeatedly until nothing more can be fixed. Fails for which
    rules declare no fix stay as they are.

    Args:
        scope: The scope that was judged.
        source: The source that it was read from; it must return the same again.
        policy: The policy that it was judged by.
        before: The resulting report.
        mildest: Minimum severity of the fails to fix; milder ones are left alone.
    """
    work, after = _Work(mildest), before
    for _ in range(_MAX_ROUNDS):
        with closing(source.collect(scope)) as estate:
            work.fix(after, Estate(estate.store, policy.labels))
        if not work.has_changed:
            break
        after = audit(scope, _EditedSource(source, work.documents), policy, before.at)
    return _outcome(before, after, work)


class _Work(Struct):
    """The work done so far.

    Attributes:
        mildest: Minimum severity of the fails to fix.
        documents: The changed documents of the estate.
        tried: The fails examined, by id.
        edits: The edits made for each of them.
        has_changed: Whether the last pass changed anything.
    """

    mildest: Severity
    documents: Documents = field(default_factory=dict)
    tried: dict[str, Finding] = field(default_factory=dict)
    edits: dict[str, tuple[Edit, ...]] = field(default_factory=dict)
    has_changed: bool = False

    def fix(self, report: Report, estate: Estate) -> None:
        """Apply the minimal fix of each fail in a report, one after the other."""
        store = EditedStore(estate.store, self.documents)
        self.has_changed = False
        current = estate.over(store)
        for finding in filter(self._is_due, report.findings):
            self.tried[finding.id] = finding
            fixing = smallest_fix(finding, current)
            if fixing is None or fixing.status is Status.FAIL:
                continue
            self.edits[finding.id] = (*self.edits.get(finding.id, ()), *fixing.edits)
            if fixing.documents:
                store.take(fixing.documents)
                current = with_store(current, store, fixing.documents)
            self.has_changed = self.has_changed or bool(fixing.edits)
        self.documents = store.documents

    def _is_due(self, finding: Finding) -> bool:
        """Tell whether a finding is a fail to be fixed, for which there is a declaration."""
        is_open = _is_fail(finding) and finding.waiver is None
        is_wanted = finding.rule.severity.at_least(self.mildest)
        return is_open and is_wanted and finding.rule.fix.is_declared


def _outcome(before: Report, after: Report, work: _Work) -> Rehearsal:
    """Return the result of the work."""
    later = {each.id: each for each in after.findings}
    failed = {each.id: each for each in before.findings if _is_fail(each)}
    examined = failed | work.tried
    return Rehearsal(
        before=before,
        after=after,
        edits=work.edits,
        fixed=tuple(
            each
            for key, each in examined.items()
            if key not in later or later[key].verdict.status in SETTLED
        ),
        unclear=tuple(
            each
            for key, each in later.items()
            if key in examined and each.verdict.status is Status.UNKNOWN
        ),
        left=tuple(
            each
            for key, each in later.items()
            if key in failed and _is_fail(each) and each.rule.severity.at_least(work.mildest)
        ),
        broken=tuple(each for key, each in later.items() if key not in failed and _is_fail(each)),
    )


def why_left(finding: Finding) -> str:
    """Return why a fail remains: what people have to do, or that nothing helped."""
    reason = undeclared_of(finding.rule)
    return reason or f"what the rule declares is not enough here: {finding.verdict.message}"


def _is_fail(finding: Finding) -> bool:
    """Tell whether a finding is a fail."""
    return finding.verdict.status is Status.FAIL


class _EditedSource(Struct, frozen=True):
    """A source that returns an estate with some documents changed; see `Source`."""

    source: Source
    documents: Documents

    def collect(self, scope: Scope) -> Estate:
        """Return the future estate."""
        estate = self.source.collect(scope)
        return estate.over(EditedStore(estate.store, self.documents))
