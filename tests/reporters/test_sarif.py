"""The SARIF report is accepted by GitHub code scanning, and hides nothing that is unknown."""

import json
import re
from collections.abc import Callable
from typing import Any, Final

import pytest
from msgspec.structs import replace

from amlaudit.core.arm_id import ROOT
from amlaudit.core.gap import Gap, Reason
from amlaudit.core.relations import WORKSPACE
from amlaudit.core.report import Report
from amlaudit.core.rule import Severity
from amlaudit.core.scope import Scope
from amlaudit.core.selection import limited
from amlaudit.core.verdict import Status
from amlaudit.reporters import encoded, make
from amlaudit.reporters import render as render_as
from tests.reporters.sample_rules import RULES
from tests.reporters.samples import (
    COLLECTION,
    HOSTILE,
    PERMISSION,
    UNREAD,
    assert_golden,
    compute,
    crowded,
    cut_off,
    empty,
    hostile,
    report_of,
    sample,
    workspace,
)

SAMPLES: Final = (sample, empty, cut_off, hostile)
LINK: Final = re.compile(r"\]\(|://|www\.|<|>", re.IGNORECASE)
HIDDEN: Final = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069]")


def render(report: Report, **given: str) -> str:
    """Return the only file of a report."""
    return b"".join(render_as("sarif", report, given)).decode()


def read(report: Report, **given: str) -> Any:
    """Return the only run of a rendered report."""
    (run,) = json.loads(render(report, **given))["runs"]
    return run


def messages(run: Any) -> list[str]:
    """Return every text that a viewer may show as a message."""
    notices = run["invocations"][0]["toolExecutionNotifications"]
    places = [
        each["locations"][0]["physicalLocation"]["artifactLocation"]["description"]["text"]
        for each in run["results"]
    ]
    return [each["message"]["text"] for each in (*run["results"], *notices)] + places


def notices(run: Any) -> dict[str, list[str]]:
    """Return the texts of the notifications, by the id of their descriptor."""
    found: dict[str, list[str]] = {}
    for each in run["invocations"][0]["toolExecutionNotifications"]:
        found.setdefault(each["descriptor"]["id"], []).append(each["message"]["text"])
    return found


def quiet() -> Report:
    """Return a report on an estate of which everything is known and good."""
    good = workspace("mlw-good", {"publicNetworkAccess": "Disabled"})
    return report_of((good,), rules=RULES[1:2])


def test_report_is_the_one_that_was_reviewed() -> None:
    assert_golden("report.sarif", render(sample()))


@pytest.mark.parametrize("make", SAMPLES)
def test_equal_reports_give_equal_bytes(make: Callable[[], Report]) -> None:
    assert render(make()).encode() == render(make()).encode()


@pytest.mark.parametrize("make", SAMPLES)
def test_every_result_has_one_place_in_a_file_and_in_the_cloud(make: Callable[[], Report]) -> None:
    for result in read(make())["results"]:
        (location,) = result["locations"]
        assert location["physicalLocation"]["artifactLocation"]["uri"] == "amlaudit.yaml"
        assert set(location["physicalLocation"]["region"].values()) == {1}
        assert all(each["kind"] == "resource" for each in location["logicalLocations"])
        assert all(each["fullyQualifiedName"] for each in location["logicalLocations"])


def test_place_is_spelled_from_the_subscription_down() -> None:
    result = read(sample())["results"][0]
    place = result["locations"][0]["physicalLocation"]["artifactLocation"]["description"]["text"]
    subscription = "00000000-0000-0000-0000-000000000001"
    assert place == f"{subscription} / rg-ml / mlw-fraud / gpu-cluster"


def test_alerts_are_the_fails_worst_first() -> None:
    report = sample()
    fails = [each for each in report.findings if each.verdict.status is Status.FAIL]
    alerts = [each for each in read(report)["results"] if "properties" not in each]
    assert [each["partialFingerprints"]["amlauditFinding/v1"] for each in alerts] == [
        each.id for each in fails
    ]
    levels = [each["level"] for each in alerts]
    assert levels == sorted(levels, key=["error", "warning", "note"].index)


def test_first_sentence_states_problem_and_resource() -> None:
    first = read(sample())["results"][0]["message"]["text"]
    assert first.startswith(
        "'gpu-cluster' does not meet AML1001: No compute opens its SSH port to the internet. "
    )


def test_each_unknown_rule_is_one_note() -> None:
    report = sample()
    notes = [each for each in read(report)["results"] if "properties" in each]
    unknown = {each.rule.id for each in report.findings if each.verdict.status is Status.UNKNOWN}
    assert [each["ruleId"] for each in notes] == sorted(unknown)
    assert {each["level"] for each in notes} == {"note"}
    (crashed,) = (each for each in notes if each["ruleId"] == "AML1303")
    assert crashed["properties"]["reasons"] == {"forbidden": 1, "rule_error": 4}
    assert crashed["message"]["text"] == (
        "AML1303 could not be judged on 'mlp-labs', 'mlw-churn', 'mlw-closed' and 2 more: "
        "The workspace can be judged by a rule that works. Neither passed nor failed: 5 resources "
        f"(forbidden 1, rule_error 4). Missing permissions: '{PERMISSION}'."
    )


