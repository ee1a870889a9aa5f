"""What a report says about each check of the checklist."""

import math
from collections import Counter
from collections.abc import Callable, Collection, Mapping
from datetime import timedelta
from typing import Final, TypeAlias

from msgspec.structs import replace

from amlaudit.core.arm_id import SUBSCRIPTION_TYPE
from amlaudit.core.checklist import REPORT, CheckResult, CheckState, Item
from amlaudit.core.relations import WORKSPACE
from amlaudit.core.report import Report
from amlaudit.core.waiver import WaiverState
from amlaudit.engine.checklist.facts import MAX_SIGHTINGS, Facts, RuleFacts

_OLDEST_EVIDENCE: Final = timedelta(days=7)
_SETTLED: Final = (CheckState.WAIVED, CheckState.PASS, CheckState.NOT_APPLICABLE)
_UNINTERESTING: Final = (CheckState.PASS, CheckState.NOT_APPLICABLE)
"""States whose findings are of no interest."""
_WORDS: Final = {
    CheckState.FAIL: "{} failing",
    CheckState.UNKNOWN: "{} unknown",
    CheckState.NOT_AUTOMATED: "{} that only people can answer",
    CheckState.WAIVED: "{} failing with a waiver",
    CheckState.PASS: "{} passed",
    CheckState.NOT_APPLICABLE: "there is no such resource",
}

Outcome: TypeAlias = tuple[CheckState, str]
"""A state, and why."""


def checks_of(
    items: Collection[Item], gaps: Mapping[str, str], report: Report, facts: Facts
) -> dict[str, CheckResult]:
    """Return what a report says about every check, by key; a repeated check is judged once.

    Args:
        items: The items that ask for them.
        gaps: Why no rule answers a check, by key.
        report: The report.
        facts: What it says about each rule.
    """
    answers = {key: ids for item in items for key, ids in item.checks.items()}
    questions = {question.id for item in items for question in item.questions}
    found: dict[str, CheckResult] = {}
    for key, ids in answers.items():
        asked = tuple(each for each in ids if each in questions)
        rules = tuple(each for each in ids if each not in questions and each != REPORT)
        if REPORT in ids:
            found[key] = _by_report(key, report, facts)
        elif rules and report.only:
            found[key] = _with_omissions(_by_rules(key, rules, asked, facts))
        elif rules:
            found[key] = _by_rules(key, rules, asked, facts)
        else:
            state = CheckState.NOT_AUTOMATED, gaps[key]
            found[key] = _result(key, state, questions=asked)
    return found


def _result(
    key: str, outcome: Outcome, rules: tuple[str, ...] = (), questions: tuple[str, ...] = ()
) -> CheckResult:
    """Return a check in a state, without findings."""
    state, message = outcome
    return CheckResult(key, state, message, rules, questions, (), 0, (), state in _SETTLED)


def _by_rules(
    key: str, rules: tuple[str, ...], questions: tuple[str, ...], facts: Facts
) -> CheckResult:
    """Return what the findings of rules say; a rule that was not evaluated is unknown.

    A rule that a profile disables, with its justification, is excused as by a waiver.
    """
    judged = [facts.rules[each] for each in rules if each in facts.rules]
    result = _worst(key, rules, questions, judged)
    absent = [each for each in rules if each not in facts.rules and each not in facts.disabled]
    disabled = {each: facts.disabled[each] for each in rules if each in facts.disabled}
    if absent and result.state is not CheckState.FAIL:
        outcome = CheckState.UNKNOWN, f"{', '.join(absent)} was not evaluated"
        return _result(key, outcome, rules, questions)
    if disabled:
        return _excused(result, disabled)
    return result


def _excused(check: CheckResult, disabled: Mapping[str, str]) -> CheckResult:
    """Return a check some of whose rules a profile disables, given by id with justification."""
    waivers = (*check.waivers, *(f"the profile, which disables {each}" for each in disabled))
    if check.state not in _UNINTERESTING:
        return replace(check, waivers=waivers)
    why = "; ".join(f"{each} is disabled: {reason}" for each, reason in disabled.items())
    return replace(check, state=CheckState.WAIVED, message=why, waivers=waivers)


