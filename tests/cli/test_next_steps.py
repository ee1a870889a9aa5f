"""After a scan, the terminal says where its reports are, and what to do next."""

from pathlib import Path

import pytest
from msgspec.structs import replace

from amlaudit.cli.next_steps import note_next
from amlaudit.cli.outputs import Output, note_written
from amlaudit.core.gap import Gap, Reason
from amlaudit.core.report import Report
from amlaudit.core.scope import Scope
from tests.engine.test_waivers import waiver
from tests.reporters.samples import sample


def next_steps(capsys: pytest.CaptureFixture[str]) -> list[str]:
    return capsys.readouterr().err.splitlines()


@pytest.mark.parametrize(
    ("paths", "told"),
    [
        ([], []),
        (["out/a.html", "out/a.json"], ["Reports: out/a.html, .json"]),
        (["a.html", "b.json", "a.md"], ["Reports: a.html, .md, b.json"]),
        (["a.one.sarif", "a.two.sarif"], ["Reports: a.one.sarif, a.two.sarif"]),
        (["report"], ["Reports: report"]),
    ],
)
def test_reports_are_named(
    paths: list[str], told: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    note_written([Path(each) for each in paths])
    assert next_steps(capsys) == told


def test_the_worst_fail_is_suggested_first_then_the_plan(
    capsys: pytest.CaptureFixture[str],
) -> None:
    outputs = [Output("html", Path("a.html")), Output("json", Path("out dir/a.json"))]
    report = replace(sample(), gaps=())
    note_next(report, outputs, None)
    assert next_steps(capsys) == [
        "Next: amlaudit explain AML1001",
        "      amlaudit fix-plan 'out dir/a.json'",
    ]
    note_next(report, outputs, Path("estate.db"))
    assert next_steps(capsys)[1] == "      amlaudit fix-plan estate.db"


def test_a_rule_of_a_named_pack_is_explained_with_that_pack(
    capsys: pytest.CaptureFixture[str],
) -> None:
    note_next(replace(sample(), gaps=()), [], None, packs=["my rules"])
    assert next_steps(capsys) == ["Next: amlaudit explain AML1001 --rules 'my rules'"]


def test_without_a_report_file_no_plan_is_suggested(capsys: pytest.CaptureFixture[str]) -> None:
    note_next(replace(sample(), gaps=()), [Output("oscal", Path("a.json"))], None)
    assert next_steps(capsys) == ["Next: amlaudit explain AML1001"]


def test_denied_reads_suggest_doctor(capsys: pytest.CaptureFixture[str]) -> None:
    gap = Gap("/subscriptions/s", "Microsoft.Network/privateEndpoints", Reason.FORBIDDEN, "")

    def about(scope: Scope) -> Report:
        collection = replace(sample().collection, scope=scope)
        return replace(sample(), findings=(), gaps=(gap,), collection=collection)

    asked = Scope(subscriptions=("ML Production",), management_groups=("mg-ml",))
    note_next(about(asked), [], None)
    assert next_steps(capsys) == [
        "Next: amlaudit doctor --subscription 'ML Production' --management-group mg-ml"
    ]
    note_next(about(Scope()), [], None)
    assert not next_steps(capsys)


def test_a_deployment_is_judged_on_top_of_the_live_estate(
    capsys: pytest.CaptureFixture[str],
) -> None:
    gap = Gap("/subscriptions/s", "microsoft.resources/subscriptions", Reason.NOT_COLLECTED, "")
    collection = replace(sample().collection, is_deployment=True)
    report = replace(sample(), findings=(), gaps=(gap,), collection=collection)
    files = [Path("infra/main.json"), Path("my parameters.json")]
    note_next(report, [], None, files)
    assert next_steps(capsys) == [
        "Next: amlaudit collect --subscription NAME --out estate.db",
        "      amlaudit scan --from infra/main.json --from 'my parameters.json' --from estate.db",
    ]
    note_next(replace(report, gaps=()), [], None, files)
    note_next(replace(report, collection=sample().collection), [], None, files)
    assert not next_steps(capsys)


def test_waived_fails_are_not_next_steps(capsys: pytest.CaptureFixture[str]) -> None:
    report = sample()
    waived = [replace(each, waiver=waiver()) for each in report.findings]
    note_next(replace(report, findings=tuple(waived), gaps=()), [], None)
    assert not next_steps(capsys)
