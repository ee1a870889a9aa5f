"""Judges the neighbourhood of a resource once for all equal conditions.

Most rules for a storage account begin by asking whether a workspace uses it; the answer is computed
for the first and reused by the others.
"""

from typing import Final

from amlaudit.core.caching import keep
from amlaudit.core.conditions import Condition
from amlaudit.core.resource import Resource
from amlaudit.core.subject import Subject
from amlaudit.engine.outcome import Judge, Outcome

_MAX_REMEMBERED: Final = 128
"""Resources with a cached outcome: a batch and some more; the oldest are evicted first."""


def judged_once(condition: Condition, judge: Judge) -> Judge:
    """Return a judge that evaluates a condition once per resource, whichever rule it belongs to.

    A judgement on a part of a resource includes its place and is not shared.
    """
    question = repr(condition)  # equal conditions are not enough: 1 equals True

    def ask(subject: Subject) -> Outcome:
        if subject.prefix:
            return judge(subject)
        outcomes = subject.estate.outcomes
        judged: dict[int, tuple[Resource, Outcome]] = outcomes.setdefault(question, {})
        resource = subject.resource
        known = judged.get(id(resource))
        if known is None:
            known = keep(judged, id(resource), (resource, judge(subject)), _MAX_REMEMBERED)
        return known[1]

    return ask
