"""A fix plan is tried out in memory: what it fixes, and what it would break."""

import json
import re
from pathlib import Path

import pytest

from amlaudit.cli import run
from amlaudit.cli.auditing import policy_of
from amlaudit.core.arm_id import is_within, normalise
from amlaudit.core.companions import Deed
from amlaudit.core.edits import with_settings
from amlaudit.core.resource import Origin, Resource
from amlaudit.core.rule import Severity
from amlaudit.core.scope import Scope
from amlaudit.core.verdict import Status
from amlaudit.demo.source import READ_AT, Demo
from amlaudit.pipeline import audit
from amlaudit.rehearsal.trial import Rehearsal, rehearse, why_left


@pytest.fixture(scope="module")
def rehearsal() -> Rehearsal:
    policy = policy_of()
    before = audit(Scope(), Demo(), policy, READ_AT)
    return rehearse(Scope(), Demo(), policy, before)


def test_nine_of_ten_fails_are_fixed_and_nothing_breaks(rehearsal: Rehearsal) -> None:
    failed = [each for each in rehearsal.before.findings if each.verdict.status == "fail"]
    assert len(rehearsal.left) < len(failed) / 10
    assert rehearsal.broken == ()


def test_fails_caused_by_other_steps_are_fixed_too(rehearsal: Rehearsal) -> None:
    failed = {each.id for each in rehearsal.before.findings if each.verdict.status == "fail"}
    assert [each for each in rehearsal.fixed if each.id not in failed]


def test_an_unknown_outcome_is_not_counted_as_fixed(rehearsal: Rehearsal) -> None:
    mended = {each.id for each in rehearsal.fixed}
    assert not [each for each in rehearsal.unclear if each.id in mended]
    assert "AML1216" in {each.rule.id for each in rehearsal.unclear}  # its computes are hidden


def test_an_instance_that_is_created_again_without_a_public_address_has_none(
    rehearsal: Rehearsal,
) -> None:
    ended = {
        each.resource.name: each.verdict.status
        for each in rehearsal.after.findings
        if each.rule.id == "AML1605" and each.resource.name.startswith("ci-intern")
    }
    assert Status.FAIL not in ended.values()
    assert ended["ci-intern-01"] is Status.PASS


def test_what_is_left_has_a_reason(rehearsal: Rehearsal) -> None:
    reasons = {each.rule.id: why_left(each) for each in rehearsal.left}
    assert reasons["AML2206"].startswith("Azure Policy reports the violation")
    assert reasons["AML2108"].startswith("what the rule declares is not enough here")


def test_everything_else_is_as_it_was(rehearsal: Rehearsal) -> None:
    """What passed and was not touched still passes: all rules judge again."""
    before = {each.id for each in rehearsal.before.findings}
    assert before - {each.id for each in rehearsal.after.findings} == {
        each.id for each in rehearsal.before.findings if each.resource.id in _removed(rehearsal)
    }


def _removed(rehearsal: Rehearsal) -> set[str]:
    """Return the ids of what was removed, and of everything below it."""
    gone = {
        normalise(edit.id)
        for edits in rehearsal.edits.values()
        for edit in edits
        if edit.deed is Deed.REMOVE and not edit.dropped
    }
    ids = {each.resource.id for each in rehearsal.before.findings}
    return {each for each in ids if any(is_within(each, scope) for scope in gone)}


def test_settings_stand_in_the_document_and_leave_the_rest_of_it() -> None:
    body = {"Properties": {"a": {"b": 1}, "c": "kept"}, "name": "x"}
    resource = Resource("/x", "a/b", "x", body, Origin("s", "", READ_AT))
    mended = with_settings(resource, {"properties.a.d": ("p", "q"), "sku.name": "S"})
    assert mended.body == {
        "Properties": {"a": {"b": 1, "d": ["p", "q"]}, "c": "kept"},
        "name": "x",
        "sku": {"name": "S"},
    }
    assert resource.body == body


def test_a_snapshot_is_planned_and_tried(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["demo", "--out", str(tmp_path)]) == 0
    capsys.readouterr()
    plan = tmp_path / "plan.sh"
    command = ["fix-plan", str(tmp_path / "estate.db"), "--format", "az", "--out", str(plan)]
    assert run([*command, "--severity", "high"]) == 0
    told = capsys.readouterr().err
    assert "held back" in told
    assert re.search(r"\d+ fails before, \d+ after", " ".join(told.split()))
    assert "new fail: AML2105 on crsandboxdev: sku.name is Standard" in told  # that one is medium
    assert "use a lower --severity to plan for the new fails, too" in told
    assert (
        "left: AML2202 on mlh-assistants-dev, mlp-helpdesk-dev: A workspace should not be moved"
        in told
    )
    assert plan.read_text().startswith("#!/usr/bin/env bash")
    assert "AML1105, low" not in plan.read_text()


def test_what_is_milder_than_the_plan_is_left_alone_when_it_is_tried() -> None:
    policy = policy_of()
    before = audit(Scope(), Demo(), policy, READ_AT)
    found = rehearse(Scope(), Demo(), policy, before, Severity.CRITICAL)
    assert {each.rule.severity for each in found.fixed} == {Severity.CRITICAL}
    failing = (before.tally, found.after.tally)
    assert [each[Severity.HIGH, Status.FAIL] for each in failing] == [103, 103]
    assert found.left == ()


def test_a_report_is_planned_but_cannot_be_tried(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["demo", "--out", str(tmp_path)]) == 0
    capsys.readouterr()
    assert run(["fix-plan", str(tmp_path / "report.json")]) == 0
    out, told = capsys.readouterr()
    assert out.startswith("# Fix plan")
    assert "The plan was not tried out" in told


def test_an_invalid_input_is_reported(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["fix-plan", str(tmp_path / "missing.db")]) == 6
    other = tmp_path / "other.json"
    other.write_text(json.dumps({"a": 1}))
    assert run(["fix-plan", str(other)]) == 6
    assert "E302" in capsys.readouterr().err
