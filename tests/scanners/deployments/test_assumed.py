"""A deployment is judged by what it declares, its parts as if used by a workspace."""

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from amlaudit.core.arm_id import normalise
from amlaudit.core.gap import Reason
from amlaudit.core.relations import STORAGE, WORKSPACE
from amlaudit.core.report import Report
from amlaudit.core.scope import Scope
from amlaudit.core.verdict import Status
from amlaudit.pipeline import Policy, audit
from amlaudit.resources import shipped
from amlaudit.rulebook.packs import load_pack
from amlaudit.scanners.files.source import Files

GROUP = "/subscriptions/00000000-0000-0000-0000-000000000001/resourceGroups/rg"
ACCOUNT = f"{GROUP}/providers/Microsoft.Storage/storageAccounts/stml"
USER = f"{GROUP}/providers/Microsoft.MachineLearningServices/workspaces/mlw"
AT = datetime(2026, 1, 15, tzinfo=UTC)
_, RULES = load_pack(shipped("rules"), "built-in")


def account(*, https_only: bool) -> dict[str, Any]:
    properties = {"supportsHttpsTrafficOnly": https_only}
    return created(ACCOUNT, {"kind": "StorageV2", "properties": properties})


def created(resource_id: str, body: dict[str, Any]) -> dict[str, Any]:
    after = {"id": resource_id, "apiVersion": "2026-01-01", **body}
    return {"resourceId": resource_id, "changeType": "Create", "after": after}


def judged(folder: Path, *changes: dict[str, Any], beside: object = None) -> Report:
    files = [folder / "what-if.json"]
    files[0].write_text(json.dumps({"changes": changes}))
    if beside:
        files.append(folder / "read.json")
        files[1].write_text(json.dumps(beside))
    return audit(Scope(), Files(tuple(files)), Policy((), RULES), AT)


def verdicts(report: Report, rule_id: str) -> list[Status]:
    return [each.verdict.status for each in report.findings if each.rule.id == rule_id]


def test_what_no_workspace_uses_yet_is_judged_as_if_one_did(tmp_path: Path) -> None:
    closed = judged(tmp_path, account(https_only=True))
    assert verdicts(closed, "AML1508") == [Status.PASS]
    open_one = judged(tmp_path, account(https_only=False))
    assert verdicts(open_one, "AML1508") == [Status.FAIL]


def test_an_assumed_workspace_is_named_and_not_judged(tmp_path: Path) -> None:
    report = judged(tmp_path, account(https_only=True))
    (assumed,) = report.collection.assumed
    assert WORKSPACE not in report.seen
    assert not report.gate.complete
    assert assumed not in {each.resource.id for each in report.findings}
    (gap,) = [each for each in report.gaps if each.scope_id == assumed]
    assert gap.reason is Reason.NOT_COLLECTED
    assert "no workspace is declared" in gap.detail


def test_what_a_rule_asks_of_an_assumed_workspace_is_not_known(tmp_path: Path) -> None:
    report = judged(tmp_path, account(https_only=True))
    assert verdicts(report, "AML1507") == [Status.UNKNOWN]  # is the workspace identity-based?


def test_an_assumed_workspace_has_its_data_in_what_it_uses(tmp_path: Path) -> None:
    for access, status in (("Enabled", Status.FAIL), ("Disabled", Status.PASS)):
        body = {"kind": "StorageV2", "properties": {"publicNetworkAccess": access}}
        report = judged(tmp_path, created(ACCOUNT, body))
        assert verdicts(report, "AML1501") == [status]


def test_with_a_declared_workspace_nothing_is_assumed(tmp_path: Path) -> None:
    user = created(USER, {"properties": {"storageAccount": ACCOUNT}})
    report = judged(tmp_path, account(https_only=True), user)
    assert report.collection.assumed == ()
    assert verdicts(report, "AML1508") == [Status.PASS]


def test_only_what_is_declared_is_judged_and_the_rest_is_listed(tmp_path: Path) -> None:
    report = judged(tmp_path, account(https_only=True))
    assert report.collection.is_deployment
    assert {each.resource.id for each in report.findings} == {normalise(ACCOUNT)}
    assert [each for each in report.gaps if each.part == STORAGE]


def test_beside_live_resources_nothing_is_assumed(tmp_path: Path) -> None:
    other = {"id": f"{ACCOUNT}2", "kind": "StorageV2", "properties": {}}
    report = judged(tmp_path, account(https_only=True), beside=[other])
    assert not report.collection.is_deployment
    assert report.collection.assumed == ()
    assert [each for each in report.findings if each.subject_key]


def test_only_declared_resources_refer_to_new_ones(tmp_path: Path) -> None:
    registry = f"{GROUP}/providers/Microsoft.ContainerRegistry/registries/cr"
    changes = [
        created(registry, {"properties": {"adminUserEnabled": False}}),
        created(
            USER, {"tags": {"environment": "prod"}, "properties": {"containerRegistry": registry}}
        ),
    ]
    assert verdicts(judged(tmp_path, *changes), "AML2112") == [Status.NOT_APPLICABLE]
    modified = [changes[0] | {"changeType": "Modify"}, changes[1]]
    assert verdicts(judged(tmp_path, *modified), "AML2112") == [Status.UNKNOWN]


def test_a_version_that_cannot_set_a_property_leaves_it_to_azure(tmp_path: Path) -> None:
    old = created(USER, {"properties": {}, "kind": "Default"})
    old["after"]["apiVersion"] = "2020-08-01"
    assert verdicts(judged(tmp_path, old), "AML1201") == [Status.FAIL]


def test_a_vault_is_assumed_to_hold_credentials_and_not_the_encryption_key(
    tmp_path: Path,
) -> None:
    vault = f"{GROUP}/providers/Microsoft.KeyVault/vaults/kv"
    for access, status in (("Enabled", Status.FAIL), ("Disabled", Status.PASS)):
        body = {"properties": {"publicNetworkAccess": access}}
        assert verdicts(judged(tmp_path, created(vault, body)), "AML1401") == [status]


def test_resources_of_one_name_are_each_assumed_to_be_used(tmp_path: Path) -> None:
    vault = f"{GROUP}/providers/Microsoft.KeyVault/vaults/stml"
    settings = {"properties": {"publicNetworkAccess": "Enabled"}}
    report = judged(tmp_path, account(https_only=False), created(vault, settings))
    assert len(report.collection.assumed) == 1
    assert verdicts(report, "AML1508") == [Status.FAIL]
    assert verdicts(report, "AML1401") == [Status.FAIL]
