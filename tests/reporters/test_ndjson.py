"""A stream of lines, each of which can be parsed separately."""

import json
from typing import Any

from amlaudit.core.report import Report
from amlaudit.reporters import json as whole
from amlaudit.reporters.ndjson import stream
from tests.reporters.samples import followed, hostile, sample


def lines_of(report: Report) -> list[Any]:
    return [json.loads(line) for line in "".join(stream(report)).split("\n")[:-1]]


def test_the_run_is_the_first_line() -> None:
    first, *_ = lines_of(sample())
    document = json.loads(whole.render(sample()))
    assert first.pop("record") == "run"
    assert first == {key: document[key] for key in first}
    assert {"header", "verdict", "score", "summary"} <= first.keys()


def test_findings_are_those_of_the_json_report() -> None:
    document = json.loads(whole.render(followed()))
    resources = {each["id"]: each for each in document["resources"]}
    found = [each for each in lines_of(followed()) if each["record"] == "finding"]
    for line, finding in zip(found, document["findings"], strict=True):
        assert finding.items() <= line.items()
        assert line["resource"] == resources[finding["resource_id"]]
        assert line["title"]


def test_gaps_and_waivers_have_lines_of_their_own() -> None:
    document = json.loads(whole.render(followed()))
    lines = lines_of(followed())
    for record, expected in (
        ("gap", document["coverage"]["gaps"]),
        ("waiver", document["waivers"]),
    ):
        found = [each for each in lines if each.pop("record", "") == record]
        lines = lines_of(followed())
        assert found == expected


def test_no_text_of_the_cloud_breaks_a_line() -> None:
    report = hostile()
    assert len(lines_of(report)) == 1 + len(report.gaps) + len(report.findings)
