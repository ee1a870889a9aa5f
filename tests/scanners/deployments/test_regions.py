"""Regions that only the deployment decides: resources may still surely be in the same one."""

import json
from pathlib import Path
from typing import Any

import pytest

from amlaudit.core.estate import Estate
from amlaudit.core.relations import COMPUTE, WORKSPACE
from amlaudit.core.scope import Scope
from amlaudit.core.subject import Subject
from amlaudit.core.verdict import Seen, Status
from amlaudit.engine.evaluate import evaluate
from amlaudit.resources import shipped
from amlaudit.rulebook.packs import load_pack
from amlaudit.rulebook.shipped_pack import SHIPPED
from amlaudit.scanners.files.source import Files
from tests.scanners.deployments.templates import (
    GROUP,
    SUBSCRIPTION_SCHEMA,
    deployed,
    nested,
    resources,
    template,
)

ML = "Microsoft.MachineLearningServices/workspaces"
STORAGE = "Microsoft.Storage/storageAccounts"
LOCATION = {"location": {"type": "string"}, "other": {"type": "string"}}
OF_GROUP = {"location": {"type": "string", "defaultValue": "[resourceGroup().location]"}}
MINE = "[parameters('location')]"


def account(location: str, name: str = "st", **parts: Any) -> dict[str, Any]:
    return {"type": STORAGE, "apiVersion": "2024-01-01", "name": name, "location": location} | parts


def workspace(location: str, account_id: str = f"[resourceId('{STORAGE}', 'st')]") -> Any:
    uses = {"storageAccount": account_id}
    kind = {"type": ML, "apiVersion": "2025-06-01", "name": "ml", "kind": "Default"}
    return {**kind, "location": location, "properties": uses}


def cluster(location: str, nodes: str) -> dict[str, Any]:
    kind = {"type": f"{ML}/computes", "apiVersion": "2025-06-01", "name": "ml/cpu"}
    properties = {"computeType": "AmlCompute", "computeLocation": nodes}
    return {**kind, "location": location, "properties": properties}


def status(estate: Estate, rule_id: str) -> Status:
    _, rules = load_pack(shipped("rules"), SHIPPED)
    (found,) = evaluate([each for each in rules if each.id == rule_id], estate)
    return found.verdict.status


def identity(estate: Estate, path: str) -> str:
    """Return the identity of the region of a resource, which is unknown."""
    (gap,) = [gap for steps, gap in resources(estate)[path].gaps if steps == ("location",)]
    return gap.stands_for


@pytest.mark.parametrize(
    ("mine", "its"),
    [
        ("[resourceGroup().location]", "[resourceGroup().location]"),
        (MINE, MINE),
        (MINE, "[variables('of')]"),
        ("[variables('chosen')]", "[variables('chosen')]"),
        ("[first(createArray(parameters('location')))]", MINE),
    ],
)
def test_equal_expressions_have_the_same_unknown_region(
    mine: str, its: str, tmp_path: Path
) -> None:
    variables = {
        "of": MINE,
        "chosen": "[if(empty(parameters('location')), resourceGroup().location, 'westeurope')]",
    }
    content = template(account(mine), account(its, "other"), parameters=LOCATION)
    with deployed(tmp_path, content | {"variables": variables}) as estate:
        found = identity(estate, "microsoft.storage/storageaccounts/st")
        assert found
        assert found == identity(estate, "microsoft.storage/storageaccounts/other")


@pytest.mark.parametrize(
    "its",
    [
        "[parameters('other')]",
        "[resourceGroup().location]",
        "[toLower(parameters('location'))]",
        "[concat(parameters('location'), '2')]",
        "[parameters('location').name]",
        "[parameters(parameters('location'))]",
        "[map(range(0, parameters('location')), lambda('x', 'westeurope'))]",
        "[range(0, copyIndex(parameters('location')))]",
        "[resourceId(parameters('location'), 'a')]",
        "[if(equals(parameters('location'), 'a'), 'westeurope', 'northeurope')]",
        "[reference(parameters('location')).region]",
        "[createObject(parameters('location'), 1)]",
    ],
)
def test_what_is_made_of_an_unknown_region_is_another_one(its: str, tmp_path: Path) -> None:
    content = template(account(MINE), account(its, "other"), parameters=LOCATION)
    with deployed(tmp_path, content) as estate:
        first = identity(estate, "microsoft.storage/storageaccounts/st")
        assert first
        assert first != identity(estate, "microsoft.storage/storageaccounts/other")


def test_a_region_passed_to_a_module_stays_the_same(tmp_path: Path) -> None:
    inner = template(account(MINE), parameters=LOCATION)
    given = {"location": {"value": MINE}, "other": {"value": "x"}}
    module = nested("inner", inner, properties={"parameters": given})
    content = template(module, workspace(MINE), parameters=OF_GROUP)
    with deployed(tmp_path, content) as estate:
        found = identity(estate, "microsoft.storage/storageaccounts/st")
        group = resources(estate)["microsoft.storage/storageaccounts/st"].id.partition("/prov")[0]
        assert found == f"location of {group}"
        assert status(estate, "AML2201") is Status.PASS


