"""SARIF for three consumers: GitHub, Azure DevOps, and viewers that show every verdict."""

import json
from collections import Counter
from typing import Any, Final

import pytest
from msgspec.structs import replace

from amlaudit.cli.pipelines import pipeline_of
from amlaudit.core.history import Change
from amlaudit.core.report import Report
from amlaudit.core.verdict import Status
from amlaudit.reporters import render
from tests.reporters.samples import assert_golden, followed, sample

PROFILES: Final = ("github", "azure-devops", "full")
PIPELINE: Final = {
    "TF_BUILD": "True",
    "SYSTEM_COLLECTIONURI": "https://dev.azure.com/contoso/",
    "SYSTEM_TEAMPROJECTID": "11111111-1111-1111-1111-111111111111",
    "BUILD_DEFINITIONID": "1234",
    "BUILD_DEFINITIONNAME": "Nightly",
    "SYSTEM_PHASEID": "22222222-2222-2222-2222-222222222222",
    "SYSTEM_PHASENAME": "Audit",
    "BUILD_SOURCEBRANCH": "refs/heads/main",
    "BUILD_BUILDID": "98765",
}


def text_of(report: Report, **given: str) -> str:
    return b"".join(render("sarif", report, given)).decode()


def read(report: Report, **given: str) -> Any:
    (run,) = json.loads(text_of(report, **given))["runs"]
    return run


def waived(run: Any) -> list[Any]:
    return [each for each in run["results"] if each.get("suppressions")]


def test_full_report_is_the_one_that_was_reviewed() -> None:
    assert_golden("report.full.sarif", text_of(followed(), profile="full"))


def test_github_does_not_receive_waived_fails() -> None:
    report = followed()
    run = read(report)
    alerts = [each for each in run["results"] if "properties" not in each]
    fails = [each for each in report.findings if each.verdict.status is Status.FAIL]
    assert len(alerts) == len(fails) - 1
    assert "suppressions" not in json.dumps(run)
    assert not any("kind" in each for each in run["results"])


@pytest.mark.parametrize("profile", ["azure-devops", "full"])
def test_waivers_are_suppressions_elsewhere(profile: str) -> None:
    (result,) = waived(read(followed(), profile=profile))
    (suppression,) = result["suppressions"]
    assert (result["kind"], result["ruleId"]) == ("fail", "AML1201")
    assert suppression["justification"].startswith("The appliance of a supplier")
    assert suppression["properties"]["expires"] == "2026-03-31"


def test_full_contains_every_verdict_and_vanished_findings() -> None:
    report = followed()
    run = read(report, profile="full")
    states = Counter(each["baselineState"] for each in run["results"])
    assert len(run["results"]) == len(report.findings) + 1
    assert states["absent"] == 1
    assert Counter(each["kind"] for each in run["results"]) == {
        "pass": 4, "fail": 8, "open": 13, "review": 4, "notApplicable": 1,
    }  # fmt: skip
    assert {each["level"] for each in run["results"] if each["kind"] != "fail"} == {"none"}
    assert run["baselineGuid"]


def test_a_fail_to_which_its_rule_no_longer_applies_is_one_result() -> None:
    report = followed()
    assert report.baseline is not None
    (gone,) = report.baseline.vanished
    changed = next(each for each in report.findings if each.verdict.status == "not_applicable")
    findings = tuple(
        replace(each, change=Change.VANISHED) if each is changed else each
        for each in report.findings
    )
    baseline = replace(report.baseline, vanished=(gone, replace(gone, id=changed.id)))
    run = read(replace(report, findings=findings, baseline=baseline), profile="full")
    identities = [each["partialFingerprints"]["amlauditFinding/v1"] for each in run["results"]]
    assert identities.count(changed.id) == 1
    (absent,) = (each for each in run["results"] if each["baselineState"] == "absent")
    assert absent["message"]["text"].startswith(
        "'rg-old' is no longer judged by AML1201: one of them is gone. Before: publicNetworkAccess"
    )


