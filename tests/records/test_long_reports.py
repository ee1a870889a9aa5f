"""Long reports: read one finding at a time, stored outside of memory, rejected if invalid."""

import json
import tracemalloc
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

import pytest
from msgspec.structs import replace

from amlaudit import batches
from amlaudit.core.errors import AmlauditError, Exit
from amlaudit.core.report import Report
from amlaudit.records.baselines import read_past
from amlaudit.records.reports import read_report, report_of
from amlaudit.reporters.json import render, stream
from tests.reporters.samples import followed, sample

PATH: Final = Path("report.json")
TEXT: Final = render(followed())
FIRST: Final = TEXT.index("\n", TEXT.index('"findings": [')) + 1
"""Offset of the first finding, after the line break."""


def refusal(content: str) -> AmlauditError:
    with pytest.raises(AmlauditError) as caught:
        report_of([content.encode()], PATH)
    return caught.value


def line_of(text: str, position: int) -> int:
    return text.count("\n", 0, position) + 1


def repeated(report: Report, times: int) -> Report:
    """Return a report with each finding repeated, each time with another subject."""
    findings = tuple(
        replace(each, subject_key=f"{each.subject_key}{number}")
        for number in range(times)
        for each in report.findings
    )
    return replace(report, findings=findings)


ORDERS: Final[dict[str, Callable[[list[str]], list[str]]]] = {
    "backwards": lambda keys: keys[::-1],
    "by name": sorted,
    "findings first": lambda keys: sorted(keys, key=lambda key: key != "findings"),
    "findings last": lambda keys: sorted(keys, key=lambda key: key == "findings"),
}


@pytest.mark.parametrize("order", ORDERS)
def test_the_order_of_keys_does_not_matter(order: str) -> None:
    document = json.loads(TEXT)
    turned = {key: document[key] for key in ORDERS[order](list(document))}
    assert render(report_of([json.dumps(turned).encode()], PATH)) == TEXT


def test_findings_can_be_iterated_repeatedly_and_are_unchanged() -> None:
    report = repeated(followed(), 100)
    read = report_of([render(report).encode()], PATH)
    assert len(read.findings) == len(report.findings)
    for _ in range(2):
        assert [each.id for each in read.findings] == [each.id for each in report.findings]
    (first, *_) = read.findings
    assert first in read.findings
    assert replace(first, subject_key="another") not in read.findings


def test_findings_keep_an_order_that_is_not_their_rank() -> None:
    report = sample()
    turned = replace(report, findings=tuple(report.findings)[::-1])
    assert [each.id for each in report_of([render(turned).encode()], PATH).findings] == [
        each.id for each in turned.findings
    ]


def test_later_changes_to_the_file_do_not_matter(tmp_path: Path) -> None:
    path = tmp_path / "report.json"
    path.write_text(TEXT, "utf-8")
    report = read_report(path)
    path.write_text("{}", "utf-8")
    assert render(report) == TEXT


def test_two_readers_do_not_disturb_each_other() -> None:
    findings = report_of([render(repeated(sample(), 50)).encode()], PATH).findings
    assert all(one == other for one, other in zip(findings, findings, strict=True))


