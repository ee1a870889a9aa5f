"""The check of a rule that asks people a question."""

from amlaudit.core.conditions import Condition
from amlaudit.core.subject import Subject
from amlaudit.core.verdict import Status, Verdict
from amlaudit.engine.checks import check_of


class Question:
    """A check that asks people, where a condition holds.

    Attributes:
        verdict: The verdict there: what is asked, and of whom.
    """

    def __init__(self, verdict: Verdict, when: Condition | None) -> None:
        """Ask where a condition holds; None: everywhere."""
        self.verdict = verdict
        self._applies = check_of(when, when) if when else None

    def __call__(self, subject: Subject) -> Verdict:
        """Return the question, or why it does not arise, or why it is not known if it does."""
        concerned = self._applies(subject) if self._applies else None
        return self.verdict if concerned is None or concerned.status is Status.PASS else concerned
