"""The embedded estate tells its story: it has a good and a bad example for every rule."""

import json
import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping
from importlib.resources import files
from pathlib import Path

import pytest
from jsonschema import Draft202012Validator
from msgspec.structs import replace

from amlaudit.cli import run
from amlaudit.core.arm_id import is_within, normalise, type_of
from amlaudit.core.errors import Exit
from amlaudit.core.path import read
from amlaudit.core.relations import (
    BLOB_SERVICE,
    COMPUTE,
    DIAGNOSTIC_SETTING,
    RELATIONS,
    SUBNET,
)
from amlaudit.core.report import Finding, Outcome, Report
from amlaudit.core.resource import Document
from amlaudit.core.scope import Scope
from amlaudit.core.secrets import redacted, scrub
from amlaudit.core.verdict import Status
from amlaudit.demo.source import READ_AT, Demo, documents, gaps
from amlaudit.pipeline import Policy, audit
from amlaudit.reporters.json import render
from amlaudit.resources import shipped
from amlaudit.rulebook.packs import load_pack
from amlaudit.scanners.documents import resources_of

ROOT = Path(__file__).parents[2]
PACK, RULES = load_pack(shipped("rules"), "built-in")
DOCUMENTS = [document for _, several in documents() for document in several]

PRODUCTION = "/subscriptions/11111111-1111-4111-8111-111111111111"
DEVELOPMENT = "/subscriptions/22222222-2222-4222-8222-222222222222"
STRANGE = "/subscriptions/33333333-3333-4333-8333-333333333333"
GUARDED = f"{PRODUCTION}/resourcegroups/rg-ml-fraud-prod"
CARELESS = f"{DEVELOPMENT}/resourcegroups/rg-ml-sandbox-dev"
TAKEN_OVER = f"{PRODUCTION}/resourcegroups/rg-ml-credit-prod"
ASSISTANTS = f"{DEVELOPMENT}/resourcegroups/rg-ml-assistants-dev"
ML = "providers/microsoft.machinelearningservices/workspaces"

EXPECTED = {
    Status.PASS: 742,
    Status.FAIL: 446,
    Status.UNKNOWN: 58,
    Status.MANUAL: 42,
    Status.NOT_APPLICABLE: 982,
}

SMALL_THINGS = [("AML1612", "ci-fraud-lead"), ("AML2209", "mlw-fraud-prod")]
"""Fails of the best workspace: people have instances in it, one of which never stops."""

PLANTED = {
    f"{CARELESS}/{ML}/mlw-sandbox-dev/connections/crm-database": (
        "properties.metadata.odbc",
        "Server=tcp:crm.sandbox.contoso.example;User=reader;Password=not-a-real-password",
    ),
    f"{CARELESS}/{ML}/mlw-sandbox-dev/onlineendpoints/churn-demo/deployments/test": (
        "properties.environmentVariables.MODEL_HUB_TOKEN",
        "not-a-real-token",
    ),
}
"""Where a careless person left a secret, and its text; neither gives access to anything."""


def report_of(scope: Scope) -> Report:
    return audit(scope, Demo(), Policy((PACK,), RULES), READ_AT)


@pytest.fixture(scope="module")
def report() -> Report:
    return report_of(Scope())


def failed_within(group: str, findings: Iterable[Finding]) -> list[tuple[str, str]]:
    return [
        (each.rule.id, each.resource.name)
        for each in findings
        if each.verdict.status is Status.FAIL and is_within(each.resource.id, group)
    ]


def texts_in(value: object) -> Iterator[str]:
    if isinstance(value, Mapping):
        for key, member in value.items():
            yield str(key)
            yield from texts_in(member)
    elif isinstance(value, list):
        for member in value:
            yield from texts_in(member)
    elif isinstance(value, str):
        yield value


def id_of(document: Document) -> str:
    return normalise(str(document["id"]))


def test_every_rule_has_a_pass_and_a_fail(report: Report) -> None:
    shown: defaultdict[str, set[Status]] = defaultdict(set)
    for finding in report.findings:
        shown[finding.rule.id].add(finding.verdict.status)
    lacking = [
        rule.id
        for rule in RULES
        if Status.MANUAL not in shown[rule.id] and not shown[rule.id] >= {Status.PASS, Status.FAIL}
    ]
    assert not lacking


def test_verdicts_are_those_expected(report: Report) -> None:
    assert Counter(finding.verdict.status for finding in report.findings) == EXPECTED


def test_no_rule_stumbles_over_a_document(report: Report) -> None:
    allowed = {"forbidden", "throttled", "timeout", "not_collected"}
    reasons = {each.verdict.reason for each in report.findings if each.verdict.reason}
    assert reasons <= allowed


def test_two_audits_give_equal_reports(report: Report) -> None:
    again = report_of(Scope())
    assert tuple(again.findings) == tuple(report.findings)
    assert tuple(again.neighbourhoods or ()) == tuple(report.neighbourhoods or ())
    one, other = (replace(each, findings=(), neighbourhoods=None) for each in (again, report))
    assert one == other


def test_the_json_report_is_of_its_schema(report: Report) -> None:
    path = shipped("templates") / "amlaudit-report-1.schema.json"
    schema = Draft202012Validator(json.loads(path.read_text("utf-8")))
    assert not list(schema.iter_errors(json.loads(render(report))))


