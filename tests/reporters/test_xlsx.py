"""The auditor's workbook: a sheet for each question, and nothing in it that is executed."""

import re
from collections.abc import Callable
from io import BytesIO
from xml.etree import ElementTree as ET
from zipfile import ZipFile

import pytest
from msgspec.structs import replace

from amlaudit.core.report import Override, Report
from amlaudit.core.selection import limited
from amlaudit.core.verdict import Status
from amlaudit.reporters.xlsx import render
from tests.reporters.sample_rules import RULES
from tests.reporters.samples import empty, followed, hostile, report_of, sample, workspace

NAMESPACE = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"
SHEETS = ["Summary", "Findings", "Controls", "Coverage", "Exceptions", "Inventory", "About"]


def opened(report: Report) -> ZipFile:
    return ZipFile(BytesIO(render(report)))


def names_of(book: ZipFile) -> list[str]:
    root = ET.fromstring(book.read("xl/workbook.xml"))  # noqa: S314 - our own
    return [each.get("name", "") for each in root.iter(f"{NAMESPACE}sheet")]


def sheet_of(book: ZipFile, name: str) -> ET.Element:
    number = names_of(book).index(name) + 1
    return ET.fromstring(book.read(f"xl/worksheets/sheet{number}.xml"))  # noqa: S314 - our own


def rows_of(report: Report, name: str) -> list[dict[str, str]]:
    """Return the rows of a sheet, by column heading."""
    found: list[list[str]] = []
    for row in sheet_of(opened(report), name).iter(f"{NAMESPACE}row"):
        cells = ("".join(cell.itertext()) for cell in row.iter(f"{NAMESPACE}c"))
        found.append(list(cells))
    heading, *rows = found
    return [dict(zip(heading, row, strict=True)) for row in rows]


def test_each_question_has_a_sheet() -> None:
    assert names_of(opened(sample())) == SHEETS


@pytest.mark.parametrize("make", [sample, empty, followed])
def test_headings_stay_in_sight_and_can_be_filtered(make: Callable[[], Report]) -> None:
    book = opened(make())
    for name in names_of(book):
        sheet = sheet_of(book, name)
        assert sheet.find(f".//{NAMESPACE}pane") is not None
        assert sheet.find(f"{NAMESPACE}autoFilter") is not None


def test_no_cell_is_a_formula_a_link_or_a_macro() -> None:
    book = opened(hostile())
    for name in book.namelist():
        text = book.read(name).decode("utf-8")
        assert "<f>" not in text
        assert "hyperlink" not in text
        assert "vba" not in name.lower()


def test_what_begins_like_a_formula_is_a_text() -> None:
    found = rows_of(hostile(), "Inventory")
    assert "=cmd|' /C calc'!A1 '\"; DROP TABLE findings; --" in {each["resource"] for each in found}


@pytest.mark.parametrize("make", [sample, hostile, followed])
def test_every_finding_is_one_row(make: Callable[[], Report]) -> None:
    report = make()
    assert [each["finding_id"] for each in rows_of(report, "Findings")] == [
        each.id for each in report.findings
    ]


def test_controls_tell_what_is_not_fully_assessed() -> None:
    rules = {each["rule_id"]: each for each in rows_of(followed(), "Controls")}
    assert (rules["AML1201"]["fail"], rules["AML1201"]["waived"]) == ("1", "1")
    assert rules["AML1201"]["given by"] == "profile"
    assert {each["assessed"] for each in rules.values()} == {"not fully"}
    assert {each["assessed"] for each in rows_of(empty(), "Controls")} == {"not at all"}


def test_what_a_partial_report_leaves_out_is_not_counted_as_none() -> None:
    report = limited(sample(), [Status.FAIL])
    rules = {each["rule_id"]: each for each in rows_of(report, "Controls")}
    assert {each["pass"] for each in rules.values()} == {"left out"}
    assert {each["assessed"] for each in rules.values()} == {"left out"}
    assert rules["AML1201"]["fail"] == "1"
    assert {each["unknown"] for each in rows_of(report, "Inventory")} == {"left out"}
    gaps = [each for each in rows_of(report, "Coverage") if each["state"] == "not read"]
    assert {each["rules without an answer"] for each in gaps} == {"left out"}
    no_fails = limited(sample(), [Status.UNKNOWN])
    assert {each["waived"] for each in rows_of(no_fails, "Controls")} == {"left out"}
    assert "not fully" in {each["assessed"] for each in rows_of(no_fails, "Controls")}


def test_a_rule_that_asks_people_is_not_assessed_by_itself() -> None:
    asking = [each for each in RULES if each.id == "AML1302"]
    (rule,) = rows_of(report_of((workspace("mlw-a", {}),), rules=asking), "Controls")
    assert (rule["manual"], rule["assessed"]) == ("1", "for people")


def test_a_cell_of_many_lines_is_cut_rather_than_lost() -> None:
    report = followed()
    long = replace(report.waivers[0].waiver, reason="a reason\n" * 10_000)
    (first, *_) = rows_of(
        replace(report, waivers=(replace(report.waivers[0], waiver=long),)), "Exceptions"
    )
    assert first["reason"].startswith("a reason\na reason")
    assert first["reason"].endswith("…")


def test_coverage_lists_what_was_not_read_first() -> None:
    rows = rows_of(sample(), "Coverage")
    assert [each["state"] for each in rows[:3]] == ["not read"] * 3
    assert rows[-1]["state"] == "read"


def test_exceptions_are_waivers_and_all_that_a_profile_changes() -> None:
    report = followed()
    assert report.profile
    override = Override("dev", "AML1202", None, "No data there.", "ciso@contoso.example")
    changed = replace(report.profile, overrides=(override,))
    rows = rows_of(replace(report, profile=changed), "Exceptions")
    assert [(each["id"], each["kind"], each["state"]) for each in rows] == [
        ("W-1", "accepted risk", "active"),
        ("W-2", "accepted risk", "expired"),
        ("", "rule disabled", ""),
        ("", "other severity", ""),
        ("", "environment dev", ""),
    ]
    assert [each["remark"] for each in rows[-3:]] == [
        "review overdue", "high instead of medium", "off",
    ]  # fmt: skip


def test_about_tells_what_was_left_out() -> None:
    report = replace(followed(), only=(Status.FAIL,))
    about = {each["what"]: each["value"] for each in rows_of(report, "About")}
    assert about["Findings kept"] == "Failing; counts cover all findings"
    assert about["Fails that count"] == "only those new since the baseline"


def test_the_required_coverage_is_never_rounded_down() -> None:
    report = sample()
    strict = replace(report, gate=replace(report.gate, min_coverage=0.955))
    summary = {each["what"]: each["value"] for each in rows_of(strict, "Summary")}
    assert summary["Coverage required"] == "96 %"


def test_the_verdict_is_shown_beside_its_uncertainty() -> None:
    summary = {each["what"]: each["value"] for each in rows_of(sample(), "Summary")}
    assert (summary["Verdict"], summary["Enough is known"]) == ("FAIL", "no: INCOMPLETE")
    assert re.search(r"posture .* coverage 56 %", summary["Posture and coverage"])
