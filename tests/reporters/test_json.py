"""The JSON report contains everything in a report, in the form that its schema describes."""

import json
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from datetime import datetime, timedelta, timezone
from types import MappingProxyType
from typing import Any, Final

import pytest
from hypothesis import given
from hypothesis import strategies as st
from jsonschema import Draft202012Validator
from msgspec.structs import replace

from amlaudit.core import history
from amlaudit.core.collection import Collection
from amlaudit.core.gap import Gap, Reason
from amlaudit.core.relations import COMPUTE, ML_REGISTRY, WORKSPACE
from amlaudit.core.report import Outcome, Report
from amlaudit.core.rule import Change, Severity
from amlaudit.core.scope import Scope
from amlaudit.core.verdict import Evidence, Seen, Status
from amlaudit.core.waiver import WaiverKind, WaiverState
from amlaudit.reporters.encoding import spell
from amlaudit.reporters.json import SCHEMA_VERSION, render
from amlaudit.resources import shipped
from tests.reporters.samples import (
    COLLECTION,
    HOSTILE,
    PERMISSION,
    SUBSCRIPTION,
    UNREAD,
    assert_golden,
    crowded,
    cut_off,
    empty,
    followed,
    hostile,
    report_of,
    sample,
)

SCHEMA: Final = json.loads(
    (shipped("templates") / "amlaudit-report-1.schema.json").read_text(encoding="utf-8")
)
SAMPLES: Final = (sample, empty, cut_off, hostile, followed)


def read(report: Report) -> Any:
    """Return a rendered report as parsed by its readers."""
    return json.loads(render(report))


def observing(value: object) -> Report:
    """Return a report with one finding, whose evidence is a given value."""
    report = crowded(1)
    seen = Evidence(SUBSCRIPTION, "properties", "", value, Seen.PRESENT)
    finding, *_ = report.findings
    verdict = replace(finding.verdict, looks=(seen,))
    return replace(report, findings=(replace(finding, verdict=verdict),))


def fields(schema: Any) -> Iterator[Any]:
    """Yield the schema of every key that a schema describes, at any depth."""
    if isinstance(schema, dict):
        yield from schema.get("properties", {}).values()
        yield from schema.get("$defs", {}).values()
        for member in schema.values():
            yield from fields(member)


def backwards(counts: Mapping[str, int]) -> dict[str, int]:
    """Return a mapping with its keys in the opposite order."""
    return dict(reversed(list(counts.items())))


def test_report_is_the_one_that_was_reviewed() -> None:
    assert_golden("report.json", render(sample()))


@pytest.mark.parametrize("make", SAMPLES)
def test_report_has_the_shape_of_its_schema(make: Callable[[], Report]) -> None:
    errors = Draft202012Validator(SCHEMA).iter_errors(read(make()))
    assert [f"{error.json_path}: {error.message}" for error in errors] == []


def test_schema_is_one_and_explains_every_key() -> None:
    Draft202012Validator.check_schema(SCHEMA)
    assert all(each["title"] and each["description"] for each in fields(SCHEMA))


@pytest.mark.parametrize(
    ("place", "words"),
    [
        (SCHEMA["$defs"]["status"], Status),
        (SCHEMA["$defs"]["severity"], Severity),
        (SCHEMA["$defs"]["reason"], Reason),
        (SCHEMA["$defs"]["evidence"]["properties"]["seen"], Seen),
        (SCHEMA["$defs"]["rule"]["properties"]["fix"]["properties"]["change"], Change),
        (SCHEMA["$defs"]["change"], history.Change),
        (SCHEMA["$defs"]["waiver"]["properties"]["kind"], WaiverKind),
        (SCHEMA["$defs"]["waiver"]["properties"]["state"], WaiverState),
        (SCHEMA["properties"]["verdict"]["properties"]["verdict"], Outcome),
    ],
)
def test_schema_knows_every_word_of_the_core(place: Any, words: type[Status]) -> None:
    assert place["enum"] == [word.value for word in words]


def test_schema_names_the_version_that_is_written() -> None:
    assert SCHEMA["properties"]["schema_version"]["const"] == SCHEMA_VERSION


