"""Turns compiled conditions into the check of a rule, and their leaves into messages."""

from collections.abc import Mapping
from typing import Final

from amlaudit.core.conditions import FALSE, TRUE, Condition
from amlaudit.core.path import describe
from amlaudit.core.rule import Check
from amlaudit.core.subject import Subject
from amlaudit.core.texts import cut
from amlaudit.core.verdict import Evidence, Look, Seen, Status, Verdict
from amlaudit.engine.compile import are_plain, compile_afresh, compile_condition, remembered
from amlaudit.engine.matchers import spell_scalar
from amlaudit.engine.outcome import Judge, Outcome, Tally

_LONGEST = 80
"""Characters of an observed or expected value that a message quotes; evidence has all of it."""

_WHEN: Final = {FALSE: Status.NOT_APPLICABLE}
_REQUIRED: Final = {TRUE: Status.PASS, FALSE: Status.FAIL}
"""The status that follows from the truth of each condition of a rule."""


def check_of(require: Condition, when: Condition | None = None) -> Check:
    """Return the check of a rule that requires one condition when another holds.

    `when` false: not applicable; `when` unknown: unknown; otherwise `require` decides.
    """
    decision: Check | None = None

    def check(subject: Subject) -> Verdict:
        nonlocal decision
        if decision is None:  # compiled lazily: most runs have no resources of most types
            decision = _decision(require, when)
        return decision(subject)

    return check


def _decision(require: Condition, when: Condition | None) -> Check:
    """Return the compiled check; see `check_of`."""
    conditions = [when, require] if when else [require]
    if are_plain(conditions):
        applies = compile_afresh(when) if when else None
        return remembered(_deciding(applies, _requiring(compile_afresh(require))), conditions)
    # If the whole is cached, its parts need not be.
    compiled = compile_afresh if are_plain([require]) else compile_condition
    required = remembered(_requiring(compiled(require)), [require])
    return _deciding(compile_condition(when) if when else None, required)


def _requiring(required: Judge) -> Check:
    """Return the check that passes where a condition holds and fails where it does not."""
    return lambda subject: _verdict(required(subject), _REQUIRED)


def _deciding(applies: Judge | None, check: Check) -> Check:
    """Return a check that defers to another one where a condition holds."""
    if applies is None:
        return check

    def decide(subject: Subject) -> Verdict:
        outcome = applies(subject)
        return check(subject) if outcome.truth == TRUE else _verdict(outcome, _WHEN)

    return decide


def _verdict(outcome: Outcome, statuses: Mapping[int, Status]) -> Verdict:
    """Return the verdict for an outcome."""
    looks = (*outcome.looks, *outcome.inner)
    if outcome.gap:
        gap = outcome.gap
        return Verdict(Status.UNKNOWN, gap.detail, gap.reason, gap.permission, looks)
    status = statuses[outcome.truth]
    sayings = [_saying(each, wanted=status is Status.FAIL) for each in outcome.looks]
    return Verdict(status, "; ".join(dict.fromkeys(sayings)), looks=looks)


def _saying(evidence: Look | Evidence, *, wanted: bool) -> str:
    """Describe what a rule observed and, if wanted, what it expected there."""
    shown = _quote(evidence.observed)
    if isinstance(evidence.observed, Tally):
        found = f": {shown}"
    elif evidence.seen is Seen.ABSENT:
        found = " is absent"
    else:
        found = (
            f" is absent, which means {shown}" if evidence.seen is Seen.DEFAULT else f" is {shown}"
        )
    path = evidence.path
    place = path[3:].replace("-", " ") if path.startswith("-> ") else path
    return f"{place}{found}" + (
        f" (expected: {cut(evidence.expected, _LONGEST)})" if wanted else ""
    )


def _quote(value: object) -> str:
    """Return a JSON value as messages show it: lists and objects by kind and size."""
    if isinstance(value, str | int | float):
        return cut(spell_scalar(value), _LONGEST)
    size = len(value) if isinstance(value, list | tuple | dict) else 0
    return f"{describe(value)} of {size}"