def test_two_gaps_in_one_scope_are_one_resource() -> None:
    missing = (
        Gap(UNREAD, "microsoft.machinelearningservices", Reason.TIMEOUT, "no answer"),
        Gap(UNREAD, WORKSPACE, Reason.FORBIDDEN, "403", PERMISSION),
    )
    (note,) = read(report_of((), missing=missing, rules=RULES[1:2]))["results"]
    assert note["properties"]["resources"] == 1
    assert note["properties"]["reasons"] == {"timeout": 1}


def test_scope_without_a_name_is_named_by_its_id() -> None:
    missing = (Gap(ROOT, WORKSPACE, Reason.FORBIDDEN, "403"),)
    (note,) = read(report_of((), missing=missing, rules=RULES[1:2]))["results"]
    assert "could not be judged on '/':" in note["message"]["text"]
    assert note["locations"][0]["logicalLocations"] == [
        {"fullyQualifiedName": "/", "kind": "resource"}
    ]


def test_rules_without_results_are_included() -> None:
    run = read(empty())
    assert run["results"] == []
    assert [each["id"] for each in run["tool"]["driver"]["rules"]] == [each.id for each in RULES]


def test_rule_index_leads_to_the_rule() -> None:
    run = read(sample())
    rules = run["tool"]["driver"]["rules"]
    assert all(rules[each["ruleIndex"]]["id"] == each["ruleId"] for each in run["results"])


def test_texts_of_the_cloud_form_no_link_markup_or_placeholder() -> None:
    texts = messages(read(hostile()))
    assert any("evil.example" in text for text in texts)
    assert [text for text in texts if LINK.search(text) or HIDDEN.search(text)] == []
    assert not any(re.search(r"\{\d+\}", text) for text in texts)
    assert max(map(len, texts)) < 3000


def test_hostile_report_is_valid_utf_8_and_keeps_the_ids() -> None:
    report = hostile()
    assert json.loads(render(report).encode())
    located = {
        each["fullyQualifiedName"]
        for result in read(report)["results"]
        for each in result["locations"][0]["logicalLocations"]
    }
    assert located == {each.resource.id for each in report.findings}
    assert len(located) == len(HOSTILE)


def test_gaps_are_notifications() -> None:
    text = notices(read(sample()))["AMLRUN03"][-1]
    assert text == (
        f"Could not read '{WORKSPACE}' of '{UNREAD}' (forbidden): 403 AuthorizationFailed. "
        f"Missing permission: '{PERMISSION}'. Rules without an answer for it: AML1001, AML1201, "
        "AML1202, AML1301, AML1302, AML1303."
    )


def test_run_is_successful_only_if_enough_is_known() -> None:
    assert read(quiet())["invocations"][0] == {
        "executionSuccessful": True,
        "startTimeUtc": "2026-01-15T06:12:00Z",
        "endTimeUtc": "2026-01-15T06:13:00Z",
        "toolExecutionNotifications": [],
    }
    for report in (sample(), empty()):
        run = read(report)
        assert run["invocations"][0]["executionSuccessful"] is False
        assert "The run is incomplete" in notices(run)["AMLRUN02"][0]


def test_interrupted_collection_is_not_a_success() -> None:
    report = quiet()
    run = read(replace(report, collection=replace(report.collection, ended_at=None)))
    assert run["invocations"][0]["executionSuccessful"] is False
    assert notices(run).keys() == {"AMLRUN01"}


def test_notification_index_leads_to_its_kind() -> None:
    run = read(cut_off())
    kinds = run["tool"]["driver"]["notifications"]
    notifications = run["invocations"][0]["toolExecutionNotifications"]
    assert notifications
    for each in notifications:
        kind = kinds[each["descriptor"]["index"]]
        assert kind["id"] == each["descriptor"]["id"]
        assert kind["defaultConfiguration"]["level"] == each["level"]


def files_of(report: Report, **given: str) -> tuple[dict[str, Any], tuple[str, ...]]:
    """Return the run of each file of a report, and the notes on them."""
    made = make("sarif", report, given)
    texts = {part: b"".join(encoded(content)) for part, content in made.parts.items()}
    return {part: json.loads(text)["runs"][0] for part, text in texts.items()}, made.notes