def test_parameters_of_the_same_name_in_two_modules_may_differ(tmp_path: Path) -> None:
    inner = template(account(MINE), parameters=LOCATION)
    other = template(account(MINE, "other"), parameters=LOCATION)
    with deployed(tmp_path, template(nested("a", inner), nested("b", other))) as estate:
        first = identity(estate, "microsoft.storage/storageaccounts/st")
        assert first != identity(estate, "microsoft.storage/storageaccounts/other")


def test_the_same_function_in_two_groups_may_differ(tmp_path: Path) -> None:
    inner = template(account("[resourceGroup().location]"))
    modules = [nested(each, inner, resourceGroup=each) for each in ("one", "two")]
    content = template(*modules, schema=SUBSCRIPTION_SCHEMA)
    with deployed(tmp_path, content) as estate:
        found = [each for each in resources(estate) if each.endswith("/st")]
        assert len({identity(estate, each) for each in found}) == len(found) == 2


@pytest.mark.parametrize(
    ("parameters", "mine", "its", "expected"),
    [
        (OF_GROUP, MINE, "[resourceGroup().location]", Status.PASS),
        (OF_GROUP, MINE, "westeurope", Status.UNKNOWN),
        (OF_GROUP, "westeurope", MINE, Status.UNKNOWN),
        (LOCATION, MINE, "[parameters('other')]", Status.UNKNOWN),
        (LOCATION, MINE, MINE, Status.UNKNOWN),  # where the resource group is, is not known
        ({}, "westeurope", "northeurope", Status.FAIL),
    ],
)
def test_a_workspace_and_its_account_are_together_if_that_is_sure(
    parameters: dict[str, Any], mine: str, its: str, expected: Status, tmp_path: Path
) -> None:
    content = template(account(its), workspace(mine), parameters=parameters)
    with deployed(tmp_path, content) as estate:
        assert status(estate, "AML2201") is expected


@pytest.mark.parametrize(
    ("nodes", "expected"),
    [
        (MINE, Status.PASS),
        ("[parameters('other')]", Status.UNKNOWN),
        ("westeurope", Status.UNKNOWN),
    ],
)
def test_a_cluster_is_with_its_workspace_if_that_is_sure(
    nodes: str, expected: Status, tmp_path: Path
) -> None:
    content = template(workspace(MINE), cluster(MINE, nodes), parameters=LOCATION)
    with deployed(tmp_path, content) as estate:
        assert status(estate, "AML1624") is expected


def test_evidence_says_that_the_region_is_not_known(tmp_path: Path) -> None:
    content = template(workspace(MINE), cluster(MINE, MINE), parameters=LOCATION)
    _, rules = load_pack(shipped("rules"), SHIPPED)
    with deployed(tmp_path, content) as estate:
        (found,) = evaluate([each for each in rules if each.id == "AML1624"], estate)
    look = next(each for each in found.evidence if each.path == "properties.computeLocation")
    assert (look.seen, look.observed) == (Seen.GAP, None)
    assert look.expected == "the same region, whichever it is"


def test_a_cluster_without_nodes_elsewhere_is_where_it_says(tmp_path: Path) -> None:
    compute = cluster(MINE, MINE)
    del compute["properties"]["computeLocation"]
    content = template(workspace(MINE), compute, parameters=LOCATION)
    with deployed(tmp_path, content) as estate:
        assert [each.type for each in estate.of_type(COMPUTE)] == [COMPUTE]
        assert status(estate, "AML1624") is Status.PASS


def test_a_known_region_has_no_identity(tmp_path: Path) -> None:
    with deployed(tmp_path, template(workspace("westeurope"))) as estate:
        (found,) = estate.of_type(WORKSPACE)
        assert Subject(found, estate)["location"] == "westeurope"
        assert not [gap for _, gap in found.gaps if gap.stands_for]


@pytest.mark.parametrize(
    ("group", "location", "expected"),
    [
        (GROUP, "[ResourceGroup().location]", Status.PASS),
        (GROUP, "[reference('x').location]", Status.UNKNOWN),
        (f"{GROUP}-data", "[resourceGroup().location]", Status.UNKNOWN),
    ],
)
def test_what_a_snapshot_of_bicep_puts_into_one_group_is_together(
    group: str, location: str, expected: Status, tmp_path: Path
) -> None:
    account_id = f"{group}/providers/{STORAGE}/st"
    predicted = [
        account(location, id=account_id),
        workspace("[resourceGroup().location]", account_id) | {"id": f"{GROUP}/providers/{ML}/ml"},
    ]
    path = tmp_path / "main.snapshot.json"
    path.write_text(json.dumps({"predictedResources": predicted}), "utf-8")
    estate = Files((path,)).collect(Scope())
    assert status(estate, "AML2201") is expected
    estate.close()
