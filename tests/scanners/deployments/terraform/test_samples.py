"""Third-party labelled plans: our rules agree with the labels, or differences are explained."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from amlaudit.core.estate import Estate
from amlaudit.core.path import ABSENT, parse_path
from amlaudit.core.path import read as read_at
from amlaudit.core.relations import (
    BLOB_CONTAINER,
    CONTAINER_REGISTRY,
    SECURITY_GROUP,
    STORAGE,
)
from amlaudit.core.resource import Resource
from amlaudit.core.scope import Scope
from amlaudit.core.verdict import Status
from amlaudit.engine.evaluate import evaluate
from amlaudit.resources import shipped
from amlaudit.rulebook.packs import load_pack
from amlaudit.rulebook.shipped_pack import SHIPPED
from amlaudit.scanners.files.source import Files
from tests.scanners.deployments.terraform.plans import PROVIDERS

SAMPLES = Path(__file__).parents[5] / "shared" / "iac-samples" / "tfplan"
pytestmark = pytest.mark.skipif(not SAMPLES.is_dir(), reason="the samples of others are not here")

PASS, FAIL, UNKNOWN, SKIPPED = Status.PASS, Status.FAIL, Status.UNKNOWN, Status.NOT_APPLICABLE

CHECKS = {
    "ACRAdminAccountDisabled": ("AML2101", CONTAINER_REGISTRY),
    "ACRAnonymousPullDisabled": ("AML2102", CONTAINER_REGISTRY),
    "ACRPublicNetworkAccessDisabled": ("AML2103", CONTAINER_REGISTRY),
    "StorageCriticalDataEncryptedCMK": ("AML1514", STORAGE),
    "StoragePublicNetworkAccessDisabledWithPE": ("AML1501", STORAGE),
}
"""Our rule for the check of a folder of labelled fragments, and what it judges."""

NO_TIER = "a registry of the Basic tier cannot be pulled from anonymously at all"
NO_SOURCE = (
    "the body names a key and leaves keySource out, whose default is Microsoft.Storage: Azure "
    "encrypts with a key of Microsoft's"
)
NO_ENDPOINT = "the label asks for private endpoints only; an open account is open without one, too"
KEYS, ENDPOINTS = "StorageCriticalDataEncryptedCMK", "StoragePublicNetworkAccessDisabledWithPE"
ARGUED = {
    ("ACRAnonymousPullDisabled.mock.json", "basic"): (SKIPPED, NO_TIER),
    ("ACRAnonymousPullDisabled.azapi.mock.json", "basic"): (SKIPPED, NO_TIER),
    (f"{KEYS}.azapi.mock.json", "cmk"): (FAIL, NO_SOURCE),
    (f"{KEYS}.azapi.mock.json", "cmk_known_after_apply"): (FAIL, NO_SOURCE),
    (f"{KEYS}.azapi.mock.json", "cmk_as_update_resource"): (FAIL, NO_SOURCE),
    (f"{KEYS}.azapi.mock.json", "cmk_as_update_resource_known_after_apply"): (FAIL, NO_SOURCE),
    (f"{ENDPOINTS}.mock.json", "no_pe_public_access_enabled"): (FAIL, NO_ENDPOINT),
    (f"{ENDPOINTS}.azapi.mock.json", "no_pe_public_access_enabled"): (FAIL, NO_ENDPOINT),
}
"""Where we differ from a label: (file, fragment), what we say, and why."""


BYPASS = "properties.networkAcls.bypass"
BYPASS_GAP = ("properties", "networkacls", "bypass")


def value(resource: Resource, path: str) -> object:
    return read_at(resource.body, parse_path(path))


def fragments() -> Iterator[Any]:
    for path in sorted(SAMPLES.glob("avmsec-*/*.json")):
        for name, piece in json.loads(path.read_text("utf-8"))["mock"].items():
            yield pytest.param(path, name, piece, id=f"{path.name}:{name}")


def used_by_workspaces(folder: Path, plan: Any, arm_type: str) -> Estate:
    """Return the estate of a plan, with each resource of a type used by an added workspace."""
    file = folder / "plan.json"
    file.write_text(json.dumps(plan), "utf-8")
    alone = Files((file,)).collect(Scope())
    key = "storageAccount" if arm_type == STORAGE else "containerRegistry"
    users = [
        {
            "id": f"{PROVIDERS}/Microsoft.MachineLearningServices/workspaces/user{number}",
            "tags": {"classification": "confidential", "environment": "prod"},
            "properties": {key: each.id},
        }
        for number, each in enumerate(alone.of_type(arm_type))
    ]
    beside = folder / "users.json"
    beside.write_text(json.dumps(users), "utf-8")
    return Files((file, beside)).collect(Scope())


def verdicts(estate: Estate, rule_id: str) -> dict[str, Status]:
    """Return what a rule says about each resource, by the resource's name."""
    _, rules = load_pack(shipped("rules"), SHIPPED)
    (rule,) = [each for each in rules if each.id == rule_id]
    return {
        finding.resource.name: finding.verdict.status
        for finding in evaluate((rule,), estate)
        if not finding.subject_key
    }


