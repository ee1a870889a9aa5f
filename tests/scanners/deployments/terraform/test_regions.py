"""Regions known only after apply: resources may still surely be in the same one."""

from pathlib import Path
from typing import Any

import pytest

from amlaudit.core.estate import Estate
from amlaudit.core.relations import COMPUTE, STORAGE, WORKSPACE
from amlaudit.core.verdict import Status
from amlaudit.engine.evaluate import evaluate
from amlaudit.resources import shipped
from amlaudit.rulebook.packs import load_pack
from amlaudit.rulebook.shipped_pack import SHIPPED
from tests.scanners.deployments.terraform.plans import change, collect, plan, refers, written

ACCOUNT = "azurerm_storage_account.st"
RESOURCE_GROUP = "azurerm_resource_group.rg"
OF_GROUP = refers(f"{RESOURCE_GROUP}.location")
CHOSEN = refers("random_shuffle.region.result")
LATER = {"location": True, "id": True}
ML = "azurerm_machine_learning_workspace.ml"
CLUSTER = "azurerm_machine_learning_compute_cluster.cpu"


def group() -> dict[str, Any]:
    return change(RESOURCE_GROUP, {"name": "rg"}, unknown=LATER)


def regions(folder: Path, *accounts: Any, **more: Any) -> list[str]:
    """Return the identities of the regions of accounts, by their expressions."""
    blocks = [written(f"{ACCOUNT}{at}", location=each) for at, each in enumerate(accounts)]
    changes = [
        change(f"{ACCOUNT}{at}", {"name": f"st{at}"}, unknown=LATER) for at in range(len(accounts))
    ]
    root = {"resources": [written(RESOURCE_GROUP, location=CHOSEN), *blocks], **more}
    estate = collect(folder, plan(group(), *changes, root=root))
    return [identity(each.gaps) for each in estate.of_type(STORAGE)]


def identity(gaps: Any) -> str:
    (found,) = [gap.stands_for for steps, gap in gaps if steps == ("location",)]
    assert isinstance(found, str)
    return found


def status(estate: Estate, rule_id: str) -> Status:
    _, rules = load_pack(shipped("rules"), SHIPPED)
    (found,) = evaluate([each for each in rules if each.id == rule_id], estate)
    return found.verdict.status


def test_what_refers_to_one_region_is_in_it(tmp_path: Path) -> None:
    first, second, third = regions(
        tmp_path, OF_GROUP, OF_GROUP, refers("azurerm_storage_account.st0.location")
    )
    assert first == second == third
    assert first.startswith("location of /subscriptions/")
    assert first.endswith("/resourcegroups/rg")


@pytest.mark.parametrize(
    "other",
    [
        CHOSEN,
        refers("azurerm_resource_group.other.location"),
        {"references": [*OF_GROUP["references"], "var.suffix"]},
        {"references": ["local.region"]},
        {"references": [RESOURCE_GROUP]},
        {},
    ],
)
def test_what_may_be_another_region_is_another_one(other: Any, tmp_path: Path) -> None:
    first, second = regions(tmp_path, OF_GROUP, other)
    assert first
    assert first != second


@pytest.mark.parametrize(
    ("given", "regions_in_all"),
    [
        (OF_GROUP, 1),
        ({"references": [*OF_GROUP["references"], "each.key"]}, 2),
        ({"references": ["each.value"]}, 2),
    ],
)
def test_modules_pass_a_region_on(given: Any, regions_in_all: int, tmp_path: Path) -> None:
    block = written(ACCOUNT, location={"references": ["var.region"]})
    call = {"expressions": {"region": given}, "module": {"resources": [block]}}
    root = {
        "resources": [written(RESOURCE_GROUP, location=CHOSEN), written(ML, location=OF_GROUP)],
        "module_calls": {"data": call},
    }
    workspace = change(ML, {"name": "ml"}, unknown=LATER)
    account = change(f"module.data.{ACCOUNT}", {"name": "st"}, unknown=LATER)
    estate = collect(tmp_path, plan(group(), workspace, account, root=root))
    (mine,) = estate.of_type(WORKSPACE)
    (its,) = estate.of_type(STORAGE)
    assert len({identity(mine.gaps), identity(its.gaps)}) == regions_in_all


def test_regions_that_refer_to_each_other_come_to_an_end(tmp_path: Path) -> None:
    first, second = regions(
        tmp_path,
        refers("azurerm_storage_account.st1.location"),
        refers("azurerm_storage_account.st0.location"),
    )
    assert first
    assert second


@pytest.mark.parametrize(("nodes", "expected"), [(OF_GROUP, Status.PASS), (CHOSEN, Status.UNKNOWN)])
def test_a_workspace_and_all_it_uses_are_judged_without_naming_a_region(
    nodes: Any, expected: Status, tmp_path: Path
) -> None:
    used = {
        "storage_account_id": ACCOUNT,
        "key_vault_id": "azurerm_key_vault.kv",
        "application_insights_id": "azurerm_application_insights.ai",
    }
    links = {name: refers(f"{address}.id") for name, address in used.items()}
    root = {
        "resources": [
            written(RESOURCE_GROUP, location=CHOSEN),
            *(written(each, location=OF_GROUP) for each in used.values()),
            written(ML, location=OF_GROUP, **links),
            written(CLUSTER, location=nodes, machine_learning_workspace_id=refers(f"{ML}.id")),
        ]
    }
    estate = collect(
        tmp_path,
        plan(
            group(),
            *(change(each, {"name": each[-2:]}, unknown=LATER) for each in used.values()),
            change(ML, {"name": "ml"}, unknown={**LATER, **dict.fromkeys(used, True)}),
            change(
                CLUSTER, {"name": "cpu"}, unknown={**LATER, "machine_learning_workspace_id": True}
            ),
            root=root,
        ),
    )
    assert status(estate, "AML2201") is Status.PASS
    assert len(list(estate.of_type(COMPUTE))) == 1
    assert status(estate, "AML1624") is expected
