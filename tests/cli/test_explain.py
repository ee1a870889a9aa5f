"""`explain`: a rule, or a finding of a report with its evidence, its history and its fix."""

import json
from pathlib import Path
from textwrap import indent
from typing import TypeAlias

import pytest
from msgspec.structs import replace

from amlaudit.cli import run
from amlaudit.core.commands import command_of
from amlaudit.core.errors import Exit
from amlaudit.core.policy_view import (
    Attestation,
    Compliance,
    Exemption,
    Expression,
    PolicyView,
    Remediation,
)
from amlaudit.core.report import Finding
from amlaudit.core.verdict import Status
from amlaudit.reporters.json import render
from tests.reporters.samples import followed

Capture: TypeAlias = pytest.CaptureFixture[str]
FINDINGS = tuple(followed().findings)


@pytest.fixture
def report(tmp_path: Path) -> str:
    path = tmp_path / "report.json"
    path.write_text(render(followed()), "utf-8")
    return str(path)


def first(status: Status, *, waived: bool = False) -> Finding:
    return next(
        each
        for each in FINDINGS
        if each.verdict.status is status and (each.waiver is not None) is waived
    )


def test_a_rule_is_explained(capsys: Capture) -> None:
    assert run(["explain", "aml1201"]) == Exit.PASS
    assert capsys.readouterr().out.startswith("AML1201  ")
    assert run(["explain", "AML1201", "-o", "json"]) == Exit.PASS
    assert json.loads(capsys.readouterr().out)["id"] == "AML1201"


def test_a_finding_is_explained_with_its_evidence_age_and_fix(report: str, capsys: Capture) -> None:
    finding = first(Status.FAIL)
    assert run(["explain", finding.id, "--report", report]) == Exit.PASS
    told = capsys.readouterr().out
    assert told.startswith(f"{finding.id}  fail on {finding.resource.name}\n")
    assert finding.verdict.message in told
    assert "Seen:\n" in told
    assert "since last.json · first seen 2025-12-16 06:30:00 UTC" in told
    assert "How to fix it here:\n" + indent(command_of(finding), "  ") in told
    assert finding.rule.because in told


def test_a_waived_finding_names_who_answers_for_it(report: str, capsys: Capture) -> None:
    finding = first(Status.FAIL, waived=True)
    run(["explain", finding.id, "--report", report])
    assert "Waived by W-1 until " in capsys.readouterr().out


def test_an_unknown_finding_shows_its_reason_and_the_missing_evidence(
    report: str, capsys: Capture
) -> None:
    finding = next(each for each in FINDINGS if each.verdict.permission)
    run(["explain", finding.id.upper(), "--report", report])
    told = capsys.readouterr().out
    assert "No permission to read: " in told
    assert f"needs {finding.verdict.permission}" in told


def check_text(view: PolicyView, tmp_path: Path, capsys: Capture) -> str:
    """Return the explanation of the first fail when a policy also says something about it."""
    finding = first(Status.FAIL)
    seen = (replace(each, policies=(view,)) if each.id == finding.id else each for each in FINDINGS)
    path = tmp_path / "watched.json"
    path.write_text(render(replace(followed(), findings=tuple(seen))), "utf-8")
    assert run(["explain", finding.id, "--report", str(path)]) == Exit.PASS
    return capsys.readouterr().out


def test_a_finding_shows_the_verdict_of_azure_policy(tmp_path: Path, capsys: Capture) -> None:
    view = PolicyView(
        "no-public-access",
        "/subscriptions/s/providers/microsoft.authorization/policyassignments/closed",
        "audit",
        Compliance.COMPLIANT,
        "2026-01-01T00:00:00Z",
        "/subscriptions/s",
        (Expression("properties.open", "Equals", "false", "true", held=False),),
        (Remediation("shut-them", "Failed", 2, 1),),
        (Attestation("seen", Compliance.COMPLIANT, "me", "2027-01-01", "looked at"),),
        (Exemption("pilot", "Waiver", "2027-01-01", "rebuilt weekly"),),
    )
    assert (
        "Azure Policy: It comes to the opposite verdict.\n"
        "  compliant: no-public-access (audit), evaluated 2026-01-01T00:00:00Z\n"
        "    assigned as closed to /subscriptions/s\n"
        "    properties.open is false: Equals true does not hold\n"
        "    remediation shut-them: Failed, 2 deployments, 1 of them failed\n"
        "    attested as compliant by me until 2027-01-01: looked at\n"
        "    exempted by pilot (waiver) until 2027-01-01: rebuilt weekly\n"
    ) in check_text(view, tmp_path, capsys)


def test_what_azure_does_not_tell_of_a_policy_is_left_out(tmp_path: Path, capsys: Capture) -> None:
    view = PolicyView("no-public-access", "/a/b/closed", "", Compliance.CONFLICTING)
    assert (
        "Azure Policy: Its policies contradict each other.\n"
        "  in conflict: no-public-access\n"
        "    assigned as closed to an unknown scope\n"
    ) in check_text(view, tmp_path, capsys)


def test_a_finding_is_given_as_json(report: str, capsys: Capture) -> None:
    finding = first(Status.FAIL)
    run(["explain", finding.id, "--report", report, "-o", "json"])
    assert json.loads(capsys.readouterr().out)["id"] == finding.id


def test_a_rule_of_a_report_lists_its_fails(report: str, capsys: Capture) -> None:
    finding = first(Status.FAIL)
    run(["explain", finding.rule.id, "--report", report])
    assert f"{finding.id}  {finding.resource.name}" in capsys.readouterr().out


def test_what_is_not_there_is_refused(report: str, capsys: Capture) -> None:
    assert run(["explain", "0" * 32]) == Exit.USAGE
    assert "--report FILE" in capsys.readouterr().err
    assert run(["explain", "0" * 32, "--report", report]) == Exit.INVALID
    assert "E203 Finding" in capsys.readouterr().err
    assert run(["explain", "AML1021"]) == Exit.INVALID
    assert 'E203 Unknown rule "AML1021". Did you mean' in capsys.readouterr().err


def test_a_rule_missing_from_a_report_is_explained_with_a_note(
    report: str, capsys: Capture
) -> None:
    assert run(["explain", "AML2102", "--report", report]) == Exit.PASS
    told = capsys.readouterr().out
    assert told.startswith("AML2102  ")
    assert told.endswith("Fails in the report:\n  none, because the rule was not part of the run\n")
