"""A fix plan tried out: the estate as it would be afterwards, judged by the same rules."""

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
from amlaudit.rehearsal.mending import mend, with_store
from amlaudit.rehearsal.store import Documents, EditedStore

_MOST_ROUNDS: Final = 6
"""What one step mends can bring the next rule into play; this often the estate is judged anew."""
_SETTLED: Final = (Status.PASS, Status.NOT_APPLICABLE)


class Rehearsal(Struct, frozen=True):
    """What came of a plan.

    Attributes:
        before: The report that the plan was made of.
        after: The report of the estate as it would be.
        edits: What was done for each fail, by the id of its finding; nothing where the mending of
            others was enough.
        mended: The fails that pass afterwards, or concern nobody any more; among them those that
            the mending of others brought into play.
        unclear: The fails of which it is not known afterwards.
        left: The fails that were to be mended and still are fails.
        broken: What fails afterwards and did not before.
    """

    before: Report
    after: Report
    edits: Mapping[str, tuple[Edit, ...]]
    mended: tuple[Finding, ...]
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
    """Return what comes of doing everything that a report's rules say mends its fails.

    Nothing is changed but a copy in memory, again and again until nothing more can be mended. What
    the rules declare no mending of stays as it is.

    Args:
        scope: What was judged.
        source: Where it was read from; it must give the same again.
        policy: What it was judged by.
        before: How it came out.
        mildest: Severity from which on fails are to be mended; milder ones are left alone.
    """
    work, after = _Work(mildest), before
    for _ in range(_MOST_ROUNDS):
        with closing(source.collect(scope)) as estate:
            work.do(after, Estate(estate.store, policy.labels))
        if not work.has_changed:
            break
        after = audit(scope, _Edited(source, work.documents), policy, before.at)
    return _outcome(before, after, work)


class _Work(Struct):
    """What was done so far.

    Attributes:
        mildest: Severity from which on fails are to be mended.
        documents: What of the estate is otherwise.
        tried: The fails that were looked at, by id.
        edits: What was done for each of them.
        has_changed: Whether the last look changed anything.
    """

    mildest: Severity
    documents: Documents = field(default_factory=dict)
    tried: dict[str, Finding] = field(default_factory=dict)
    edits: dict[str, tuple[Edit, ...]] = field(default_factory=dict)
    has_changed: bool = False

    def do(self, report: Report, estate: Estate) -> None:
        """Do the least that mends each fail of a report, one after the other."""
        store = EditedStore(estate.store, self.documents)
        self.has_changed = False
        current = estate.over(store)
        for finding in filter(self._is_due, report.findings):
            self.tried[finding.id] = finding
            found = mend(finding, current)
            if found is None or found.status is Status.FAIL:
                continue
            self.edits[finding.id] = (*self.edits.get(finding.id, ()), *found.edits)
            if found.documents:
                store.take(found.documents)
                current = with_store(current, store, found.documents)
            self.has_changed = self.has_changed or bool(found.edits)
        self.documents = store.documents

    def _is_due(self, finding: Finding) -> bool:
        """Tell whether a finding is a fail that is to be mended, and a declaration may do so."""
        is_open = _is_fail(finding) and finding.waiver is None
        is_wanted = finding.rule.severity.at_least(self.mildest)
        return is_open and is_wanted and finding.rule.fix.is_declared


def _outcome(before: Report, after: Report, work: _Work) -> Rehearsal:
    """Return what came of the work."""
    found = {each.id: each for each in after.findings}
    failed = {each.id: each for each in before.findings if _is_fail(each)}
    known = failed | work.tried
    gone = {key for key in known if key not in found}
    settled = {key for key, each in found.items() if each.verdict.status in _SETTLED} | gone
    return Rehearsal(
        before=before,
        after=after,
        edits=work.edits,
        mended=tuple(each for key, each in known.items() if key in settled),
        unclear=tuple(
            each
            for key, each in found.items()
            if key in known and each.verdict.status is Status.UNKNOWN
        ),
        left=tuple(
            each
            for key, each in found.items()
            if key in failed and _is_fail(each) and each.rule.severity.at_least(work.mildest)
        ),
        broken=tuple(each for key, each in found.items() if key not in failed and _is_fail(each)),
    )


def why_left(finding: Finding) -> str:
    """Return why a fail is left: what people have to do, or that nothing helped."""
    reason = undeclared_of(finding.rule)
    return reason or f"what the rule declares is not enough here: {finding.verdict.message}"


def _is_fail(finding: Finding) -> bool:
    """Tell whether a finding is a fail."""
    return finding.verdict.status is Status.FAIL


class _Edited(Struct, frozen=True):
    """A source that gives an estate some of whose documents are otherwise; see `Source`."""

    source: Source
    documents: Documents

    def collect(self, scope: Scope) -> Estate:
        """Return the estate as it would be."""
        estate = self.source.collect(scope)
        return estate.over(EditedStore(estate.store, self.documents))