def test_memory_does_not_grow_with_the_findings(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(batches, "_UNFILED", 1)

    def peak(times: int) -> int:
        path = tmp_path / f"{times}.json"
        with path.open("w", encoding="utf-8") as file:
            file.writelines(stream(repeated(sample(), times)))
        tracemalloc.start()
        count = sum(1 for _ in read_report(path).findings)
        found = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        assert count == times * len(sample().findings)
        return found

    assert peak(200) < peak(100) + 200_000  # in memory it would be several megabytes


def test_damage_in_the_middle_is_reported_with_its_position() -> None:
    middle = TEXT.index('"status"', len(TEXT) // 2)
    error = refusal(TEXT[:middle] + "?" + TEXT[middle:])
    assert (error.code, error.message, error.exit_code) == (
        "E302", "Cannot read report report.json", Exit.INPUT_OUTPUT)  # fmt: skip
    assert error.cause.startswith(f"it is damaged at line {line_of(TEXT, middle)}, column ")
    assert error.advice == "create the report again"


@pytest.mark.parametrize("share", [0.2, 0.5, 0.9, 0.999])
def test_a_truncated_report_states_the_position(share: float) -> None:
    end = int(len(TEXT.rstrip()) * share)
    error = refusal(TEXT[:end])
    assert error.code == "E302"
    assert f"it is damaged at line {line_of(TEXT, end)}, column " in error.cause


@pytest.mark.parametrize("key", ["findings", "rules", "summary", "schema_version"])
def test_a_duplicate_part_is_refused(key: str) -> None:
    text = TEXT.replace('  "trend": ', f'  "{key}": [],\n  "trend": ')
    line = line_of(text, text.index(f'  "{key}": [],\n  "trend"'))
    told = f"it is damaged at line {line}, column 3: duplicate key '{key}'"
    assert refusal(text).cause == told


def test_a_duplicate_key_in_a_finding_is_refused() -> None:
    text = TEXT[:FIRST] + TEXT[FIRST:].replace('"status"', '"id": "", "status"', 1)
    error = refusal(text)
    assert error.cause.startswith(f"it is damaged at line {line_of(TEXT, FIRST)}, column ")
    assert error.cause.endswith("duplicate key 'id'")


@pytest.mark.parametrize("number", ["NaN", "Infinity", "-Infinity", "1e999"])
def test_a_number_that_json_cannot_represent_is_refused(number: str) -> None:
    at = TEXT.index('"observed": ', FIRST)
    text = TEXT[:at] + f'"observed": {number}, "was": ' + TEXT[at + len('"observed": ') :]
    error = refusal(text)
    assert error.cause.startswith(f"it is damaged at line {line_of(TEXT, at)}, column ")
    assert error.cause.endswith(f": {number} is not a JSON number")


def test_invalid_bytes_are_reported() -> None:
    content = TEXT.encode().replace(b'"message": "', b'"message": "\xff', 1)
    with pytest.raises(AmlauditError, match="E302") as caught:
        report_of([content], PATH)
    place = content.index(b"\xff")
    assert caught.value.cause == f"it is damaged at byte {place:,}: invalid UTF-8"


@pytest.mark.parametrize(
    ("table", "key"),
    [("rules", "rule_id"), ("resources", "resource_id"), ("waivers", "waiver_id")],
)
def test_references_of_a_finding_must_exist(table: str, key: str) -> None:
    document = json.loads(TEXT)
    number, named = next(
        (number, each[key]) for number, each in enumerate(document["findings"]) if key in each
    )
    document[table] = [each for each in document[table] if each["id"] != named]
    told = f"it is damaged: findings[{number}]: {named!r} is missing"
    assert refusal(json.dumps(document)).cause == told


@pytest.mark.parametrize("value", [None, 7, "x", {}, True])
@pytest.mark.parametrize("key", ["findings", "rules", "waivers", "trend"])
def test_a_list_is_a_list(key: str, value: object) -> None:
    document = json.loads(TEXT) | {key: value}
    assert refusal(json.dumps(document)).cause == f'it is damaged: "{key}" must be a list'


def test_evidence_that_nests_without_end_is_refused() -> None:
    at = TEXT.index('"observed": ', FIRST)
    text = TEXT[:at] + '"observed": ' + "[" * 100_000
    assert refusal(text).cause.startswith("it is damaged: maximum recursion depth exceeded")


def test_a_report_of_another_format_is_recognised_whatever_its_content() -> None:
    document: dict[str, Any] = {"findings": [7], "rules": {}, "schema_version": "2.0"}
    told = "report.json has schema 2.0 (this version reads schema 1)"
    assert refusal(json.dumps(document)).message == told


def test_a_list_is_not_a_report_whatever_its_end() -> None:
    told = "report.json is not an amlaudit report (schema_version missing)"
    assert refusal('[{"id": 1}, ').message == told


def test_a_report_is_a_past(tmp_path: Path) -> None:
    path = tmp_path / "report.json"
    path.write_text(TEXT, "utf-8")
    past = read_past(path)
    assert (past.name, past.made_for) == ("report.json", followed().at)
    assert set(past.findings) == {each.id for each in followed().findings}


@pytest.fixture
def baseline(tmp_path: Path) -> Path:
    """Write a baseline with one finding."""
    finding = {
        "id": "1", "rule_id": "AML1", "status": "fail", "severity": "high", "resource_id": "/x",
        "subject_key": "", "message": "open", "evidence_sha256": "", "waived": False,
        "first_seen": "2026-01-01T00:00:00Z",
    }  # fmt: skip
    document = {
        "baseline_version": "1.0", "made_for": "2026-01-01T00:00:00Z", "findings": [finding],
    }  # fmt: skip
    path = tmp_path / "baseline.json"
    path.write_text(json.dumps(document, indent=1), "utf-8")
    return path


def test_a_baseline_is_read(baseline: Path) -> None:
    past = read_past(baseline)
    assert [each.message for each in past.findings.values()] == ["open"]


@pytest.mark.parametrize(
    ("before", "after", "told"),
    [
        ('"message"', "message", "it is damaged at line 12, column 4: Expecting property name"),
        ('"status"', '"id"', "it is damaged at line 8, column 4: duplicate key 'id'"),
        ("false", "NaN", "it is damaged at line 14, column 14: NaN is not a JSON number"),
        ('"fail"', '"bad"', "it is damaged: findings[0]: 'bad' is not a valid Status"),
        ('"findings"', '"found"', "it is damaged: 'findings' is missing"),
        ('"made_for"', '"made"', "it is damaged: 'made_for' is missing"),
        ("]\n}", "", "it is damaged at line 1"),
    ],
)
def test_a_damaged_baseline_states_the_position(
    baseline: Path, before: str, after: str, told: str
) -> None:
    baseline.write_text(baseline.read_text("utf-8").replace(before, after), "utf-8")
    with pytest.raises(AmlauditError, match="E302 Cannot read") as caught:
        read_past(baseline)
    assert caught.value.cause.startswith(told)


def test_a_baseline_of_a_later_format_is_recognised(baseline: Path) -> None:
    text = baseline.read_text("utf-8").replace('"1.0"', '"2.0"').replace('"fail"', '"bad"')
    baseline.write_text(text, "utf-8")
    with pytest.raises(AmlauditError, match=r"E206 .*has baseline format 2\.0"):
        read_past(baseline)
