"""Compares reports: what was known without faults, and what is left of it."""

from collections.abc import Mapping

from msgspec.structs import replace

from amlaudit.core import arm_id
from amlaudit.core.report import Report
from amlaudit.core.verdict import Evidence, Status, Verdict


def verdicts_of(report: Report) -> Mapping[tuple[str, str], Verdict]:
    """Return the verdicts of a report by rule and resource."""
    return {(each.rule.id, each.resource.id): each.verdict for each in report.findings}


def told(report: Report) -> Mapping[tuple[str, str], object]:
    """Return what the findings of a report say, except when and by which call it was read."""
    return {
        key: replace(
            verdict,
            looks=tuple(
                replace(each, origin=None) if isinstance(each, Evidence) else each
                for each in verdict.looks
            ),
        )
        for key, verdict in verdicts_of(report).items()
    }


def assert_no_new_pass(before: Report, after: Report) -> None:
    """Check that nothing passes that did not pass when more was known."""
    old = verdicts_of(before)
    for key, verdict in verdicts_of(after).items():
        if verdict.status is Status.PASS:
            assert key in old
            assert old[key].status is Status.PASS, (key, old[key], verdict)


def assert_same_or_named(before: Report, after: Report) -> None:
    """Check that each finding is unchanged, or that a gap says what is missing for it."""
    assert_no_new_pass(before, after)
    old, new = verdicts_of(before), verdicts_of(after)
    if not after.gaps:
        assert told(after) == told(before)
    for key, verdict in new.items():
        if key not in old or verdict.status is not old[key].status:
            assert verdict.status is Status.UNKNOWN, (key, old.get(key), verdict)
            assert verdict.reason, (key, verdict)
    for rule_id, resource_id in old.keys() - new.keys():
        assert _is_named(resource_id, after), (rule_id, resource_id, after.gaps)


def _is_named(resource_id: str, report: Report) -> bool:
    """Tell whether a gap covers a resource: its type, or that of one of its parents."""
    arm_type = arm_id.type_of(resource_id)
    return any(
        f"{arm_type}/".startswith(f"{gap.part}/") and arm_id.is_within(resource_id, gap.scope_id)
        for gap in report.gaps
    )
