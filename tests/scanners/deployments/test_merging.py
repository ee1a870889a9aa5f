"""Deployments in several files are one estate; where they contradict each other, it is unknown."""

import json
from collections.abc import Mapping
from itertools import permutations
from pathlib import Path
from typing import Any

import pytest

from amlaudit.core.estate import Estate
from amlaudit.core.gap import Reason
from amlaudit.core.path import ABSENT, parse_path, read
from amlaudit.core.relations import SECURITY_GROUP, STORAGE
from amlaudit.core.resource import Resource
from amlaudit.core.scope import Scope
from amlaudit.scanners.files.source import Files
from tests.scanners.deployments.terraform.plans import GROUP, PROVIDERS, change, plan

ACCOUNT = f"{PROVIDERS}/Microsoft.Storage/storageAccounts/data"
CONNECTIONS = "properties.privateEndpointConnections"
NETWORK = f"{PROVIDERS}/Microsoft.Network"


def account(**values: Any) -> Any:
    """Return a plan of an account; its tier is known after apply, so that it has a gap."""
    basics = {"name": "data", "account_tier": "Standard", "account_replication_type": "LRS"}
    unknown = {"id": True, "access_tier": True}
    return plan(change("azurerm_storage_account.data", basics | values, unknown=unknown))


def endpoint(name: str) -> Any:
    """Return a plan of a private endpoint that refers to the account by its id."""
    connection = {
        "name": name,
        "is_manual_connection": False,
        "subresource_names": ["blob"],
        "private_connection_resource_id": ACCOUNT,
    }
    values = {"name": name, "private_service_connection": [connection]}
    return plan(change(f"azurerm_private_endpoint.{name}", values, unknown={"id": True}))


def together(folder: Path, *files: object) -> Estate:
    """Return the estate of several files, each in a separate folder as written by terragrunt."""
    for number, content in enumerate(files):
        (folder / f"unit-{number}").mkdir(parents=True)
        path = folder / f"unit-{number}" / "tfplan.json"
        path.write_text(json.dumps(content), "utf-8")
    return Files((folder,)).collect(Scope())


def only(estate: Estate, arm_type: str = STORAGE) -> Resource:
    (found,) = estate.of_type(arm_type)
    return found


def hidden(resource: Resource) -> Mapping[str, str]:
    """Return why parts of a resource are unknown, by path."""
    return {".".join(path): gap.detail for path, gap in resource.gaps}


@pytest.mark.parametrize("order", list(permutations(range(3))))
def test_endpoints_of_other_plans_are_connections_of_what_they_lead_to(
    tmp_path: Path, order: tuple[int, ...]
) -> None:
    files = [account(), endpoint("one"), endpoint("two")]
    estate = together(tmp_path, *(files[each] for each in order))
    connections = read(only(estate).body, parse_path(CONNECTIONS))
    assert isinstance(connections, list)
    names = [read(each, parse_path("properties.privateEndpoint.id")) for each in connections]
    expected = [f"{NETWORK}/privateEndpoints/{name}".lower() for name in ("one", "two")]
    assert sorted(map(str, names)) == expected
    assert {gap.reason for gap in estate.store.gaps()} <= {Reason.UNRESOLVED, Reason.NOT_COLLECTED}


@pytest.mark.parametrize("is_open_first", [True, False])
def test_what_two_plans_declare_differently_is_not_known(
    tmp_path: Path, *, is_open_first: bool
) -> None:
    plans = [account(public_network_access_enabled=each) for each in (is_open_first,)]
    plans.append(account(public_network_access_enabled=not is_open_first))
    estate = together(tmp_path, *plans)
    why = hidden(only(estate))["properties.publicnetworkaccess"]
    assert why == "unit-0/tfplan.json and unit-1/tfplan.json declare it differently"
    assert read(only(estate).body, parse_path("properties.minimumTlsVersion")) == "TLS1_2"
    (said,) = [gap for gap in estate.store.gaps() if gap.part == "document in unit-1/tfplan.json"]
    assert said.scope_id == ACCOUNT.lower()


def test_a_value_unknown_in_one_of_two_plans_is_unknown(tmp_path: Path) -> None:
    unknown = {"public_network_access_enabled": True}
    basics = {"name": "data", "account_tier": "Standard", "account_replication_type": "LRS"}
    other = plan(change("azurerm_storage_account.data", basics, unknown=unknown))
    found = only(together(tmp_path, account(public_network_access_enabled=False), other))
    assert "properties.publicnetworkaccess" in hidden(found)


def test_identical_declarations_in_two_plans_are_known_without_a_note(tmp_path: Path) -> None:
    estate = together(tmp_path / "two", account(), account())
    alone = together(tmp_path / "one", account())
    assert only(estate).body == only(alone).body
    assert [gap.part for gap in estate.store.gaps()] == [gap.part for gap in alone.store.gaps()]


@pytest.mark.parametrize("order", [(0, 1), (1, 0)])
def test_what_another_plan_changes_is_not_known(tmp_path: Path, order: tuple[int, ...]) -> None:
    rules = {"storage_account_id": ACCOUNT, "default_action": "Allow"}
    files = [account(), plan(change("azurerm_storage_account_network_rules.open", rules))]
    found = only(together(tmp_path, *(files[each] for each in order)))
    assert "properties.networkacls.defaultaction" in hidden(found)
    assert read(found.body, parse_path("properties.networkAcls.defaultAction")) is ABSENT


def test_a_rule_that_another_plan_adds_opens_all_of_the_list(tmp_path: Path) -> None:
    group = plan(change("azurerm_network_security_group.ml", {"name": "nsg", "security_rule": []}))
    values = {"network_security_group_name": "nsg", "name": "any", "access": "Allow"}
    rule = plan(change("azurerm_network_security_rule.any", values))
    found = only(together(tmp_path, group, rule), SECURITY_GROUP)
    assert "properties.securityrules" in hidden(found)


@pytest.mark.parametrize("order", [(0, 1), (1, 0)])
def test_a_deployment_that_ignores_a_resource_does_not_contradict_another(
    tmp_path: Path, order: tuple[int, ...]
) -> None:
    made = {
        "resourceId": ACCOUNT,
        "changeType": "Create",
        "after": {"properties": {"publicNetworkAccess": "Disabled"}},
    }
    other = {
        "resourceId": f"{GROUP}/providers/Microsoft.KeyVault/vaults/kv",
        "changeType": "Create",
        "after": {"properties": {}},
    }
    left = {"resourceId": ACCOUNT, "changeType": "Ignore", "before": {"id": ACCOUNT}}
    files = [{"changes": [made]}, {"changes": [other, left]}]
    found = only(together(tmp_path, *(files[each] for each in order)))
    assert read(found.body, parse_path("properties.publicNetworkAccess")) == "Disabled"
    assert "properties" not in hidden(found)
