"""What applies to every format: reproducible bytes, and no verdict without its doubt."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Final

import pytest
from msgspec.structs import replace

from amlaudit.core.errors import AmlauditError
from amlaudit.core.report import Report
from amlaudit.core.selection import limited
from amlaudit.core.verdict import Status
from amlaudit.records.reports import report_of
from amlaudit.reporters import encoded, extension_of, formats, make
from amlaudit.reporters.json import stream
from tests.reporters.samples import cut_off, empty, followed, hostile, sample

SAMPLES: Final = (sample, empty, cut_off, hostile, followed)
TEXTS: Final = [name for name in formats() if name not in {"xlsx", "inventory"}]
"""Formats with findings that people or programs can search as text."""


def bytes_of(name: str, report: Report) -> dict[str, bytes]:
    made = make(name, report)
    return {part: b"".join(encoded(content)) for part, content in made.parts.items()}


def text_of(name: str, report: Report) -> str:
    return b"".join(bytes_of(name, report).values()).decode()


@pytest.mark.parametrize("name", formats())
@pytest.mark.parametrize("make_report", SAMPLES)
def test_equal_reports_give_equal_bytes(make_report: Callable[[], Report], name: str) -> None:
    assert bytes_of(name, make_report()) == bytes_of(name, make_report())


@pytest.mark.parametrize("name", TEXTS)
@pytest.mark.parametrize("make_report", SAMPLES)
def test_every_text_is_utf_8(make_report: Callable[[], Report], name: str) -> None:
    assert text_of(name, make_report())


@pytest.mark.parametrize("name", [each for each in TEXTS if each != "csv"])
def test_an_empty_estate_passes_in_no_format(name: str) -> None:
    assert "INCOMPLETE" in text_of(name, empty()).upper()


@pytest.mark.parametrize("name", TEXTS)
def test_what_could_not_be_read_is_in_every_format(name: str) -> None:
    told = text_of(name, sample())
    assert "forbidden" in told.lower() or "permission" in told.lower()
    assert "00000000-0000-0000-0000-000000000002" in told


@pytest.mark.parametrize("name", TEXTS)
def test_every_rule_that_failed_is_in_every_format(name: str) -> None:
    report = sample()
    told = text_of(name, report)
    failed = {each.rule.id for each in report.findings if each.verdict.status is Status.FAIL}
    assert [each for each in failed if each not in told] == []


@pytest.mark.parametrize("name", formats())
def test_findings_may_be_left_out(name: str) -> None:
    assert bytes_of(name, limited(sample(), [Status.FAIL]))
    assert bytes_of(name, replace(sample(), findings=(), only=(Status.MANUAL,)))


def test_a_filtered_report_contains_the_remaining_findings() -> None:
    report = sample()
    fails = limited(report, [Status.FAIL]).findings
    assert [each in fails for each in report.findings] == [
        each.verdict.status is Status.FAIL for each in report.findings
    ]


@pytest.mark.parametrize(
    ("name", "ending"), [("markdown", "md"), ("junit", "xml"), ("csv", "csv"), ("ndjson", "ndjson")]
)
def test_files_end_as_their_readers_expect(name: str, ending: str) -> None:
    assert extension_of(name) == ending


def with_half_a_character(*path: str | int) -> Report:
    """Return a report that was read back with half of a character at a path."""
    holder = document = json.loads("".join(stream(followed())))
    for step in path[:-1]:
        holder = holder[step]
    holder[path[-1]] += "\ud800"
    return report_of([json.dumps(document).encode()], Path("report.json"))


@pytest.mark.parametrize("name", formats())
@pytest.mark.parametrize(
    "path", [("neighbourhoods", 0, "id"), ("waivers", 0, "place", "path"), ("resources", 0, "name")]
)
def test_half_a_character_in_a_report_that_was_read_stops_no_format(
    name: str, path: tuple[str | int, ...]
) -> None:
    assert bytes_of(name, with_half_a_character(*path))


def test_half_a_character_in_the_text_of_a_tool_or_a_rule_is_refused() -> None:
    for path in (("header", "version"), ("rules", 0, "fix", "command")):
        with pytest.raises(AmlauditError) as error:
            with_half_a_character(*path)
        assert "hidden or direction-changing" in error.value.cause
