"""JUnit XML: a suite per workspace, a case per rule and resource."""

from collections import Counter
from collections.abc import Callable
from xml.etree import ElementTree as ET

import pytest
from msgspec.structs import replace

from amlaudit.core.relations import WORKSPACE
from amlaudit.core.report import Report
from amlaudit.core.verdict import Status
from amlaudit.reporters.junit import stream
from tests.reporters.samples import SUBSCRIPTION, assert_golden, empty, followed, hostile, sample

KINDS = {
    Status.PASS: "",
    Status.FAIL: "failure",
    Status.UNKNOWN: "error",
    Status.MANUAL: "skipped",
    Status.NOT_APPLICABLE: "skipped",
}


def read(report: Report) -> ET.Element:
    return ET.fromstring("".join(stream(report)))  # noqa: S314 - our own, no entities


def kind_of(case: ET.Element) -> str:
    return next((child.tag for child in case), "")


def test_report_is_the_one_that_was_reviewed() -> None:
    assert_golden("report.junit.xml", "".join(stream(followed())))


@pytest.mark.parametrize("make", [sample, empty, hostile, followed])
def test_totals_are_those_of_the_cases(make: Callable[[], Report]) -> None:
    for suite in read(make()):
        cases = suite.findall("testcase")
        kinds = Counter(map(kind_of, cases))
        assert int(suite.attrib["tests"]) == len(cases)
        for total, kind in (("failures", "failure"), ("errors", "error"), ("skipped", "skipped")):
            assert int(suite.attrib[total]) == kinds[kind]


def test_the_run_states_its_scope_and_omissions() -> None:
    report = replace(followed(), only=(Status.FAIL, Status.UNKNOWN))
    told = {each.get("name"): each.get("value") for each in read(report).iter("property")}
    assert told["Report: amlaudit"] == "1.2.3"
    assert told["Report: Fails that count"] == "only those new since the baseline"
    assert told["Report: Findings kept"] == "Failing, Unknown; counts cover all findings"
    assert told["Read: Tenant"] == "00000000-0000-0000-0000-0000000000ff"
    assert "Report: Findings kept" not in {
        each.get("name") for each in read(sample()).iter("property")
    }


def test_characters_that_xml_cannot_represent_are_made_visible() -> None:
    report = sample()
    findings = tuple(
        replace(
            each,
            rule=replace(each.rule, title="It is \x1bclosed"),
            verdict=replace(each.verdict, message=""),
        )
        for each in report.findings
    )
    messages = [
        each.get("message", "") for each in read(replace(report, findings=findings)).iter("failure")
    ]
    assert set(messages) == {"It is \u241bclosed"}


@pytest.mark.parametrize("make", [sample, hostile])
def test_every_finding_is_a_case_of_its_kind(make: Callable[[], Report]) -> None:
    report = make()
    cases = [case for suite in read(report) if suite.get("name") != "amlaudit" for case in suite]
    expected = Counter(KINDS[each.verdict.status] for each in report.findings)
    assert Counter(map(kind_of, cases)) == expected


@pytest.mark.parametrize("make", [sample, hostile])
def test_no_two_cases_of_a_suite_have_one_name(make: Callable[[], Report]) -> None:
    for suite in read(make()):
        names = Counter((case.get("classname"), case.get("name")) for case in suite)
        assert names.most_common(1)[0][1] == 1


def test_suites_are_the_workspaces() -> None:
    assert [suite.get("name") for suite in read(sample())] == [
        "amlaudit",
        "outside workspaces",
        "rg-ml/mlp-labs",
        "rg-ml/mlw-churn",
        "rg-ml/mlw-closed",
        "rg-ml/mlw-fraud",
    ]


def test_what_has_the_same_name_elsewhere_is_called_by_its_id() -> None:
    fraud, labs = (
        next(each for each in sample().findings if each.resource.name == name)
        for name in ("mlw-fraud", "mlp-labs")
    )
    there = f"{SUBSCRIPTION[:-1]}9"
    groups = [f"{each}/resourcegroups/rg-ml/providers" for each in (SUBSCRIPTION, there)]
    findings = [labs]
    for group in groups:
        for kind in (f"{WORKSPACE}/mlw-fraud", "microsoft.network/virtualnetworks/hub"):
            resource = replace(fraud.resource, id=f"{group}/{kind}", name=kind.split("/")[2])
            findings.append(replace(fraud, resource=resource))
    _, *suites = read(replace(sample(), findings=tuple(findings)))
    assert [each.get("name") for each in suites] == [
        *(f"{each}/{WORKSPACE}/mlw-fraud" for each in groups),
        "outside workspaces",
        "rg-ml/mlp-labs",
    ]
    assert [each.get("name", "").partition(" [")[2] for each in suites[2]] == [
        f"{each}/microsoft.network/virtualnetworks/hub]" for each in groups
    ]


def test_the_run_is_a_suite_that_fails_if_too_little_is_known() -> None:
    first, *gaps = read(empty())[0].findall("testcase")
    assert first.get("name") == "Enough is known for a verdict"
    assert first[0].get("message", "").startswith("INCOMPLETE: posture 0\N{EN DASH}100 %")
    assert gaps == []
    _, *gaps = read(sample())[0].findall("testcase")
    assert [gap[0].get("type") for gap in gaps] == ["throttled", "forbidden", "forbidden"]


def test_a_waived_fail_is_skipped_and_still_called_a_fail() -> None:
    (waived,) = (
        case[0].get("message", "")
        for suite in read(followed())
        for case in suite
        if len(case) and "Waived" in case[0].get("message", "")
    )
    assert waived.startswith("Waived until 2026-03-31 by W-1, ml-platform@contoso.example: ")
    assert " It fails: " in waived
