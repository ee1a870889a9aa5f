"""What SARIF says about the run itself: unknowns, and what the file leaves out."""

from collections.abc import Iterator, Sequence
from typing import Final, NamedTuple, TypeAlias

from amlaudit.core.gap import Gap
from amlaudit.core.report import Report
from amlaudit.core.verdict import Status
from amlaudit.reporters.blindness import rules_blinded
from amlaudit.reporters.completeness import shortfalls_of
from amlaudit.reporters.encoding import given, utc
from amlaudit.reporters.texts import number, plain, sentence

Fields: TypeAlias = dict[str, object]


class _Kind(NamedTuple):
    """A kind of notification.

    Attributes:
        name: One word.
        level: An error says that the run as a whole is incomplete: no viewer may then take the
            results for everything there is (SARIF 2.1.0, 3.20.21).
        meaning: What happened, one sentence.
        advice: What to do about it, one sentence.
    """

    name: str
    level: str
    meaning: str
    advice: str


_KINDS: Final = {
    "AMLRUN01": _Kind(
        "CollectionCutOff",
        "error",
        "The collection of the evidence did not finish.",
        "Let the collection finish, then report again.",
    ),
    "AMLRUN02": _Kind(
        "RunIncomplete",
        "error",
        "Too much is unknown for a reliable verdict.",
        "Grant the missing permissions that the other notifications name, then collect again.",
    ),
    "AMLRUN03": _Kind(
        "PartNotRead",
        "warning",
        "A part of the estate could not be read.",
        "Grant the missing permission, or collect again where Azure gave no answer.",
    ),
    "AMLRUN04": _Kind(
        "ResultsLeftOut",
        "warning",
        "Results were left out because of the limits of code scanning.",
        "Read the JSON report of the same run, or audit one subscription at a time.",
    ),
    "AMLRUN05": _Kind(
        "StatusesLeftOut",
        "error",
        "Fails or unknowns were left out on request.",
        "Report again without `--only`, or keep fails and unknowns.",
    ),
}
_CUT_OFF, _INCOMPLETE, _GAP, _LEFT_OUT, _UNKEPT = _KINDS

_NEEDED: Final = {Status.FAIL, Status.UNKNOWN}
_LONGEST_ID: Final = 500
_LONGEST_DETAIL: Final = 1000


def descriptors() -> list[dict[str, object]]:
    """Return all kinds of notification as SARIF `reportingDescriptor` objects."""
    return [
        {
            "id": id_,
            "name": kind.name,
            "shortDescription": {"text": kind.meaning},
            "fullDescription": {"text": kind.meaning},
            "help": {"text": kind.advice, "markdown": kind.advice},
            "defaultConfiguration": {"level": kind.level},
        }
        for id_, kind in _KINDS.items()
    ]


def invocation(report: Report, common: Sequence[Fields], left_out: int) -> Fields:
    """Return the SARIF `invocation`: successful only if enough of the estate was seen.

    Args:
        report: The report.
        common: The return value of `notifications`.
        left_out: Number of fails that did not fit into the file.
    """
    lines = [*common, *([_left_out(left_out)] if left_out else [])]
    started, ended = report.collection.started_at, report.collection.ended_at
    return {
        "executionSuccessful": all(each["level"] != "error" for each in lines),
        **given(
            startTimeUtc=started and utc(started),
            endTimeUtc=ended and utc(ended),
        ),
        "toolExecutionNotifications": lines,
    }


def notifications(report: Report) -> Iterator[Fields]:
    """Yield everything that keeps the results from being the whole truth."""
    if report.collection.ended_at is None:
        text = "The collection did not finish: what it did not read is not judged."
        yield _notification(_CUT_OFF, text)
    if not report.gate.complete:
        text = f"The run is incomplete: {shortfalls_of(report)}."
        yield _notification(_INCOMPLETE, text)
    if report.only and not _NEEDED.issubset(report.only):
        kept = ", ".join(report.only)
        text = f"Only findings with these statuses are included: {kept}. The others are missing."
        yield _notification(_UNKEPT, text)
    for gap, rules in rules_blinded(report).items():
        yield _gap_notification(gap, rules)


def _left_out(fails: int) -> Fields:
    """Return the notification of results that did not fit into a file."""
    text = (
        f"{number(fails, 'fail')} of the least severe rules did not fit in this file; the JSON "
        "report of the same run contains all of them."
    )
    return _notification(_LEFT_OUT, text)


def _gap_notification(gap: Gap, rules: tuple[str, ...]) -> dict[str, object]:
    """Return the notification of one gap."""
    part, scope = plain(gap.part, _LONGEST_ID), plain(gap.scope_id, _LONGEST_ID)
    detail = sentence(plain(gap.detail, _LONGEST_DETAIL))
    sentences = [f"Could not read '{part}' of '{scope}' ({gap.reason}): {detail}"]
    if gap.permission:
        sentences.append(f"Missing permission: '{plain(gap.permission, _LONGEST_ID)}'.")
    if rules:
        sentences.append(f"Rules without an answer for it: {', '.join(rules)}.")
    properties = {
        "scopeId": gap.scope_id,
        "part": gap.part,
        "reason": gap.reason,
        **given(permission=gap.permission),
        "rules": rules,
    }
    return {**_notification(_GAP, " ".join(sentences)), "properties": properties}


def _notification(id_: str, text: str) -> dict[str, object]:
    """Return a SARIF `notification`."""
    return {
        "descriptor": {"id": id_, "index": list(_KINDS).index(id_)},
        "level": _KINDS[id_].level,
        "message": {"text": text},
    }