def test_more_fails_than_github_keeps_are_split_by_scope() -> None:
    report = crowded(6000)
    runs, notes = files_of(report)
    assert len(runs) == 3
    alerts = [each for run in runs.values() for each in run["results"]]
    assert {each["partialFingerprints"]["amlauditFinding/v1"] for each in alerts} >= {
        each.id for each in report.findings if each.verdict.status is Status.FAIL
    }
    assert len(alerts) == 6001
    assert max(len(run["results"]) for run in runs.values()) <= 5000
    assert not any("AMLRUN04" in notices(run) for run in runs.values())
    assert "" in runs
    assert notes[0].startswith("more results than the 5,000 that code scanning keeps per run")


def test_each_file_has_its_own_category() -> None:
    runs, _ = files_of(crowded(6000))
    categories = [run["automationDetails"]["id"].rpartition("/")[0] for run in runs.values()]
    assert len(set(categories)) == len(categories)
    assert all(each.startswith("amlaudit/") for each in categories)


def test_a_workspace_stays_in_its_file_when_others_come() -> None:
    few, many = files_of(crowded(6000))[0], files_of(crowded(7000))[0]
    for part, run in few.items():
        ids = {each["partialFingerprints"]["amlauditFinding/v1"] for each in run["results"]}
        later = {
            each["partialFingerprints"]["amlauditFinding/v1"] for each in many[part]["results"]
        }
        assert ids <= later


def test_fails_of_one_workspace_that_find_no_room_are_counted() -> None:
    clusters = tuple(compute(f"cpu-{number:04}", "Enabled") for number in range(5100))
    report = report_of((workspace("mlw-fraud", {}), *clusters), rules=RULES[:2])
    runs, notes = files_of(report)
    run = runs[""]
    assert len(run["results"]) == 5000
    (text,) = notices(run)["AMLRUN04"]
    assert text.startswith("101 fails of the least severe rules did not fit in this file")
    assert notes == ("101 fails did not fit; the JSON report contains all of them",)
    assert run["results"][0]["ruleId"] == "AML1001"


def test_fingerprints_survive_rewording_new_severities_and_versions() -> None:
    report = sample()
    reworded = replace(
        report,
        version="9.9.9",
        findings=tuple(
            replace(
                each,
                rule=replace(each.rule, title="Other words", severity=Severity.INFO),
                verdict=replace(each.verdict, message="Other words."),
            )
            for each in reversed(tuple(report.findings))
        ),
    )
    before, after = (
        {each["partialFingerprints"]["primaryLocationLineHash"] for each in read(one)["results"]}
        for one in (report, reworded)
    )
    assert before == after
    assert len(before) == len(read(report)["results"])
    assert all(re.fullmatch(r"[0-9a-f]{32}:1", each) for each in before)


def test_fails_that_were_left_out_are_not_taken_for_fixed() -> None:
    report = limited(sample(), [Status.PASS, Status.UNKNOWN])
    (invocation,) = read(report)["invocations"]
    assert not invocation["executionSuccessful"]
    told = [each["message"]["text"] for each in invocation["toolExecutionNotifications"]]
    text = "Only findings with these statuses are included: pass, unknown. The others are missing."
    assert text in told
    assert "an upload closes their alerts" in " ".join(make("sarif", report).notes)
    kept = limited(sample(), [Status.FAIL, Status.UNKNOWN])
    assert "Only findings" not in json.dumps(read(kept)["invocations"])
    assert make("sarif", kept).notes == make("sarif", sample()).notes


def test_category_depends_only_on_the_scope() -> None:
    def id_of(scope: Scope, *, is_deployment: bool = False) -> str:
        how = replace(COLLECTION, scope=scope, is_deployment=is_deployment)
        report = replace(empty(), collection=how)
        identifier: str = read(report)["automationDetails"]["id"]
        return identifier

    one = id_of(Scope(subscriptions=("ML Production", "b")))
    assert one == id_of(Scope(subscriptions=("B", "ml production")))
    assert re.fullmatch(
        r"amlaudit/subscription-b-subscription-ml-production-[0-9a-f]{8}/2026-01-15T06:30:00Z", one
    )
    assert one != id_of(Scope(subscriptions=("ml-production", "b")))
    assert id_of(Scope(workspaces=("a",))) != id_of(Scope(resource_groups=("a",)))
    everything = id_of(Scope())
    assert everything == "amlaudit/everything/2026-01-15T06:30:00Z"
    assert id_of(Scope(tenant="Contoso.example")) == id_of(Scope(tenant="contoso.example"))
    others = (
        id_of(Scope(tenant="contoso.example")),
        id_of(Scope(tenant="fabrikam.example")),
        id_of(Scope(excluded=("labs",))),
        id_of(Scope(), is_deployment=True),
    )
    assert len({everything, *others}) == 5


def test_run_explains_locations_and_its_verdict() -> None:
    properties = read(sample())["properties"]
    assert "a cloud resource has no source file" in properties["locations"]
    assert properties["verdict"] == {"verdict": "FAIL", "complete": False}
    assert properties["score"].keys() == {"low", "high", "coverage"}
    assert properties["header"]["collection"]["reached"] == list(COLLECTION.reached)
