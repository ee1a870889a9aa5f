"""SARIF for three readers: GitHub, Azure DevOps, and viewers that show every verdict."""

import json
from collections import Counter
from pathlib import Path
from typing import Any, Final

import pytest

from amlaudit.cli.pipelines import pipeline_of
from amlaudit.core.errors import AmlauditError
from amlaudit.core.place import Place
from amlaudit.core.report import Report
from amlaudit.core.verdict import Status
from amlaudit.reporters import render
from amlaudit.reporters.inventory import lines_of, stream
from tests.reporters.samples import HOSTILE, assert_golden, followed, hostile, sample

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


def result_on(run: Any, name: str) -> Any:
    return next(
        each
        for each in run["results"]
        if each["locations"][0]["logicalLocations"][0].get("name") == name
    )


def file_of(result: Any) -> tuple[str, int]:
    place = result["locations"][0]["physicalLocation"]
    return place["artifactLocation"]["uri"], place["region"]["startLine"]


def test_full_report_is_the_one_that_was_reviewed() -> None:
    assert_golden("report.full.sarif", text_of(followed(), profile="full"))


def test_github_is_not_told_of_what_is_waived() -> None:
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


def test_full_holds_every_verdict_and_what_vanished() -> None:
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


def test_rules_of_the_full_report_lead_to_controls() -> None:
    run = read(sample(), profile="full")
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


def test_first_sight_is_told_where_it_is_known() -> None:
    result = waived(read(followed(), profile="full"))[0]
    assert result["provenance"] == {
        "firstDetectionTimeUtc": "2025-12-16T06:30:00Z",
        "lastDetectionTimeUtc": "2026-01-15T06:30:00Z",
    }
    assert "provenance" not in json.dumps(read(sample(), profile="full"))


def test_notes_on_unknown_rules_can_be_left_out() -> None:
    assert not any("properties" in each for each in read(sample(), unknown="no")["results"])
    assert read(sample(), unknown="no")["invocations"][0]["executionSuccessful"] is False


def test_a_category_can_be_given() -> None:
    assert read(sample(), category="nightly")["automationDetails"]["id"].startswith("nightly/2026")


def test_a_declared_resource_is_shown_where_it_is_declared() -> None:
    run = read(followed())
    assert file_of(result_on(run, "mlw-fraud")) == ("infra/main.bicep", 12)
    assert file_of(result_on(run, "mlw-churn")) == ("amlaudit.yaml", 1)
    related = result_on(run, "mlw-fraud")["relatedLocations"]
    assert [each["physicalLocation"]["artifactLocation"]["uri"] for each in related] == [
        "amlaudit.yaml"
    ]


@pytest.mark.parametrize("path", ["/etc/passwd", "../other/main.tf", "C:/infra/main.tf"])
def test_files_outside_the_repository_are_not_pointed_at(path: str) -> None:
    report = followed()
    findings = tuple(
        each.__class__(
            each.rule, each.resource._replace(place=Place(path, 3)), each.verdict, each.subject_key
        )
        for each in report.findings
    )
    run = read(Report(**{**_fields(report), "findings": findings}))
    assert {file_of(each)[0] for each in run["results"]} == {"amlaudit.yaml"}


def _fields(report: Report) -> dict[str, Any]:
    return {name: getattr(report, name) for name in Report.__slots__}


def test_results_point_into_the_inventory(tmp_path: Path) -> None:
    path = tmp_path / "amlaudit.inventory.yaml"
    text = "".join(stream(followed()))
    path.write_text(text, "utf-8")
    run = read(followed(), inventory=str(path))
    churn = result_on(run, "mlw-churn")
    uri, line = file_of(churn)
    assert uri.endswith("amlaudit.inventory.yaml")
    assert "mlw-churn" in text.splitlines()[line - 1]
    assert file_of(result_on(run, "mlw-fraud")) == ("infra/main.bicep", 12)
    only = read(followed(), inventory=str(path), location="inventory")
    assert file_of(result_on(only, "mlw-fraud"))[0] == uri
    config = read(followed(), inventory=str(path), location="config")
    assert file_of(result_on(config, "mlw-fraud")) == ("amlaudit.yaml", 1)


def test_an_inventory_that_is_not_there_is_told() -> None:
    with pytest.raises(AmlauditError, match=r"E302 Cannot read inventory none\.yaml"):
        text_of(sample(), inventory="none.yaml")


def test_the_inventory_lists_every_resource_once_by_id() -> None:
    lines = lines_of("".join(stream(sample())))
    assert list(lines) == sorted({each.resource.id for each in sample().findings})
    assert len(lines_of("".join(stream(hostile())))) == len(HOSTILE)


def test_azure_devops_is_told_which_pipeline_ran() -> None:
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


def test_outside_a_pipeline_nothing_is_pretended() -> None:
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


def test_an_environment_without_pipeline_gives_nothing() -> None:
    assert pipeline_of({}) == {}
    assert pipeline_of({**PIPELINE, "BUILD_BUILDID": ""}) == {}
