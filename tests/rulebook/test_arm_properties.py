"""A path is a field of a type if Azure's published description of the type has it."""

import json
import re
from collections.abc import Iterator
from importlib.resources import files
from itertools import product
from pathlib import Path
from typing import Any

import pytest
import yaml

from amlaudit.core import relations
from amlaudit.core.arm_id import RESOURCE_GROUP_TYPE, SUBSCRIPTION_TYPE, normalise, type_of
from amlaudit.core.path import parse_path
from amlaudit.core.relations import (
    BUDGET,
    COMPUTE,
    DIAGNOSTIC_SETTING,
    KEY_VAULT,
    POLICY_ASSIGNMENT,
    QUOTA,
    QUOTA_USAGE,
    STORAGE,
    WORKSPACE,
)
from amlaudit.rulebook.arm_properties import MEMBER, check_path

FILE = files("amlaudit.rulebook").joinpath("data/arm_properties.json")
TYPES: dict[str, dict[str, Any]] = json.loads(FILE.read_text("utf-8"))
CATALOGUE = Path(__file__).parents[2].with_name("shared") / "rule-catalogue"


def problem_of(arm_type: str, path: str) -> str | None:
    """Return the problem with a path written with `[]` after lists and maps."""
    *lists, last = path.split("[]")
    within: tuple[str, ...] = ()
    for each in lists:
        steps = parse_path(each.lstrip(".")) if each else ()  # a map of lists
        if steps and (problem := check_path(arm_type, within, steps)):
            return problem
        within = (*within, *steps, MEMBER)
    return check_path(arm_type, within, parse_path(last.lstrip("."))) if last else None


@pytest.mark.parametrize(
    ("arm_type", "path"),
    [
        (WORKSPACE, "properties.publicNetworkAccess"),
        (WORKSPACE, "Properties.PUBLICnetworkaccess"),
        (WORKSPACE, "properties"),
        (WORKSPACE, "properties.encryption.keyVaultProperties"),
        (WORKSPACE, "properties.privateEndpointConnections"),
        (WORKSPACE, "properties.privateEndpointConnections[].properties.provisioningState"),
        (WORKSPACE, "properties.managedNetwork.outboundRules['allow-x'].type"),
        (WORKSPACE, "properties.managedNetwork.outboundRules[].destination.serviceTag"),
        (WORKSPACE, "tags['cost.centre']"),
        (WORKSPACE, "tags.owner"),
        (WORKSPACE, "identity.principalId"),
        (WORKSPACE, "identity.userAssignedIdentities[].clientId"),
        (WORKSPACE, "sku.name"),
        (WORKSPACE, "systemData.createdAt"),
        (COMPUTE, "properties.properties.sshSettings.sshPublicAccess"),
        (COMPUTE, "properties.properties.scaleSettings.minNodeCount"),
        (STORAGE, "properties.networkAcls.ipRules[].value"),
        (BUDGET, "properties.notifications[].contactEmails"),
        (BUDGET, "properties.notifications.first.contactEmails"),
        (POLICY_ASSIGNMENT, "properties.metadata.assignedBy"),
        (POLICY_ASSIGNMENT, "properties.metadata.a.b[].c"),
        (POLICY_ASSIGNMENT, "properties.parameters.effect.value"),
        (SUBSCRIPTION_TYPE, "properties.state"),
        (RESOURCE_GROUP_TYPE, "managedBy"),
        ("contoso.test/things", "properties.anything[].goes"),
    ],
)
def test_what_the_description_has_is_a_field(arm_type: str, path: str) -> None:
    assert problem_of(arm_type, path) is None


@pytest.mark.parametrize(
    ("arm_type", "path", "hint"),
    [
        (WORKSPACE, "properties.publicNetworkAcess", " Did you mean publicNetworkAccess?"),
        (WORKSPACE, "properties.encription.status", " Did you mean encryption?"),
        (WORKSPACE, "publicnetworkaccess", " Did you mean properties.publicNetworkAccess?"),
        (WORKSPACE, "tag.owner", " Did you mean tags?"),
        (WORKSPACE, "properties.status", ""),
        (WORKSPACE, "kind.name", ""),
        (WORKSPACE, "zzz", ""),
        (WORKSPACE, "properties.ipAllowlist[].address", ""),
        (
            WORKSPACE,
            "properties.isolationMode",
            " Did you mean properties.managedNetwork.isolationMode?",
        ),
        (KEY_VAULT, "properties.enablePurgeProtecton", " Did you mean enablePurgeProtection?"),
        (STORAGE, "properties.networkAcls.ipRules[].valeu", " Did you mean value?"),
        (STORAGE, "properties.networkAcls.ipRules.value", ""),
        (DIAGNOSTIC_SETTING, "properties.logs[].retentionPolicy.day", " Did you mean days?"),
        (BUDGET, "properties.notifications[].contactMails", " Did you mean contactEmails?"),
    ],
)
def test_an_unknown_property_is_reported_with_a_suggestion(
    arm_type: str, path: str, hint: str
) -> None:
    assert problem_of(arm_type, path) == f"{path} is not a field of {arm_type}.{hint}"


