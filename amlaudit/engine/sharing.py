"""What lies around a resource, judged once for all conditions that ask the same.

Most rules for a storage account begin by asking whether a workspace uses it; the answer is worked
out for the first and handed out to the others.
"""

from typing import Final

from amlaudit.core.conditions import Condition
from amlaudit.core.keeping import keep
from amlaudit.core.resource import Resource
from amlaudit.core.subject import Subject
from amlaudit.engine.outcome import Judge, Outcome

_MOST_REMEMBERED: Final = 128
"""Resources of which an outcome is remembered, oldest out first: those judged together and some."""


def asked_once(condition: Condition, judge: Judge) -> Judge:
    """Return the judge by a condition that asks it once of each resource, whichever rule it is of.

    What is judged of a part of a resource tells its place and is not shared.
    """
    question = repr(condition)  # equal conditions are not enough: 1 equals True

    def ask(subject: Subject) -> Outcome:
        if subject.prefix:
            return judge(subject)
        outcomes = subject.estate.outcomes
        told: dict[int, tuple[Resource, Outcome]] = outcomes.setdefault(question, {})
        resource = subject.resource
        known = told.get(id(resource))
        if known is None:
            known = keep(told, id(resource), (resource, judge(subject)), _MOST_REMEMBERED)
        return known[1]

    return ask
