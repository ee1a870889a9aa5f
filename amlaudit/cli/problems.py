"""Problems with a run as a whole, for stderr, each with its code and advice; and its exit code."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from datetime import timedelta
from typing import Final

from msgspec import Struct

from amlaudit.cli.messages import counted, is_debugging, mark, note, say_debug_file
from amlaudit.core import arm_id
from amlaudit.core.arm_id import SUBSCRIPTION_TYPE
from amlaudit.core.errors import Exit
from amlaudit.core.gap import Reason
from amlaudit.core.neighbourhood import not_seen
from amlaudit.core.patterns import late_pattern
from amlaudit.core.ranked import unknown_in
from amlaudit.core.relations import WORKSPACE
from amlaudit.core.report import Outcome, Report
from amlaudit.core.waiver import WaiverState

_EXIT: Final = {
    Outcome.PASS: Exit.PASS,
    Outcome.FAIL: Exit.FAIL,
    Outcome.INCOMPLETE: Exit.INCOMPLETE,
}
_CRASH: Final = late_pattern(r"rule \S+ crashed: (\w+)")


class RunProblems(Struct, frozen=True):
    """What the findings of a run say about it together.

    Attributes:
        is_stale: Whether any evidence was too old to be judged.
        crashes: The errors that rules crashed with, and on how many resources:
            `AML1305 (ValueError)`.
        failures: Why policies could not be evaluated, and on how many resources.
    """

    is_stale: bool
    crashes: Mapping[str, int]
    failures: Mapping[str, int]


def note_problems(report: Report, max_age: timedelta | None = None) -> None:
    """Print on stderr what is wrong with a run as a whole; in debug mode, write what crashed.

    Args:
        report: The report.
        max_age: Maximum age of evidence that rules about time judge; None: any.
    """
    problems = problems_in(report)
    for each in problem_lines(report, problems, max_age):
        note(each)
    if problems.crashes and is_debugging():
        say_debug_file(crashes=problems.crashes)


def exit_code(
    report: Report,
    *,
    strict: bool = False,
    allow_incomplete: bool = False,
    allow_empty: bool = False,
) -> Exit:
    """Return the exit code for a report.

    Args:
        report: The report.
        strict: Whether a run that does not fail is invalid if a waiver matches nothing.
        allow_incomplete: Whether an incomplete run passes.
        allow_empty: Whether a run passes that is incomplete because its scope is known to be empty.
    """
    code = _EXIT[report.gate.outcome]
    is_allowed = allow_incomplete or (allow_empty and _is_known_to_be_empty(report))
    if code is Exit.INCOMPLETE and is_allowed:
        note("The result is incomplete, but accepted as such.")
        code = Exit.PASS
    if strict and code is not Exit.FAIL and _has_unused_waiver(report):
        return Exit.INVALID
    return code


def _has_unused_waiver(report: Report) -> bool:
    """Tell whether a waiver matches nothing."""
    return any(use.state is WaiverState.UNUSED for use in report.waivers)


def _is_known_to_be_empty(report: Report) -> bool:
    """Tell whether there is no workspace in scope, and none that could not be seen."""
    unread = {gap.part for gap in report.gaps}
    is_bare = WORKSPACE not in report.seen or not report.tally
    return is_bare and unread.isdisjoint((SUBSCRIPTION_TYPE, WORKSPACE))


def problems_in(report: Report) -> RunProblems:
    """Return what the findings say about a run, in one pass over the unknown ones."""
    is_stale = False
    crashes: Counter[str] = Counter()
    failures: Counter[str] = Counter()
    for each in unknown_in(report.findings):
        reason = each.verdict.reason
        is_stale |= reason is Reason.STALE
        if reason is Reason.RULE_ERROR:
            if kind := _CRASH.fullmatch(each.verdict.message):
                crashes[f"{each.rule.id} ({kind[1]})"] += 1
            else:
                failures[f"{each.rule.id}: {each.verdict.message}"] += 1
    return RunProblems(is_stale, crashes, failures)


def problem_lines(
    report: Report, problems: RunProblems, max_age: timedelta | None = None
) -> Iterator[str]:
    """Yield the problems with a run, each on two lines.

    Args:
        report: The report.
        problems: What its findings say together.
        max_age: Maximum age of evidence that rules about time judge; None: any.
    """
    if report.waivers:
        from amlaudit.cli.waiver_words import waiver_problem  # noqa: PLC0415 - few runs have some

        yield from filter(None, map(waiver_problem, report.waivers))
    yield from _unreadable(report)
    yield from _throttled(report)
    if problems.is_stale and max_age:
        yield from _stale(report, max_age)
    yield from _failing(problems.failures)
    yield from _crashed(problems.crashes)
    if WORKSPACE not in report.seen:
        yield f"{mark('cross')} E110 {_no_workspace(report)}"
    elif missing := not_seen(report.collection.scope.workspaces, report.neighbourhoods):
        yield _workspaces_not_found(missing)
    elif not report.tally:
        yield _message(
            "E110",
            "Nothing in scope was evaluated",
            "check --resource-group, --exclude, and the rules that --select names, or accept an "
            "empty scope with --allow-empty",
        )


def _message(code: str, what: str, advice: str) -> str:
    """Return the message for a problem."""
    return f"{mark('cross')} {code} {what}\n  {mark('arrow')} {advice}"


def _unreadable(report: Report) -> Iterator[str]:
    """Yield which subscriptions could not be read, if others could."""
    reached = report.collection.reached
    hidden = {gap.scope_id for gap in report.gaps if gap.part == SUBSCRIPTION_TYPE} - {*reached}
    if reached and hidden:
        names = ", ".join(sorted(map(arm_id.name_of, hidden)))
        yield _message(
            "E105",
            f"No read access to {len(hidden)} of {len(hidden) + len(reached)} subscriptions "
            f"({names}). Scanned the other {len(reached)}; result is INCOMPLETE.",
            "grant the role from `amlaudit doctor --role-definition`, or use --exclude or "
            "--allow-incomplete",
        )


def _throttled(report: Report) -> Iterator[str]:
    """Yield how much Azure refused because of too many requests."""
    unfinished = [gap for gap in report.gaps if gap.reason is Reason.THROTTLED]
    if unfinished:
        refused = report.collection.calls.get("429", 0)
        text = f" Requests refused: {refused}." if refused else ""
        yield _message(
            "E107",
            f"Azure is throttling; {counted(len(unfinished), 'part')} could not be read.{text}",
            "collect again with --concurrency 2 or fewer scopes; affected checks are unknown",
        )


def _stale(report: Report, max_age: timedelta) -> Iterator[str]:
    """Yield how old the evidence is, if it is too old for some rules."""
    read_at = report.collection.ended_at or report.collection.started_at
    if read_at and report.at - read_at > max_age:
        yield _message(
            "E303",
            f"The snapshot is {(report.at - read_at).days} days old; time-based rules are reported "
            "as unknown (stale).",
            "collect again, or raise --max-age",
        )


def _failing(failures: Mapping[str, int]) -> Iterator[str]:
    """Yield which policies cannot be evaluated, through no fault of the program."""
    for what, count in sorted(failures.items()):
        yield _message(
            "E202",
            f"Policy {what}. It is reported as unknown on {counted(count, 'resource')}; the scan "
            "continued.",
            "fix the definition, or set its parameters in an assignment next to it",
        )


def _crashed(crashes: Mapping[str, int]) -> Iterator[str]:
    """Yield which rules crashed."""
    for what, count in sorted(crashes.items()):
        yield _message(
            "E901",
            f"Internal error in rule {what}. The rule is reported as unknown on "
            f"{counted(count, 'resource')}; the scan continued.",
            "run again with --debug and report the file that it writes",
        )


def _workspaces_not_found(missing: Sequence[str]) -> str:
    """Return the message that named workspaces were not found or are hidden."""
    names = ", ".join(f'"{each}"' for each in missing)
    judged = "it was" if len(missing) == 1 else "they were"
    return _message(
        "E110",
        f"No workspace {names} found in scope; {judged} not evaluated",
        "check the spelling of --workspace, and that its subscription is in scope",
    )


def _no_workspace(report: Report) -> str:
    """Return the message that there is no workspace, and what follows from that."""
    if report.collection.is_deployment:
        assumed = "resources that a workspace can use are evaluated as if one did"
        return (
            "No Azure Machine Learning workspace is declared"
            f"{f'; {assumed}' if report.collection.assumed else ''}\n"
            f"  {mark('arrow')} add the file that declares it with another --from"
        )
    if not report.collection.reached:
        return (
            "No Azure Machine Learning workspace in scope: the files contain none, but cannot "
            "prove that there is none\n"
            f"  {mark('arrow')} add the file that contains it with another --from"
        )
    read = counted(len(report.collection.reached), "subscription")
    return (
        f"No Azure Machine Learning workspace in scope ({read} read)\n"
        f"  {mark('arrow')} check the scope, or accept an empty one with --allow-empty"
    )
