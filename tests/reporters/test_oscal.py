"""OSCAL assessment results: satisfied only if a rule passed everywhere, ids made of content."""

import json
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from msgspec.structs import replace

from amlaudit.core.checklist import (
    Checklist,
    Decision,
    Readiness,
    Role,
    Signature,
    SignOff,
)
from amlaudit.core.gap import Gap, Reason
from amlaudit.core.report import Report
from amlaudit.core.rule import Severity
from amlaudit.core.selection import limited
from amlaudit.core.verdict import Status, fail, unknown
from amlaudit.engine.checklist.judge import judge
from amlaudit.reporters.oscal import stream
from tests.engine.checklists import answer, answers, item, question, report
from tests.reporters.sample_rules import RULES
from tests.reporters.samples import (
    AT,
    PROFILE,
    UNREAD,
    assert_golden,
    cut_off,
    empty,
    followed,
    hostile,
    report_of,
    sample,
    workspace,
)


def read(report: Report) -> Any:
    return json.loads("".join(stream(report)))["assessment-results"]


def result_of(report: Report) -> Any:
    (result,) = read(report)["results"]
    return result


def uuids_in(value: Any) -> Iterator[str]:
    if isinstance(value, dict):
        for key, member in value.items():
            if key == "uuid":
                yield member
            yield from uuids_in(member)
    elif isinstance(value, list):
        for member in value:
            yield from uuids_in(member)


def good() -> Report:
    closed = workspace("mlw-good", {"publicNetworkAccess": "Disabled"})
    return report_of((closed,), rules=RULES[1:2])


def test_report_is_the_one_that_was_reviewed() -> None:
    assert_golden("report.oscal.json", "".join(stream(followed())))


@pytest.mark.parametrize("make", [sample, empty, hostile, followed])
def test_ids_are_unique(make: Callable[[], Report]) -> None:
    found = list(uuids_in(read(make())))
    assert len(found) == len(set(found))


def test_every_verdict_is_an_observation_on_an_existing_item() -> None:
    report = sample()
    result = result_of(report)
    items = {each["uuid"] for each in result["local-definitions"]["inventory-items"]}
    assert len(result["observations"]) == len(report.findings)
    for each in result["observations"]:
        assert each["subjects"][0]["subject-uuid"] in items


def test_manual_checks_use_other_methods() -> None:
    methods = {
        next(each["value"] for each in observation["props"] if each["name"] == "status"): tuple(
            observation["methods"]
        )
        for observation in result_of(sample())["observations"]
    }
    assert methods["manual"] == ("INTERVIEW", "EXAMINE")
    assert {methods[each] for each in ("pass", "fail", "unknown")} == {("TEST",)}


def test_a_rule_that_failed_somewhere_is_not_satisfied() -> None:
    report = sample()
    failed = {each.rule.id for each in report.findings if each.verdict.status is Status.FAIL}
    states = {
        each["target"]["target-id"]: each["target"]["status"]["state"]
        for each in result_of(report)["findings"]
    }
    assert states == dict.fromkeys(failed, "not-satisfied")


def test_an_unknown_has_no_finding_and_states_its_reason() -> None:
    result = result_of(sample())
    found = {each["target"]["target-id"] for each in result["findings"]}
    assert "AML1303" not in found
    remarks = [each.get("remarks", "") for each in result["observations"]]
    assert "Unknown: The rule could not be evaluated." in remarks


def test_a_rule_that_passed_everywhere_is_satisfied() -> None:
    (finding,) = result_of(good())["findings"]
    assert finding["target"]["status"]["state"] == "satisfied"


def test_a_rule_of_several_severities_comes_out_once() -> None:
    closed = {"publicNetworkAccess": "Disabled"}
    report = report_of((workspace("mlw-a", closed), workspace("mlw-b", closed)), rules=RULES[1:2])
    first, second = report.findings
    milder = replace(second, rule=replace(second.rule, severity=Severity.LOW))
    (passed,) = result_of(replace(report, findings=(first, milder)))["findings"]
    assert len(passed["related-observations"]) == 2
    gap = Gap(second.resource.id, "properties", Reason.TIMEOUT, "no answer")
    unclear = replace(milder, verdict=unknown(gap))
    assert "findings" not in result_of(replace(report, findings=(first, unclear)))
    failing = replace(milder, verdict=fail("it is open"))
    (failed,) = result_of(replace(report, findings=(first, failing)))["findings"]
    assert failed["target"]["status"]["state"] == "not-satisfied"