@pytest.mark.parametrize("profile", ["azure-devops", "full"])
def test_rules_lead_to_controls_of_frameworks(profile: str) -> None:
    run = read(sample(), profile=profile)
    taxa = {
        (taxonomy["name"], each["id"])
        for taxonomy in run["taxonomies"]
        for each in taxonomy["taxa"]
    }
    targets = {
        (each["target"]["toolComponent"]["name"], each["target"]["id"])
        for rule in run["tool"]["driver"]["rules"]
        for each in rule["relationships"]
    }
    assert targets == taxa
    assert ("mcsb", "NS-2") in taxa


def test_first_seen_is_stated_where_known() -> None:
    result = waived(read(followed(), profile="full"))[0]
    assert result["provenance"] == {
        "firstDetectionTimeUtc": "2025-12-16T06:30:00Z",
        "lastDetectionTimeUtc": "2026-01-15T06:30:00Z",
    }
    assert "provenance" not in json.dumps(read(sample(), profile="full"))


@pytest.mark.parametrize(
    ("ticket", "address", "expected"),
    [
        ("https://tickets.example/4711", "", ["https://tickets.example/4711"]),
        ("SEC-4711", "https://tickets.example/{ticket}", ["https://tickets.example/SEC-4711"]),
        ("a b/c", "https://tickets.example/{ticket}", ["https://tickets.example/a%20b%2Fc"]),
        ("SEC-4711", "", None),
        ("", "https://tickets.example/{ticket}", None),
    ],
)
def test_a_waiver_links_to_its_ticket(
    ticket: str, address: str, expected: list[str] | None
) -> None:
    report = followed()
    findings = tuple(
        replace(each, waiver=each.waiver and replace(each.waiver, ticket=ticket))
        for each in report.findings
    )
    run = read(replace(report, findings=findings), profile="full", ticket_url=address)
    assert waived(run)[0].get("workItemUris") == expected


def test_notes_on_unknown_rules_can_be_left_out() -> None:
    assert not any("properties" in each for each in read(sample(), unknown="no")["results"])
    assert read(sample(), unknown="no")["invocations"][0]["executionSuccessful"] is False


def test_a_category_can_be_given() -> None:
    assert read(sample(), category="nightly")["automationDetails"]["id"].startswith("nightly/2026")


def test_azure_devops_details_name_the_pipeline() -> None:
    given = {name.replace("-", "_"): text for name, text in pipeline_of(PIPELINE).items()}
    details = read(sample(), profile="azure-devops", **given)["automationDetails"]
    assert details == {
        "id": "azuredevops/pipeline/build/contoso/11111111-1111-1111-1111-111111111111/1234/"
        "22222222-2222-2222-2222-222222222222/refs/heads/main/98765",
        "properties": {
            "azuredevops/pipeline/build/buildDefinitionId": "1234",
            "azuredevops/pipeline/build/buildDefinitionName": "Nightly",
            "azuredevops/pipeline/build/phaseId": "22222222-2222-2222-2222-222222222222",
            "azuredevops/pipeline/build/phaseName": "Audit",
        },
    }


def test_outside_a_pipeline_no_details_are_invented() -> None:
    properties = read(sample(), profile="azure-devops")["automationDetails"]["properties"]
    assert properties["azuredevops/pipeline/build/buildDefinitionId"] == "-1"


@pytest.mark.parametrize(
    ("address", "organisation"),
    [
        ("https://dev.azure.com/contoso/", "contoso"),
        ("https://contoso.visualstudio.com/", "contoso"),
        ("https://tfs.contoso.example/DefaultCollection/", ""),
    ],
)
def test_organisations_are_read_from_their_addresses(address: str, organisation: str) -> None:
    found = pipeline_of({**PIPELINE, "SYSTEM_COLLECTIONURI": address})
    assert found.get("pipeline", "").partition("/")[0] == organisation


def test_without_a_pipeline_nothing_is_added() -> None:
    assert pipeline_of({}) == {}
    assert pipeline_of({**PIPELINE, "BUILD_BUILDID": ""}) == {}