@pytest.mark.parametrize(("path", "name", "piece"), list(fragments()))
def test_fragments_are_judged_as_they_are_labelled(
    tmp_path: Path, path: Path, name: str, piece: Any
) -> None:
    rule_id, arm_type = CHECKS[path.parent.name.removeprefix("avmsec-")]
    estate = used_by_workspaces(tmp_path, {"mock": {name: piece}}, arm_type)
    found = set(verdicts(estate, rule_id).values())
    label = FAIL if name.startswith("invalid") else PASS
    assert found == {ARGUED.get((path.name, name), (label, ""))[0]}


def read(folder: str) -> Any:
    (path,) = SAMPLES.glob(f"{folder}/*.json")
    return json.loads(path.read_text("utf-8"))


def test_a_firewall_is_judged_as_the_account_is_named(tmp_path: Path) -> None:
    estate = used_by_workspaces(tmp_path, read("regula-account_deny_access"), STORAGE)
    assert verdicts(estate, "AML1502") == {
        "invalidstorageaccount1": FAIL,
        # No block is written. The plan says that all of it is known after apply, and what Azure
        # decides is not evidence before that.
        "invalidstorageaccount2": UNKNOWN,
        "validstorageaccount1": PASS,
        # The block denies, and contains no address.
        "validstorageaccount2": PASS,
    }


def test_who_passes_the_firewall_is_read_as_the_account_is_named(tmp_path: Path) -> None:
    """No rule of ours uses the bypass; what would be judged is as the label says."""
    estate = used_by_workspaces(tmp_path, read("regula-account_microsoft_services"), STORAGE)
    found = {
        each.name: (value(each, BYPASS), BYPASS_GAP in dict(each.gaps))
        for each in estate.of_type(STORAGE)
    }
    assert found == {
        "invalidstorageaccount1": (ABSENT, True),  # known after apply
        "invalidstorageaccount2": ("Logging, Metrics", False),
        "validstorageaccount1": ("AzureServices", False),
        "validstorageaccount2": ("AzureServices, Logging, Metrics", False),
    }


def test_containers_are_read_as_they_are_named(tmp_path: Path) -> None:
    estate = used_by_workspaces(tmp_path, read("regula-container_private_access"), STORAGE)
    found = {
        each.name: value(each, "properties.publicAccess") for each in estate.of_type(BLOB_CONTAINER)
    }
    assert found == {
        "invalidcontainer1": "Container",
        "validcontainer1": "None",
        "validcontainer2": "None",
    }
    # The account denies anonymous access whatever a container says, so that it passes.
    assert verdicts(estate, "AML1506") == {"examplestoraccount": PASS}


@pytest.mark.parametrize("port", ["22", "3389"])
def test_security_groups_are_judged_as_they_are_named(tmp_path: Path, port: str) -> None:
    plan = read(f"regula-security_group_no_inbound_{port}")
    estate = with_computes_behind_groups(tmp_path, plan)
    assert verdicts(estate, "AML1217") == {
        "behind-invalidnsg1": FAIL,
        "behind-invalidnsg2": FAIL,
        "behind-testnsg": FAIL,  # contains the standalone rules, including the invalid ones
        "behind-validnsg1": PASS,
    }


def with_computes_behind_groups(folder: Path, plan: Any) -> Estate:
    """Return the estate of a plan with an added workspace for each security group.

    Each has one cluster in a subnet of the group; it is declared, so that there is nothing else.
    """
    file = folder / "plan.json"
    file.write_text(json.dumps(plan), "utf-8")
    alone = Files((file,)).collect(Scope())
    changes = []
    for each in alone.of_type(SECURITY_GROUP):
        subnet = f"{PROVIDERS}/Microsoft.Network/virtualNetworks/{each.name}/subnets/ml"
        workspace = f"{PROVIDERS}/Microsoft.MachineLearningServices/workspaces/behind-{each.name}"
        cluster = {"computeType": "AmlCompute", "properties": {"subnet": {"id": subnet}}}
        changes += [
            created(workspace, {}),
            created(f"{workspace}/computes/c", cluster),
            created(subnet, {"networkSecurityGroup": {"id": each.id}}),
        ]
    beside = folder / "what-if.json"
    beside.write_text(json.dumps({"changes": changes}), "utf-8")
    return Files((file, beside)).collect(Scope())


def created(resource_id: str, properties: dict[str, Any]) -> dict[str, Any]:
    after = {"id": resource_id, "apiVersion": "2026-01-01", "properties": properties}
    return {"resourceId": resource_id, "changeType": "Create", "after": after}
