"""CSV that every spreadsheet opens as intended, and in which nothing is executed."""

import csv
import re
from collections.abc import Callable
from io import StringIO
from typing import Final

import pytest

from amlaudit.core.report import Report
from amlaudit.reporters.csv import CsvOptions, stream
from amlaudit.reporters.rows import LONGEST_CELL, safe, shown
from tests.reporters.samples import (
    assert_golden,
    empty,
    followed,
    hostile,
    sample,
)

FORMULAS: Final = (
    "=cmd|' /C calc'!A1",
    "+1+1",
    "-2+3",
    "@SUM(A1)",
    "\t=1+1",
    " =1+1",
    '"=1+1',
    "'=1+1",
    "\uff1d1+1",
)


def rows_of(report: Report, *, bom: bool = False) -> list[dict[str, str]]:
    text = "".join(stream(report, CsvOptions(bom=bom)))
    return list(csv.DictReader(StringIO(text, newline=""), strict=True))


def test_report_is_the_one_that_was_reviewed() -> None:
    assert_golden("report.csv", "".join(stream(followed(), CsvOptions())))


@pytest.mark.parametrize("make", [sample, empty, hostile, followed])
def test_every_finding_is_one_row(make: Callable[[], Report]) -> None:
    report = make()
    assert [each["finding_id"] for each in rows_of(report)] == [each.id for each in report.findings]


def test_every_row_states_the_verdict_of_the_run() -> None:
    (said,) = {each["run"] for each in rows_of(sample())}
    assert said == "FAIL, INCOMPLETE: posture 22\N{EN DASH}67 %, coverage 56 %"


def test_unknown_states_its_reason() -> None:
    unknown = [each for each in rows_of(sample()) if each["status"] == "unknown"]
    assert unknown
    assert all(each["unknown_reason"] for each in unknown)


def test_only_a_fail_has_a_fix() -> None:
    fixes = {each["status"] for each in rows_of(sample()) if each["fix"]}
    assert fixes == {"fail"}


def test_a_waived_fail_names_its_waiver() -> None:
    (row,) = (each for each in rows_of(followed()) if each["waiver"])
    assert (row["status"], row["waiver"], row["waiver_expires"]) == ("fail", "W-1", "2026-03-31")
    assert row["declared_at"] == "infra/main.bicep:12"


def test_lines_end_as_the_standard_requires() -> None:
    text = "".join(stream(hostile(), CsvOptions()))
    outside = re.sub(r'"[^"]*"', "", text)
    assert text.endswith("\r\n")
    assert outside.count("\n") == outside.count("\r\n") == len(hostile().findings) + 1


def test_commands_keep_their_lines_below_what_to_know_before() -> None:
    (row,) = (each for each in rows_of(sample()) if each["rule_id"] == "AML1001" and each["fix"])
    assert row["fix"].splitlines() == [
        "# Warning: The property is fixed at creation: the resource must be rebuilt.",
        "# Warning: This step cannot be undone.",
        "# Note: Jobs that run on the cluster are lost.",
        "az ml compute delete --name gpu-cluster --resource-group rg-ml",
        "az ml compute create --file compute.yml # `remote_login_port: disabled`",
    ]


@pytest.mark.parametrize("text", FORMULAS)
def test_no_cell_begins_like_a_formula(text: str) -> None:
    assert safe(shown(text)).startswith("'")


@pytest.mark.parametrize("text", ["mlw-churn", "", "Zoë = 1", "10.0.0.0/8"])
def test_other_texts_stay_as_they_are(text: str) -> None:
    assert safe(text) == text


def test_a_control_character_is_shown_and_not_obeyed() -> None:
    assert safe(shown("\r=1+1")) == "\N{SYMBOL FOR CARRIAGE RETURN}=1+1"


def test_no_cell_is_longer_than_a_spreadsheet_takes() -> None:
    assert len(safe(shown("=" + "x" * 40_000))) <= LONGEST_CELL + 1


def test_the_encoding_mark_for_excel_is_optional() -> None:
    assert "".join(stream(sample(), CsvOptions(bom=True))).startswith("\ufeffrun,status")
