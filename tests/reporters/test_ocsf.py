"""OCSF compliance findings, one event per line: unknown verdicts arrive as warnings."""

import json
from collections import Counter
from typing import Any

from amlaudit.core.gap import Gap, Reason
from amlaudit.core.relations import WORKSPACE
from amlaudit.core.report import Report
from amlaudit.core.verdict import Status
from amlaudit.reporters.ocsf import stream
from tests.reporters.sample_rules import RULES
from tests.reporters.samples import (
    PERMISSION,
    UNREAD,
    assert_golden,
    empty,
    followed,
    hostile,
    report_of,
    sample,
)

STATUS_IDS = {Status.PASS: 1, Status.UNKNOWN: 2, Status.FAIL: 3}


def events_of(report: Report) -> list[Any]:
    return [json.loads(line) for line in "".join(stream(report)).splitlines()]


def findings_of(report: Report) -> list[Any]:
    return events_of(report)[1 + len(report.gaps) :]


def test_report_is_the_one_that_was_reviewed() -> None:
    assert_golden("report.ocsf.jsonl", "".join(stream(followed())))


def test_results_have_their_numeric_codes() -> None:
    report = sample()
    for finding, event in zip(report.findings, findings_of(report), strict=True):
        assert event["finding_info"]["uid"].startswith(finding.id)
        assert event["compliance"]["status_id"] == STATUS_IDS.get(finding.verdict.status, 99)
        assert event["compliance"]["control"] == finding.rule.id
        assert event["type_uid"] == event["class_uid"] * 100 + event["activity_id"]


def test_no_two_events_share_an_id() -> None:
    missing = (
        Gap(UNREAD, "microsoft.machinelearningservices", Reason.TIMEOUT, "no answer"),
        Gap(UNREAD, WORKSPACE, Reason.FORBIDDEN, "403"),
        Gap(UNREAD, WORKSPACE, Reason.TIMEOUT, "no answer"),
    )
    for report in (report_of((), missing=missing, rules=RULES[1:3]), hostile()):
        ids = Counter(each["finding_info"]["uid"] for each in events_of(report))
        assert ids.most_common(1)[0][1] == 1


def test_an_unknown_names_the_permission_that_would_have_helped() -> None:
    report = sample()
    for finding, event in zip(report.findings, findings_of(report), strict=True):
        needs = f" Needs {PERMISSION}." if finding.verdict.permission else ""
        assert event["compliance"].get("status_detail", "").endswith(needs)
        assert needs in event["compliance"].get("status_detail", "")


def test_only_actionable_results_have_a_severity() -> None:
    for event in findings_of(sample()):
        if event["compliance"]["status"] in {"Pass", "Not applicable"}:
            assert event["severity"] == "Informational"
    severities = {each["compliance"]["control"]: each["severity"] for each in findings_of(sample())}
    assert severities["AML1303"] == "Low"


def test_the_run_comes_first_and_is_marked_incomplete() -> None:
    run = events_of(empty())[0]
    assert run["compliance"]["status"] == "Warning"
    assert run["message"].startswith("INCOMPLETE: posture 0")
    assert run["unmapped"]["header"]["tool"] == "amlaudit"


def test_every_gap_is_a_separate_warning() -> None:
    gap = events_of(sample())[3]
    assert (gap["compliance"]["control"], gap["compliance"]["status_id"]) == ("coverage", 2)
    assert "Needs Microsoft.MachineLearningServices/workspaces/read." in gap["message"]


def test_a_waived_fail_is_suppressed_and_stays_a_fail() -> None:
    (waived,) = (each for each in findings_of(followed()) if "waiver" in each.get("unmapped", {}))
    assert (waived["status"], waived["compliance"]["status"]) == ("Suppressed", "Fail")
    assert waived["unmapped"]["waiver"]["expires"] == "2026-03-31"


def test_only_a_fail_has_a_remedy() -> None:
    told = {each["compliance"]["status"] for each in findings_of(sample()) if "remediation" in each}
    assert told == {"Fail"}
