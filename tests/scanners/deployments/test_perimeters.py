"""Network security perimeters in plans and templates: what they hold, and whom they admit."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from amlaudit.core.arm_id import name_of
from amlaudit.core.relations import PERIMETER_ASSOCIATION, STORAGE, WORKSPACE
from amlaudit.core.verdict import Status
from tests.scanners.deployments.templates import deployed, template
from tests.scanners.deployments.terraform.plans import (
    change,
    collect,
    plan,
    refers,
    written,
)
from tests.scanners.deployments.terraform.test_round_trips import verdicts

PERIMETER = "azurerm_network_security_perimeter"


def planned(mode: str, prefix: str) -> Any:
    """Return a plan of a workspace, of whose new resources no id is known."""
    storage, insights = "azurerm_storage_account.st", "azurerm_application_insights.appi"
    shown: dict[str, Mapping[str, Any]] = {
        storage: {"name": "st", "location": "westeurope"},
        insights: {"name": "appi", "location": "westeurope"},
        "azurerm_key_vault.kv": {"name": "kv", "location": "westeurope"},
        "azurerm_log_analytics_workspace.log": {"name": "log", "location": "westeurope"},
        "azurerm_machine_learning_workspace.ml": {"name": "ml", "location": "westeurope"},
        f"{PERIMETER}.nsp": {"name": "nsp", "location": "westeurope"},
        f"{PERIMETER}_profile.p": {"name": "default"},
        f"{PERIMETER}_access_rule.r": {
            "name": "office",
            "direction": "Inbound",
            "address_prefixes": [prefix],
        },
        f"{PERIMETER}_association.a": {"name": "st", "access_mode": mode},
    }
    leads = {
        insights: {"workspace_id": "azurerm_log_analytics_workspace.log.id"},
        "azurerm_machine_learning_workspace.ml": {
            "storage_account_id": f"{storage}.id",
            "key_vault_id": "azurerm_key_vault.kv.id",
            "application_insights_id": f"{insights}.id",
        },
        f"{PERIMETER}_profile.p": {"network_security_perimeter_id": f"{PERIMETER}.nsp.id"},
        f"{PERIMETER}_access_rule.r": {
            "network_security_perimeter_profile_id": f"{PERIMETER}_profile.p.id"
        },
        f"{PERIMETER}_association.a": {
            "network_security_perimeter_profile_id": f"{PERIMETER}_profile.p.id",
            "resource_id": f"{storage}.id",
        },
    }
    changes = [
        change(address, values, unknown=dict.fromkeys(("id", *leads.get(address, ())), True))
        for address, values in shown.items()
    ]
    own = [
        written(address, **{name: refers(to) for name, to in leads.get(address, {}).items()})
        for address in shown
    ]
    return plan(*changes, root={"resources": own})


@pytest.mark.parametrize(
    ("mode", "prefix", "status"),
    [
        ("Enforced", "203.0.113.0/24", Status.PASS),
        ("Enforced", "0.0.0.0/0", Status.FAIL),
        ("Learning", "203.0.113.0/24", Status.FAIL),
    ],
)
def test_a_plan_says_whom_a_perimeter_admits(
    tmp_path: Path, mode: str, prefix: str, status: Status
) -> None:
    estate = collect(tmp_path, planned(mode, prefix))
    (workspace,) = estate.of_type(WORKSPACE)
    assert verdicts(estate, workspace.id)["AML1228"] is status


def test_an_association_is_in_the_perimeter_of_the_profile_that_it_names(tmp_path: Path) -> None:
    estate = collect(tmp_path, planned("Enforced", "203.0.113.0/24"))
    (found,) = estate.of_type(PERIMETER_ASSOCIATION)
    assert found.id.endswith("/networksecurityperimeters/nsp/resourceassociations/st")
    (account,) = estate.of_type(STORAGE)
    assert [each.id for each in estate.neighbours(account, "storage-perimeters")] == [found.id]


def test_a_template_says_what_a_perimeter_holds(tmp_path: Path) -> None:
    kind = "Microsoft.Network/networkSecurityPerimeters"
    account = "[resourceId('Microsoft.Storage/storageAccounts', 'st')]"
    profile = f"[resourceId('{kind}/profiles', 'nsp', 'default')]"
    version = {"apiVersion": "2024-10-01"}
    content = template(
        {
            "type": "Microsoft.Storage/storageAccounts",
            "apiVersion": "2025-01-01",
            "name": "st",
            "location": "westeurope",
            "kind": "StorageV2",
            "sku": {"name": "Standard_ZRS"},
            "properties": {"publicNetworkAccess": "SecuredByPerimeter"},
        },
        {"type": kind, **version, "name": "nsp", "location": "westeurope", "properties": {}},
        {"type": f"{kind}/profiles", **version, "name": "nsp/default", "properties": {}},
        {
            "type": f"{kind}/profiles/accessRules",
            **version,
            "name": "nsp/default/all",
            "properties": {"direction": "Inbound", "addressPrefixes": ["0.0.0.0/0"]},
        },
        {
            "type": f"{kind}/resourceAssociations",
            **version,
            "name": "nsp/st",
            "properties": {
                "accessMode": "Enforced",
                "privateLinkResource": {"id": account},
                "profile": {"id": profile},
            },
        },
    )
    with deployed(tmp_path, content) as estate:
        (found,) = estate.of_type(STORAGE)
        (held,) = estate.neighbours(found, "storage-perimeters")
        (kept,) = estate.neighbours(held, "perimeter-profile")
        (rule,) = estate.neighbours(kept, "perimeter-rules")
        assert name_of(rule.id) == "all"