def test_the_run_fails_and_reports_its_gaps(report: Report) -> None:
    assert (report.gate.outcome, report.gate.complete) == (Outcome.FAIL, False)


def test_the_guarded_workspace_fails_in_small_things(report: Report) -> None:
    assert failed_within(GUARDED, report.findings) == SMALL_THINGS


def test_the_careless_workspace_fails_much(report: Report) -> None:
    assert len(failed_within(CARELESS, report.findings)) > 30


def test_one_workspace_can_be_audited_alone() -> None:
    alone = report_of(Scope(workspaces=("mlw-fraud-prod",)))
    assert failed_within("/", alone.findings) == SMALL_THINGS


def test_gaps_stand_where_the_principal_could_not_read(report: Report) -> None:
    assert {(gap.scope_id, gap.part, gap.reason.value, gap.permission) for gap in report.gaps} == {
        (
            f"{TAKEN_OVER}/{ML}/mlw-credit-prod",
            COMPUTE,
            "forbidden",
            "Microsoft.MachineLearningServices/workspaces/computes/read",
        ),
        (f"{ASSISTANTS}/{ML}/mlh-assistants-dev", DIAGNOSTIC_SETTING, "throttled", ""),
        (
            f"{ASSISTANTS}/providers/microsoft.storage/storageaccounts/stassistantsdev01",
            BLOB_SERVICE,
            "timeout",
            "",
        ),
    }


def test_nothing_was_read_where_there_is_a_gap() -> None:
    read_all_the_same = [
        id_of(document)
        for document in DOCUMENTS
        for gap in gaps()
        if is_within(id_of(document), gap.scope_id) and type_of(id_of(document)) == gap.part
    ]
    assert not read_all_the_same


def test_documents_are_whole() -> None:
    ids = [id_of(document) for document in DOCUMENTS]
    assert len(ids) == len(set(ids))
    for document in DOCUMENTS:
        assert str(document["type"]).lower() == type_of(id_of(document))
        assert str(document["name"])
        assert isinstance(document["properties"], Mapping)


def test_every_type_that_rules_can_follow_to_is_in_the_demo(report: Report) -> None:
    assert set(report.seen) >= {SUBNET} | {each.target for each in RELATIONS.values()}


@pytest.mark.parametrize("name", ["estate", "gaps.json"])
def test_files_are_written_in_one_style(name: str) -> None:
    path = files("amlaudit.demo").joinpath(name)
    for file in path.iterdir() if path.is_dir() else [path]:
        text = file.read_text("utf-8")
        assert text == json.dumps(json.loads(text), indent=2, ensure_ascii=False) + "\n"


def test_no_document_contains_secrets_except_the_planted_ones() -> None:
    changed = {id_of(document) for document in DOCUMENTS if scrub(document) != document}
    assert changed == set(PLANTED)


@pytest.mark.parametrize("resource_id", PLANTED)
def test_planted_secrets_are_redacted(resource_id: str) -> None:
    path, secret = PLANTED[resource_id]
    steps = tuple(path.split("."))
    (document,) = (each for each in DOCUMENTS if id_of(each) == resource_id)
    kept = Demo().collect(Scope()).store.get(resource_id)
    assert read(document, steps) == secret
    assert kept is not None
    assert read(kept.body, steps) == redacted(secret)
    assert secret not in set(texts_in(kept.body))


def test_planted_secrets_are_in_no_report(report: Report) -> None:
    shown = repr(report)
    assert not [secret for _, secret in PLANTED.values() if secret in shown]


def test_everybody_and_everything_is_invented() -> None:
    texts = set(texts_in(DOCUMENTS))
    mails = {mail for text in texts for mail in re.findall(r"[\w.+-]+@([\w.-]+)", text)}
    subscriptions = {
        found for text in texts for found in re.findall(r"/subscriptions/[0-9a-fA-F-]+", text)
    }
    assert mails - {"sha256"} == {"contoso.example"}  # that one is the digest of an image
    assert subscriptions == {PRODUCTION, DEVELOPMENT, STRANGE}


def test_every_document_becomes_a_resource_without_a_gap() -> None:
    estate = Demo().collect(Scope())
    for document in DOCUMENTS:
        found = estate.store.get(id_of(document))
        assert found is not None
        assert next(resources_of(document, found.origin)).id == found.id
        assert not found.gaps


def test_the_demo_shows_every_kind_of_policy_verdict(report: Report) -> None:
    views = [view for each in report.findings for view in each.policies]
    assert any(each.is_disputed for each in report.findings)
    assert any(each.is_contested for each in report.findings)
    for told in ("expressions", "remediations", "attestations", "exemptions"):
        assert any(getattr(view, told) for view in views)


def test_the_page_on_azure_policy_shows_what_is_printed(
    report: Report, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "report.json"
    path.write_text(render(report), "utf-8")
    page = (ROOT / "docs" / "policy-correlation.md").read_text("utf-8")
    shown = re.findall(
        r"explain ([0-9a-f]{32}) --report.*?^```text\n(.*?)^```", page, re.MULTILINE | re.DOTALL
    )
    assert len(shown) == 3
    for finding, text in shown:
        assert run(["explain", finding, "--report", str(path)]) == Exit.PASS
        assert text in capsys.readouterr().out
