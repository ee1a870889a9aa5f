"""A JSON report can be read back: nothing is lost, and nothing else is mistaken for one."""

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, Final

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from amlaudit.core.errors import AmlauditError, Exit
from amlaudit.core.estate import Estate
from amlaudit.core.memory import MemoryStore
from amlaudit.core.place import Place
from amlaudit.core.report import Report
from amlaudit.core.subject import Subject
from amlaudit.core.verdict import Status
from amlaudit.records.reports import is_report, read_report, report_of
from amlaudit.reporters import formats
from amlaudit.reporters import render as render_as
from amlaudit.reporters.json import render
from tests.reporters.samples import (
    cut_off,
    empty,
    followed,
    hostile,
    sample,
    workspace,
)

SAMPLES: Final = (sample, empty, cut_off, hostile, followed)
PATH: Final = Path("report.json")
TEXT: Final = render(followed())


def again(report: Report) -> Report:
    """Return a report after writing and reading it."""
    return report_of([render(report).encode()], PATH)


def refusal(content: str) -> AmlauditError:
    """Return the error from reading some content."""
    with pytest.raises(AmlauditError) as caught:
        report_of([content.encode()], PATH)
    return caught.value


def keys_of(value: Any) -> Iterator[tuple[Any, str]]:
    """Yield (object, key) of every key in a document."""
    if isinstance(value, dict):
        for key, member in value.items():
            yield value, key
            yield from keys_of(member)
    elif isinstance(value, list):
        for member in value:
            yield from keys_of(member)


@pytest.mark.parametrize("make", SAMPLES)
def test_what_was_read_renders_as_it_was_written(make: Callable[[], Report]) -> None:
    written = render(make())
    assert render(report_of([written.encode()], PATH)) == written


@pytest.mark.parametrize("name", formats())
@pytest.mark.parametrize("make", [sample, empty, cut_off, followed])
def test_every_format_can_be_rendered_from_a_read_report(
    make: Callable[[], Report], name: str
) -> None:
    report = make()
    assert b"".join(render_as(name, again(report))) == b"".join(render_as(name, report))


def test_property_locations_are_preserved() -> None:
    report = followed()
    place = Place("infra/main.bicep", 14, 1, 14, "workspace")
    findings = tuple(replace(each, place=place) for each in report.findings)
    assert {each.declared_at for each in again(replace(report, findings=findings)).findings} == {
        place
    }


def test_what_was_dropped_on_purpose_is_still_counted() -> None:
    report = sample()
    fails = tuple(each for each in report.findings if each.verdict.status is Status.FAIL)
    read = again(replace(report, findings=fails, only=(Status.FAIL,)))
    assert read.only == (Status.FAIL,)
    assert dict(read.tally) == dict(report.tally)


def test_a_rule_that_was_read_refuses_to_judge() -> None:
    resource = workspace("mlw-x", {})
    subject = Subject(resource, Estate(MemoryStore((resource,), frozenset(), ())))
    with pytest.raises(AmlauditError, match="E206"):
        again(sample()).rules[0].check(subject)


def test_keys_of_a_later_minor_version_are_passed_over() -> None:
    document = json.loads(TEXT)
    document["schema_version"] = "1.99"
    for owner, _ in list(keys_of(document)):
        if owner is not document["summary"]["by_severity"] and "id" in owner:
            owner["colour"] = "blue"
    assert render(report_of([json.dumps(document).encode()], PATH)) == TEXT


def test_a_report_of_the_first_version_can_be_read() -> None:
    document = json.loads(TEXT)
    document["schema_version"] = "1.0"
    for key in ("waivers", "baseline", "trend", "errors"):
        del document[key]
    for finding in document["findings"]:
        finding.pop("waiver_id", None)
    assert report_of([json.dumps(document).encode()], PATH).waivers == ()


@pytest.mark.parametrize(
    ("content", "told"),
    [
        ("{}", "report.json is not an amlaudit report (schema_version missing)"),
        ("[1]", "report.json is not an amlaudit report (schema_version missing)"),
        (
            '{"schema_version": "3.0"}',
            "report.json has schema 3.0 (this version reads schema 1)",
        ),
        (
            '{"schema_version": true}',
            "report.json has schema True (this version reads schema 1)",
        ),
    ],
)
def test_anything_but_a_report_is_refused(content: str, told: str) -> None:
    error = refusal(content)
    assert (error.code, error.message, error.exit_code) == ("E206", told, Exit.INVALID)
    assert error.advice == "use a report written by `--report json=PATH`"