@pytest.mark.parametrize("make", SAMPLES)
def test_equal_reports_give_equal_bytes(make: Callable[[], Report]) -> None:
    report = make()
    shuffled = replace(
        report,
        seen=backwards(report.seen),
        collection=replace(report.collection, calls=backwards(report.collection.calls)),
    )
    assert render(make()).encode() == render(shuffled).encode()


def test_omissions_are_stated() -> None:
    report = sample()
    scope = Scope(tenant="contoso.example", excluded=("ML Sandbox",))
    header = read(replace(report, collection=replace(report.collection, scope=scope)))["header"]
    told = header["collection"]["scope"]
    assert (told["tenant"], told["excluded"]) == ("contoso.example", ["ML Sandbox"])


def test_every_status_is_present_and_counted() -> None:
    document = read(sample())
    found = Counter(each["status"] for each in document["findings"])
    assert found.keys() == set(Status)
    assert document["summary"]["by_status"] == found
    rows = document["summary"]["by_severity"]
    assert rows.keys() == set(Severity)
    assert {status: sum(row[status] for row in rows.values()) for status in Status} == found


def test_unknown_states_its_reason_and_remedy() -> None:
    findings = [each for each in read(sample())["findings"] if each["status"] == "unknown"]
    assert {each["unknown_reason"] for each in findings} == {"forbidden", "throttled", "rule_error"}
    forbidden = [each for each in findings if each["unknown_reason"] == "forbidden"]
    assert {each["missing_permission"] for each in forbidden} == {PERMISSION}
    assert UNREAD in {each["resource_id"] for each in forbidden}


def test_only_an_unknown_has_a_reason() -> None:
    decided = [each for each in read(sample())["findings"] if each["status"] != "unknown"]
    assert decided
    assert not any("unknown_reason" in each or "missing_permission" in each for each in decided)


def test_gaps_name_the_rules_that_they_blinded() -> None:
    gaps = {(each["scope_id"], each["part"]): each for each in read(sample())["coverage"]["gaps"]}
    assert gaps[SUBSCRIPTION, ML_REGISTRY]["rules"] == ["AML1401"]
    assert "permission" not in gaps[SUBSCRIPTION, ML_REGISTRY]
    assert gaps[UNREAD, WORKSPACE]["rules"] == [
        "AML1001", "AML1201", "AML1202", "AML1301", "AML1302", "AML1303",
    ]  # fmt: skip
    assert gaps[UNREAD, WORKSPACE]["permission"] == PERMISSION


def test_gaps_that_say_the_same_are_told_apart_by_their_place() -> None:
    said = (Reason.TIMEOUT, "no answer came")
    missing = (Gap(SUBSCRIPTION, COMPUTE, *said), Gap(UNREAD, ML_REGISTRY, *said))
    gaps = read(report_of((), missing=missing))["coverage"]["gaps"]
    assert [each["rules"] for each in gaps] == [["AML1001"], ["AML1401"]]


def test_gap_that_a_rule_met_elsewhere_is_known_by_what_it_says() -> None:
    report = crowded(1)
    gap = Gap("/subscriptions/elsewhere", WORKSPACE, Reason.TIMEOUT, "no answer in 60 seconds")
    assert read(replace(report, gaps=(gap,)))["coverage"]["gaps"][0]["rules"] == ["AML1201"]
    twins = (gap, replace(gap, scope_id="/subscriptions/nowhere"))
    gaps = read(replace(report, gaps=twins))["coverage"]["gaps"]
    assert [each["rules"] for each in gaps] == [[], []]


def test_collection_that_was_cut_off_does_not_look_complete() -> None:
    assert read(sample())["header"]["collection"]["complete"] is True
    collection = read(cut_off())["header"]["collection"]
    assert collection["complete"] is False
    assert "ended_at" not in collection


def test_key_without_a_value_is_left_out() -> None:
    report = replace(sample(), collection=Collection())
    report = replace(report, gate=replace(report.gate, fail_on=None))
    header = read(report)["header"]
    assert "fail_on" not in header
    assert header["collection"].keys() == {"scope", "sources", "reached", "complete", "calls"}
    assert "null" not in render(report)


