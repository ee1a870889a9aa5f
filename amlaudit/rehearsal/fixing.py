"""The minimal fix of a fail: no more edits than the rule needs to pass."""

from collections.abc import Sequence
from typing import Final

from msgspec import Struct

from amlaudit.core.edits import Edit
from amlaudit.core.estate import Estate
from amlaudit.core.relations import WORKSPACE
from amlaudit.core.report import Finding
from amlaudit.core.resource import Resource
from amlaudit.core.rule import Rule
from amlaudit.core.verdict import Status
from amlaudit.engine.evaluate import judge
from amlaudit.rehearsal.candidates import candidates
from amlaudit.rehearsal.store import Documents, EditedStore, edited

SETTLED: Final = (Status.PASS, Status.NOT_APPLICABLE)
"""Statuses of a rule that has nothing left to fix."""
_IN_WORKSPACE: Final = f"/providers/{WORKSPACE}/"


class Fixing(Struct, frozen=True):
    """The fix of one fail.

    Attributes:
        edits: The edits to make; empty if nothing is known to help, or nothing is needed.
        status: The rule's status afterwards.
        documents: The documents changed by them.
    """

    edits: tuple[Edit, ...]
    status: Status
    documents: Documents


def _keeps_gathered(documents: Documents) -> bool:
    """Tell whether what was gathered from all workspaces stays valid with these documents.

    That is what workspaces and their parts say, not what is attached to them.
    """
    tails = (each.partition(_IN_WORKSPACE)[2] for each in documents)
    return not any(tail and "/providers/" not in tail for tail in tails)


def with_store(estate: Estate, store: EditedStore, documents: Documents) -> Estate:
    """Return an estate with another store, keeping what was gathered from workspaces if valid.

    Args:
        estate: The estate before.
        store: The new store.
        documents: What differs in it.
    """
    made = estate.over(store)
    if _keeps_gathered(documents):
        made.indexes.update(estate.indexes)
    return made


def smallest_fix(finding: Finding, estate: Estate) -> Fixing | None:
    """Return the minimal fix of a fail in an estate, None if the resource does not exist.

    Edits are added one by one until the rule passes; then each one that turns out to be unnecessary
    is removed again.
    """
    resource = estate.store.get(finding.resource.id)
    if resource is None:
        return None
    trial = _Trial(finding.rule, resource, estate)
    if (status := trial.status(())) is not Status.FAIL:
        return Fixing((), status, {})
    possible = list(candidates(finding.rule.fix, resource, estate))
    enough = _first_until(SETTLED, trial, possible) or _first_until(
        (Status.UNKNOWN,), trial, possible
    )
    chosen = _without_needless(trial, enough)
    return Fixing(tuple(chosen), trial.status(chosen), trial.after(chosen).documents)


class _Trial(Struct, frozen=True):
    """One rule and one resource, judged again after some edits."""

    rule: Rule
    resource: Resource
    estate: Estate

    def after(self, edits: Sequence[Edit]) -> EditedStore:
        """Return the documents after some edits."""
        return edited(self.estate.store, edits, self.resource.origin)

    def status(self, edits: Sequence[Edit]) -> Status:
        """Return the rule's status after some edits; deleted resources no longer concern it."""
        if not edits:
            return judge(self.rule, self.resource, self.estate).status
        store = self.after(edits)
        resource = store.get(self.resource.id)
        if resource is None:
            return Status.NOT_APPLICABLE
        estate = with_store(self.estate, store, store.documents)
        status = judge(self.rule, resource, estate).status
        if _keeps_gathered(store.documents):
            self.estate.indexes.update(estate.indexes)
        return status


def _first_until(goal: Sequence[Status], trial: _Trial, possible: Sequence[Edit]) -> list[Edit]:
    """Return the first edits that lead to one of some statuses, none if all of them do not."""
    for count in range(1, len(possible) + 1):
        if trial.status(possible[:count]) in goal:
            return list(possible[:count])
    return []


def _without_needless(trial: _Trial, edits: Sequence[Edit]) -> list[Edit]:
    """Return edits without those that their status does not depend on; the last one is needed."""
    kept = list(edits)
    if edits:
        status = trial.status(edits)
        for each in edits[:-1]:
            others = [other for other in kept if other is not each]
            if trial.status(others) is status:
                kept = others
    return kept