def test_a_cut_report_states_the_position() -> None:
    error = refusal(TEXT[: TEXT.index('"findings"')])
    lines = TEXT[: TEXT.index('"findings"')].count("\n") + 1
    assert (error.code, error.exit_code) == ("E302", Exit.INPUT_OUTPUT)
    assert error.message == "Cannot read report report.json"
    assert f"damaged at line {lines}, column 3" in error.cause


def test_a_noun_that_is_damaged_is_named() -> None:
    document = json.loads(TEXT)
    del document["findings"][3]["message"]
    assert refusal(json.dumps(document)).cause == "it is damaged: findings[3]: 'message' is missing"


def test_a_list_of_texts_contains_only_texts() -> None:
    document = json.loads(TEXT)
    document["rules"][0]["sources"] = [["nested"]]
    told = 'it is damaged: rules[0]: "sources" must be a list of strings'
    assert refusal(json.dumps(document)).cause == told


def deep(levels: int) -> object:
    value: object = "x"
    for _ in range(levels):
        value = [value]
    return value


@pytest.mark.parametrize(
    ("companion", "told"),
    [
        ({"deed": "set", "body": {"\0": 1}}, "'\\x00' is not a property path"),
        ({"deed": "set", "joined": {"a..b": 1}}, "'a..b' is not a property path"),
        ({"deed": "remove", "member": "[x"}, "'[x' is not a property path"),
        ({"deed": "add", "type_name": "A/b", "name": "one/two"},
         "'one/two' has too many segments for a A/b"),
        ({"deed": "add", "type_name": "A/b\ntouch", "name": "one"},
         "'A/b\\ntouch' must be a single line"),
        ({"deed": "add", "type_name": "A/b", "name": "one", "body": {"a": deep(100)}},
         "it nests deeper than 64 levels"),
    ],
)  # fmt: skip
def test_an_inexpressible_companion_is_damage(companion: dict[str, object], told: str) -> None:
    document = json.loads(TEXT)
    document["rules"][0]["fix"]["companions"] = [companion]
    assert refusal(json.dumps(document)).cause == f"it is damaged: rules[0]: {told}"


@pytest.mark.parametrize("value", [[0.5], "0.5", True, None])
def test_a_posture_consists_of_numbers(value: object) -> None:
    document = json.loads(TEXT)
    document["score"]["high"] = value
    assert refusal(json.dumps(document)).cause == 'it is damaged: "high" must be a number'


def test_a_fix_sets_a_property_path() -> None:
    document = json.loads(TEXT)
    document["rules"][0]["fix"]["settings"] = {"é": True}
    told = "it is damaged: rules[0]: 'é' is not a property path"
    assert refusal(json.dumps(document)).cause == told


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(AmlauditError, match=r"E302 Cannot read report .*none\.json"):
        read_report(tmp_path / "none.json")


def test_reports_are_distinguished_from_other_json(tmp_path: Path) -> None:
    mine, other = tmp_path / "report.json", tmp_path / "export.json"
    mine.write_text(TEXT, "utf-8")
    other.write_text('{"value": []}', "utf-8")
    assert (is_report(mine), is_report(other)) == (True, False)
    assert render(read_report(mine)) == TEXT


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16"])
def test_a_report_that_a_windows_shell_wrote_is_read(encoding: str, tmp_path: Path) -> None:
    path = tmp_path / "report.json"
    path.write_text(TEXT, encoding)
    assert is_report(path)
    assert render(read_report(path)) == TEXT


@settings(max_examples=60)
@given(st.integers(0, 10**9), st.sampled_from((None, 7, "x", [], {}, True)))
def test_damage_is_never_a_crash(choice: int, value: object) -> None:
    document = json.loads(TEXT)
    places = list(keys_of(document))
    owner, key = places[choice % len(places)]
    owner[key] = value
    try:
        render(report_of([json.dumps(document).encode()], PATH))
    except AmlauditError as error:
        assert error.code in {"E206", "E302"}  # noqa: PT017 - it may also be taken
