"""What is published: a row per scope and finding, in the columns that are shipped."""

import json
import re
import subprocess
from collections import Counter
from itertools import pairwise
from pathlib import Path
from shutil import which

import pytest
from msgspec.structs import replace

from amlaudit.core.verdict import Status
from amlaudit.publishing.batches import batches, size_of
from amlaudit.publishing.table import COLUMNS, STREAM, TABLE, rows_of
from amlaudit.records.reports import report_of
from amlaudit.reporters.json import stream
from amlaudit.resources import shipped
from tests.reporters.samples import AT, SUBSCRIPTION, UNREAD, sample

FILES = shipped("templates") / "log-analytics"
QUERIES = sorted(FILES.glob("*.kql"))
VALIDATORS = Path(__file__).parents[3] / "shared" / "validators"
KUSTO = Path.home() / ".cache/amlaudit-validators/npm-kql/node_modules/@kusto/language-service-next"
TYPES = {"datetime": str, "string": str, "int": int, "real": float, "boolean": bool}


def test_a_scope_that_could_not_be_read_has_a_row_too() -> None:
    rows = [each for each in rows_of(sample()) if each["RecordType"] == "coverage"]
    assert {SUBSCRIPTION, UNREAD} <= {each["Scope"] for each in rows}
    hidden = next(each for each in rows if each["Scope"] == UNREAD)
    assert hidden["Gaps"] > 0
    assert hidden["Coverage"] < 1


def test_findings_are_sent_by_status_and_scopes_count_all() -> None:
    report = sample()
    by_status = Counter(each.verdict.status for each in report.findings)
    rows = list(rows_of(report, [Status.FAIL]))
    assert sum(each["RecordType"] == "finding" for each in rows) == by_status[Status.FAIL]
    scopes = [each for each in rows if each["RecordType"] == "coverage"]
    assert sum(each["Passes"] for each in scopes) == by_status[Status.PASS]
    assert sum(each["Fails"] for each in scopes) == by_status[Status.FAIL]


def test_every_value_fits_its_column() -> None:
    for row in rows_of(sample(), list(Status)):
        for name, value in row.items():
            assert isinstance(value, TYPES[COLUMNS[name]])
            assert value != ""


def test_what_was_read_back_gives_the_same_rows() -> None:
    report = sample()
    again = report_of(["".join(stream(report)).encode()], Path("report.json"))
    assert list(rows_of(again)) == list(rows_of(report))


def test_a_row_has_one_id_in_a_run_and_another_in_the_next() -> None:
    first = [each["RecordId"] for each in rows_of(sample())]
    later = [each["RecordId"] for each in rows_of(replace(sample(), at=AT.replace(year=2027)))]
    assert len({*first, *later}) == 2 * len(first)


def test_rows_are_put_together_as_far_as_they_fit() -> None:
    rows = [{"a": "x" * number} for number in range(1, 60)]
    made = list(batches(rows, 200))
    assert [row for batch in made for row in batch] == rows
    assert all(size_of(each) <= 200 for each in made)
    assert all(size_of([*one, other[0]]) > 200 for one, other in pairwise(made))
    assert list(batches([])) == []


def test_the_shipped_table_has_the_columns_that_are_sent() -> None:
    text = (FILES / "ingestion.bicep").read_text("utf-8")
    declared = dict(re.findall(r"^  \{ name: '(\w+)', type: '(\w+)' \}$", text, re.MULTILINE))
    assert declared == COLUMNS
    assert f"var table = '{TABLE}'" in text
    assert f"Custom-{TABLE}" == STREAM


def test_the_workbook_asks_the_shipped_queries() -> None:
    document = json.loads((FILES / "workbook.json").read_text("utf-8"))
    asked = {
        each["name"]: each["content"]["query"] for each in document["items"] if each["type"] == 3
    }
    assert asked == {each.stem: each.read_text("utf-8") for each in QUERIES}


@pytest.mark.skipif(
    not (KUSTO.is_dir() and which("node") and VALIDATORS.is_dir()),
    reason="Microsoft's Kusto parser is not installed",
)
def test_the_queries_are_kql_over_the_columns_of_the_table(tmp_path: Path) -> None:
    known = {
        "tables": [TABLE],
        "columns": {name: kind.replace("boolean", "bool") for name, kind in COLUMNS.items()},
        "operators": [],
        "join_kinds": ["inner"],
        "limits": {"join": 9, "union": 0, "mv-expand": 0, "mv-expand documented": 0},
    }
    tables = tmp_path / "tables.json"
    tables.write_text(json.dumps(known), "utf-8")
    texts = [{"name": each.name, "text": each.read_text("utf-8")} for each in QUERIES]
    wrong = {"name": "wrong", "text": f"{TABLE} | where Nothing == 1"}
    done = subprocess.run(  # noqa: S603 - of the validators
        [str(which("node")), str(VALIDATORS / "_kql_parse.cjs"), str(KUSTO), str(tables)],
        input=json.dumps([*texts, wrong]),
        capture_output=True,
        text=True,
        check=True,
    )
    told = {
        each["name"]: [one["message"] for one in each["found"] if one["code"].startswith("kusto:")]
        for each in json.loads(done.stdout)
    }
    assert len(QUERIES) == 3
    assert told.pop("wrong")
    assert not any(told.values()), told