def test_a_partial_report_satisfies_nothing() -> None:
    assert "findings" not in result_of(limited(good(), [Status.PASS]))
    assert "findings" not in result_of(limited(good(), [Status.PASS, Status.FAIL]))
    assert "findings" in result_of(limited(good(), list(Status)))


def test_every_part_that_could_not_be_read_is_named() -> None:
    gaps = tuple(Gap(f"{UNREAD}/x{each}", "y", Reason.TIMEOUT, "late") for each in range(100))
    remarks = result_of(replace(sample(), gaps=gaps))["remarks"]
    assert remarks.count("Could not be read: ") == 100
    assert f"{UNREAD}/x99 (timeout)." in remarks
    assert result_of(good())["remarks"] == "Everything that was requested was read."


def test_an_interrupted_collection_did_not_read_everything() -> None:
    remarks = result_of(replace(cut_off(), gaps=()))["remarks"]
    assert remarks == "The collection did not finish: what it did not read is not judged."


def test_rules_that_the_profile_switches_off_are_named() -> None:
    told = [
        each["value"] for each in result_of(followed())["props"] if each["name"] == "switched-off"
    ]
    title = PROFILE.disabled[0].rule.title
    assert told == [f"AML1401 {title} (its review is overdue): No registry is used."]


def test_a_waiver_is_a_risk_with_an_approved_deviation() -> None:
    result = result_of(followed())
    (risk,) = result["risks"]
    assert (risk["status"], risk["deadline"]) == ("deviation-approved", "2026-03-31T23:59:59Z")
    related = [each["related-risks"] for each in result["findings"] if "related-risks" in each]
    assert related == [[{"risk-uuid": risk["uuid"]}]]


def test_a_question_is_an_observation_by_interview_answered_or_not() -> None:
    asked = (question("A01.1"), question("A01.2", blocking=False))
    checklist = judge([item({}, *asked)], {}, report([]), answers(answer()))
    observations = result_of(replace(sample(), checklist=checklist))["observations"][-2:]
    assert all(each["methods"] == ["INTERVIEW", "EXAMINE"] for each in observations)
    told = [{prop["name"]: prop["value"] for prop in each["props"]} for each in observations]
    assert [each["question"] for each in told] == ["A01.1", "A01.2"]
    assert [each["answer"] for each in told] == ["yes", "not_verified"]
    assert [each["settled"] for each in told] == ["yes", "no"]
    assert "see the wiki" in observations[0]["description"]
    assert observations[0]["collected"] == "2026-02-28T12:00:00Z"


def test_a_checklist_without_questions_adds_no_empty_list() -> None:
    checklist = Checklist("", AT, "scan", 180, (), (), Readiness.NOT_READY, (), "0" * 64)
    assert "observations" not in result_of(replace(empty(), checklist=checklist, findings=()))


def test_a_valid_sign_off_is_an_attestation() -> None:
    signed = SignOff(Role.SECURITY, "Zoë", AT, Decision.APPROVE, "Go.", "0" * 64)
    signatures = (Signature(signed, superseded=False, message=""),)
    checklist = Checklist("", AT, "scan", 180, (), signatures, Readiness.READY, (), "0" * 64)
    document = read(replace(sample(), checklist=checklist))
    (party,) = document["metadata"]["parties"]
    (attestation,) = document["results"][0]["attestations"]
    assert party["name"] == "Zoë"
    assert attestation["responsible-parties"][0]["party-uuids"] == [party["uuid"]]
    assert attestation["parts"][0]["prose"] == "Go."


def test_every_role_that_somebody_signed_in_is_defined() -> None:
    signatures = tuple(
        Signature(
            SignOff(role, "Zoë", AT, Decision.APPROVE, "", "0" * 64), superseded=False, message=""
        )
        for role in (Role.SECURITY, Role.PLATFORM)
    )
    checklist = Checklist("", AT, "scan", 180, (), signatures, Readiness.READY, (), "0" * 64)
    document = read(replace(sample(), checklist=checklist))
    defined = {each["id"] for each in document["metadata"]["roles"]}
    used = {
        each["role-id"]
        for attestation in document["results"][0]["attestations"]
        for each in attestation["responsible-parties"]
    }
    assert used == defined
    assert len(document["metadata"]["parties"]) == 1