def test_every_type_that_relations_name_is_listed() -> None:
    named = {each for name, each in vars(relations).items() if name.isupper() and "/" in each}
    assert {SUBSCRIPTION_TYPE, RESOURCE_GROUP_TYPE, *named} == TYPES.keys() - {"*"}


@pytest.mark.parametrize("arm_type", TYPES)
def test_every_list_names_its_sources_and_is_in_order(arm_type: str) -> None:
    row = TYPES[arm_type]
    assert re.fullmatch(r"20\d\d-\d\d-\d\d(-preview)?|v\d", row["api_version"])
    assert all(each.startswith("https://") for each in (row["source"], *row.get("more", {})))
    lists = [row["properties"], *row.get("more", {}).values()]
    assert lists == [sorted(set(each)) for each in lists]
    whole = [path for each in lists for path in each]
    assert len(whole) == len(set(whole))
    assert arm_type == arm_type.lower()


@pytest.mark.parametrize("arm_type", sorted(TYPES.keys() - {"*"}))
def test_every_listed_path_is_a_field(arm_type: str) -> None:
    for row in (TYPES["*"], TYPES[arm_type]):
        for paths in (row["properties"], *row.get("more", {}).values()):
            for path in paths:
                assert problem_of(arm_type, path.replace("{}", "[]").removesuffix(".**")) is None


PLACEHOLDERS = {
    "{scope}": "/subscriptions/s",
    "{workspaceId}": "/providers/Microsoft.MachineLearningServices/workspaces/x",
    "{storageId}": "/providers/Microsoft.Storage/storageAccounts/x",
    "{vaultId}": "/providers/Microsoft.KeyVault/vaults/x",
    "{registryId}": "/providers/Microsoft.ContainerRegistry/registries/x",
}
NOT_IN_DOCUMENTS = {
    **{
        (arm_type, field): "a row of the service, which a document has as its properties"
        for arm_type, fields in (
            (QUOTA, ("amlWorkspaceLocation", "limit", "name.value", "unit")),
            (QUOTA_USAGE, ("currentValue", "limit", "name.value")),
        )
        for field in fields
    },
    (WORKSPACE, "resourceGroup"): "a column of Resource Graph: documents have it in their id",
    (WORKSPACE, "subscriptionId"): "a column of Resource Graph: documents have it in their id",
}


def expanded(path: str) -> Iterator[str]:
    """Yield the paths that a path in the catalogue represents: `{a,b}` is a set of siblings."""
    parts = re.split(r"\{([^}]*)\}", path.removeprefix("value[].").replace(".*", "[]"))
    for chosen in product(*(part.split(",") for part in parts)):
        yield "".join(chosen)


def evidence() -> Iterator[tuple[str, str]]:
    """Yield the ARM type and the path of all evidence that the catalogue names."""
    for file in sorted(CATALOGUE.glob("*.yaml")):
        document = yaml.load(file.read_text("utf-8"), yaml.CSafeLoader)
        for control in (*document.get("controls", ()), *document.get("reserve", ())):
            for each in control["evidence"]:
                arm_type = each.get("type", "").lower()
                if "request" in each:
                    request = each["request"].partition(" ")[2].partition("?")[0]
                    for placeholder, arm_id in PLACEHOLDERS.items():
                        request = request.replace(placeholder, arm_id)
                    arm_type = type_of(normalise(request))
                for path in each["paths"]:
                    yield from ((arm_type, spelled) for spelled in expanded(path))


@pytest.mark.skipif(not CATALOGUE.is_dir(), reason="the rule catalogue lies beside the checkout")
def test_evidence_of_the_rule_catalogue_is_known() -> None:
    listed = {(arm_type, path) for arm_type, path in evidence() if arm_type in TYPES}
    assert len(listed) > 200
    assert {each for each in listed if problem_of(*each)} == NOT_IN_DOCUMENTS.keys()
