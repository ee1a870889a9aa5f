"""A fix plan tried out: the estate as it would be afterwards, judged by the same rules."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final

from amlaudit.core.collection import Collection
from amlaudit.core.conditions import ParameterValue
from amlaudit.core.estate import Estate, Store
from amlaudit.core.gap import Gap
from amlaudit.core.path import parse_path, spelling_of
from amlaudit.core.report import Finding, Report
from amlaudit.core.resource import Resource
from amlaudit.core.scope import Scope
from amlaudit.core.verdict import Status
from amlaudit.pipeline import Policy, Source, audit

_MOST_ROUNDS: Final = 5
"""What one step mends can bring the next rule into play; this often the estate is judged anew."""


@dataclass(frozen=True, slots=True)
class Rehearsal:
    """What came of a plan.

    Attributes:
        before: The report that the plan was made of.
        after: The report of the estate as it would be.
        tried: The fails whose mending could be tried: those that a setting mends, and those that
            the mending of others brought into play.
        mended: Those of them that pass, or concern nobody any more.
        broken: What fails afterwards and did not before.
    """

    before: Report
    after: Report
    tried: tuple[Finding, ...]
    mended: tuple[Finding, ...]
    broken: tuple[Finding, ...]


def rehearse(
    scope: Scope, source: Source, policy: Policy, at: datetime, before: Report
) -> Rehearsal:
    """Return what comes of declaring everything that a report's rules say mends its fails.

    Nothing is changed but a copy in memory, again and again until nothing more can be mended. What
    no setting of the resource itself mends cannot be tried and stays as it is.

    Args:
        scope: What was judged.
        source: Where it was read from; it must give the same again.
        policy: What it was judged by.
        at: The moment that it was judged for, UTC.
        before: How it came out.
    """
    settings: dict[str, dict[str, ParameterValue]] = {}
    tried: dict[str, Finding] = {}
    after = before
    for _ in range(_MOST_ROUNDS):
        due = [each for each in after.findings if _can_be_tried(each) and each.id not in tried]
        if not due:
            break
        for each in due:
            tried[each.id] = each
            settings.setdefault(each.resource.id, {}).update(each.rule.fix.settings)
        after = audit(scope, _Mended(source, settings), policy, at)
    failing = {each.id for each in after.findings if each.verdict.status is Status.FAIL}
    failed = {each.id for each in before.findings if each.verdict.status is Status.FAIL}
    settled = _settled(after)
    return Rehearsal(
        before=before,
        after=after,
        tried=tuple(tried.values()),
        mended=tuple(each for key, each in tried.items() if key in settled),
        broken=tuple(each for each in after.findings if each.id in failing - failed),
    )


def _can_be_tried(finding: Finding) -> bool:
    """Tell whether a finding is a fail that a setting of the resource itself mends."""
    is_open = finding.verdict.status is Status.FAIL and finding.waiver is None
    return is_open and bool(finding.rule.fix.settings)


def _settled(report: Report) -> set[str]:
    """Return the ids of the findings that pass, or concern nobody."""
    good = (Status.PASS, Status.NOT_APPLICABLE)
    return {each.id for each in report.findings if each.verdict.status in good}


@dataclass(frozen=True, slots=True)
class _Mended:
    """A source that gives an estate in which settings are made; see `Source`."""

    source: Source
    settings: Mapping[str, Mapping[str, ParameterValue]]

    def collect(self, scope: Scope) -> Estate:
        """Return the estate as it would be."""
        estate = self.source.collect(scope)
        return replace(estate, store=_MendedStore(estate.store, self.settings))


@dataclass(frozen=True, slots=True)
class _MendedStore:
    """A store in which settings are made; see `Store`.

    Attributes:
        store: What was read.
        settings: What is set, by resource and path.
    """

    store: Store
    settings: Mapping[str, Mapping[str, ParameterValue]]

    def _mended(self, resource: Resource) -> Resource:
        """Return a resource with what is set of it."""
        settings = self.settings.get(resource.id)
        return with_settings(resource, settings) if settings else resource

    def _all(self, resources: Iterable[Resource]) -> Iterator[Resource]:
        """Yield resources with what is set of them."""
        return map(self._mended, resources)

    def get(self, resource_id: str) -> Resource | None:
        """See `Store.get`."""
        found = self.store.get(resource_id)
        return found and self._mended(found)

    def of_type(self, arm_type: str) -> Iterator[Resource]:
        """See `Store.of_type`."""
        return self._all(self.store.of_type(arm_type))

    def ids_of_type(self, arm_type: str) -> Iterator[str]:
        """See `Store.ids_of_type`."""
        return self.store.ids_of_type(arm_type)

    def subscriptions(self) -> Sequence[str]:
        """See `Store.subscriptions`."""
        return self.store.subscriptions()

    def under(self, parent_id: str, arm_type: str) -> Iterator[Resource]:
        """See `Store.under`."""
        return self._all(self.store.under(parent_id, arm_type))

    def inside(self, scope_id: str, arm_type: str) -> Iterator[Resource]:
        """See `Store.inside`."""
        return self._all(self.store.inside(scope_id, arm_type))

    def naming(self, target_id: str, relation: str) -> Iterator[Resource]:
        """See `Store.naming`."""
        return self._all(self.store.naming(target_id, relation))

    def sight(self, scope_id: str, part: str) -> Gap | bool:
        """See `Store.sight`."""
        return self.store.sight(scope_id, part)

    def gaps(self) -> Iterator[Gap]:
        """See `Store.gaps`."""
        return self.store.gaps()

    def close(self) -> None:
        """See `Store.close`."""
        self.store.close()

    def counts(self) -> Mapping[str, int]:
        """See `Store.counts`."""
        return self.store.counts()

    def collection(self) -> Collection:
        """See `Store.collection`."""
        return self.store.collection()


def with_settings(resource: Resource, settings: Mapping[str, ParameterValue]) -> Resource:
    """Return a resource in whose document some settings stand, the rest of it as it was."""
    body: dict[str, object] = dict(resource.body)
    for path, value in settings.items():
        _set(body, parse_path(path), list(value) if isinstance(value, tuple) else value)
    return replace(resource, body=body)


def _set(body: dict[str, object], steps: Sequence[str], value: object) -> None:
    """Put a value at a path; the objects on the way are copied, or made where there are none."""
    step = spelling_of(steps[0], tuple(body)) or steps[0]
    if len(steps) == 1:
        body[step] = value
        return
    held = body.get(step)
    inner: dict[str, object] = dict(held) if isinstance(held, Mapping) else {}
    body[step] = inner
    _set(inner, steps[1:], value)
