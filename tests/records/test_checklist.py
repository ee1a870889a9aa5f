"""The checklist in a JSON report: it matches the schema, and is read back unchanged."""

import json
from datetime import timedelta

from jsonschema import Draft202012Validator
from msgspec.structs import replace

from amlaudit.core.checklist import AnswerState, Decision, Role, SignOff
from amlaudit.core.report import Report
from amlaudit.core.verdict import Status
from amlaudit.engine.checklist.judge import judge
from amlaudit.records.reports import report_of
from amlaudit.reporters.json import render
from amlaudit.resources import shipped
from tests.engine.checklists import AT, WAIVER, answer, answers, finding, item, question, report
from tests.records.test_reports import PATH
from tests.reporters.samples import sample

SIGNED = SignOff(Role.FINOPS, "Zoë", AT, Decision.CONDITIONS, "by May", "0" * 64)


def answered() -> Report:
    """Return a report whose checklist has every kind of check, answer and signature."""
    statuses = (Status.FAIL, Status.UNKNOWN, Status.MANUAL, Status.PASS, Status.NOT_APPLICABLE)
    found = [finding(f"R{number}", each) for number, each in enumerate(statuses)]
    found.append(finding("R9", Status.FAIL, waiver=WAIVER))
    checks = {f"net.{each.rule.id.lower()}": (each.rule.id, "A01.1") for each in found}
    ids = ("A01.1", "A01.2", "A01.3", "A01.4", "A01.5")
    asked = [question(each, blocking=each != "A01.3", depends_on=("net.r0",)) for each in ids]
    asked[2] = replace(asked[2], level_reason="so")
    said = (
        answer(key="A01.1"),
        answer(AnswerState.NOT_REQUIRED, "A01.2", at=AT - timedelta(days=400)),
        answer(AnswerState.PLANNED, "A01.3"),
        answer(AnswerState.NOT_VERIFIED, "A01.4"),
    )
    rows = [item({**checks, "net.none": ("A01.5",), "scope.reached": ("report",)}, *asked)]
    both = (replace(SIGNED, comment=""), SIGNED)
    checklist = judge(rows, {"net.none": "why"}, report(found), answers(*said, signed=both))
    return replace(sample(), checklist=checklist)


def test_a_checklist_fits_the_schema() -> None:
    schema = json.loads((shipped("templates") / "amlaudit-report-1.schema.json").read_text("utf-8"))
    Draft202012Validator(schema).validate(json.loads(render(answered())))


def test_a_checklist_round_trips() -> None:
    made = answered()
    again = report_of([render(made).encode()], PATH)
    assert again.checklist == made.checklist
    assert render(again) == render(made)


def test_a_report_without_a_checklist_has_none() -> None:
    assert report_of([render(sample()).encode()], PATH).checklist is None