def _worst(
    key: str, rules: tuple[str, ...], questions: tuple[str, ...], judged: Collection[RuleFacts]
) -> CheckResult:
    """Return the worst state that findings give a check, with the first of those findings."""
    counts = Counter[CheckState]()
    for each in judged:
        counts.update(each.counts)
    state = next((each for each in CheckState if counts[each]), CheckState.NOT_APPLICABLE)
    shown = [one for each in judged for one in each.sightings.get(state, ())]
    message = _WORDS[state].format(counts[state])
    if state is CheckState.NOT_APPLICABLE and shown:
        message = shown[0].message or message
    result = _result(key, (state, message), rules, questions)
    return replace(
        result,
        sightings=() if state in _UNINTERESTING else tuple(shown[:MAX_SIGHTINGS]),
        total=counts[state],
        waivers=tuple(dict.fromkeys(one for each in judged for one in each.waivers)),
    )


def _with_omissions(check: CheckResult) -> CheckResult:
    """Return what a report says about a check if some of its findings were left out."""
    if check.state in (CheckState.FAIL, CheckState.UNKNOWN):
        return check
    outcome = CheckState.UNKNOWN, "the report contains only some of its findings"
    return _result(check.key, outcome, check.rules, check.questions)


def _by_report(key: str, report: Report, facts: Facts) -> CheckResult:
    """Return what the report itself says about a check."""
    if key == "sec.benchmark":
        worst = _worst(key, (), (), [facts.benchmark])
        return _with_omissions(worst) if report.only else worst
    return _result(key, _BY_REPORT[key](report))


def _reached(report: Report) -> Outcome:
    """Tell whether every requested scope was read completely."""
    missing = [gap.scope_id for gap in report.gaps if gap.part == SUBSCRIPTION_TYPE]
    if missing:
        return CheckState.UNKNOWN, f"{len(missing)} scopes could not be read"
    if report.collection.ended_at is None:
        return CheckState.UNKNOWN, "the collection did not finish"
    if WORKSPACE not in report.seen:
        return CheckState.UNKNOWN, "no workspace was read"
    return CheckState.PASS, "every requested scope was read"


def _fresh(report: Report) -> Outcome:
    """Tell whether the evidence is recent enough."""
    started = report.collection.started_at
    if started is None:
        return CheckState.UNKNOWN, "the time at which the evidence was read is not recorded"
    age = report.at - started
    if age > _OLDEST_EVIDENCE:
        return (
            CheckState.FAIL,
            f"the evidence is {age.days} days old; the limit is {_OLDEST_EVIDENCE.days}",
        )
    return CheckState.PASS, f"the evidence was read on {started:%Y-%m-%d}"


def _covered(report: Report) -> Outcome:
    """Tell whether enough could be judged."""
    reached = _percent(report.score.coverage, math.floor)
    least = _percent(report.gate.min_coverage, math.ceil)
    if report.score.coverage < report.gate.min_coverage:
        return CheckState.UNKNOWN, f"coverage {reached}, at least {least} required"
    return CheckState.PASS, f"coverage {reached}"


def _percent(share: float, whole: Callable[[float], int]) -> str:
    """Return a share in per cent, rounded to one decimal in a given direction, never flattering."""
    exact = round(share * 1000, 6)  # 0.29 * 1000 is not quite 290 in binary fractions
    return f"{whole(exact) / 10}%"


def _waivers(report: Report) -> Outcome:
    """Tell whether every waiver still serves its purpose."""
    harmless = (WaiverState.ACTIVE, WaiverState.UNUSED)
    spent = [use.waiver.id for use in report.waivers if use.state not in harmless]
    if spent:
        return CheckState.FAIL, f"waivers no longer in effect: {', '.join(spent)}"
    if not report.waivers:
        return CheckState.NOT_APPLICABLE, "there are no waivers"
    return CheckState.PASS, f"{len(report.waivers)} waivers, none of them expired"


_BY_REPORT: Final[Mapping[str, Callable[[Report], Outcome]]] = {
    "scope.reached": _reached,
    "scope.freshness": _fresh,
    "scope.coverage": _covered,
    "org.waivers": _waivers,
}