def test_times_are_utc() -> None:
    east = timezone(timedelta(hours=2))
    report = replace(
        sample(),
        collection=replace(COLLECTION, started_at=datetime(2026, 1, 15, 1, 0, tzinfo=east)),
    )
    header = read(report)["header"]
    assert header["made_for"] == "2026-01-15T06:30:00Z"
    assert header["collection"]["started_at"] == "2026-01-14T23:00:00Z"


def test_resources_are_listed_once() -> None:
    document = read(sample())
    ids = [each["id"] for each in document["resources"]]
    assert ids == sorted({each["resource_id"] for each in document["findings"]})


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        ("", ""),
        (False, False),
        (0, 0),
        (1.5, 1.5),
        ("Zoë", "Zoë"),
        (MappingProxyType({"b": (1, MappingProxyType({}))}), {"b": [1, {}]}),
        (["a", None], ["a", None]),
        (float("inf"), "inf"),
        (float("nan"), "nan"),
        (frozenset({"a"}), "frozenset({'a'})"),
    ],
)
def test_observed_value_is_shown_as_json(value: object, shown: object) -> None:
    assert read(observing(value))["findings"][0]["evidence"][0]["observed"] == shown


def test_no_observation_is_omitted() -> None:
    assert "observed" not in read(observing(None))["findings"][0]["evidence"][0]


def test_observed_value_can_be_nested_without_end() -> None:
    value: list[object] = []
    for _ in range(900):
        value = [value]
    text = render(observing(value))
    assert "…" in text
    assert json.loads(text)


def test_order_of_observed_keys_does_not_matter() -> None:
    one, other = {"a": {"b": 1, "c": 2}, "d": 3}, {"d": 3, "a": {"c": 2, "b": 1}}
    assert render(observing(one)) == render(observing(other))


def test_a_waived_fail_stays_a_fail_and_names_its_waiver() -> None:
    document = read(followed())
    (waived,) = (each for each in document["findings"] if "waiver_id" in each)
    assert (waived["status"], waived["waiver_id"]) == ("fail", "W-1")
    assert document["summary"]["waived"]["high"] == 1
    assert [each["state"] for each in document["waivers"]] == ["active", "expired"]
    assert document["summary"]["by_status"] == read(sample())["summary"]["by_status"]


def test_finding_says_who_weighed_it_and_since_when_it_is_there() -> None:
    found = {each["rule_id"]: each for each in read(followed())["findings"]}
    assert found["AML1201"]["severity_source"] == "profile"
    assert found["AML1202"]["severity_source"] == "pack"
    assert found["AML1201"]["first_seen"] == "2025-12-16T06:30:00Z"
    assert found["AML1201"]["last_seen"] == "2026-01-15T06:30:00Z"
    assert found["AML1201"]["frameworks"] == [
        "mcsb:NS-2", "nist_800_53_r5:AC-3", "nist_800_53_r5:SC-7(3)",
    ]  # fmt: skip


def test_crashed_rules_are_listed() -> None:
    assert read(sample())["errors"] == [
        {
            "rule_id": "AML1303",
            "message": "rule AML1303 crashed: ZeroDivisionError",
            "findings": 4,
        }
    ]


def test_texts_of_the_cloud_arrive_as_they_are() -> None:
    names = {each["name"] for each in read(hostile())["resources"]}
    sound = [text for text in HOSTILE if "\ud800" not in text]
    assert len(sound) == len(HOSTILE) - 1
    assert names >= set(sound)
    assert "lone \ufffd and \ufffd surrogates, a pair \N{GRINNING FACE}" in names


def test_non_ascii_letters_are_preserved() -> None:
    assert '"Zoë"' in render(sample())


@given(
    st.recursive(
        st.text(st.characters(exclude_categories=())),
        lambda inner: st.dictionaries(st.text(), inner),
    )
)
def test_every_text_can_be_written_and_read(text: object) -> None:
    spelled = spell({"text": text}, depth=1)
    assert spelled.encode().decode() == spelled
    assert json.loads(spelled).keys() == {"text"}
