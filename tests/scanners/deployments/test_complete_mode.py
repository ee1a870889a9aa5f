"""A deployment in complete mode deletes what its resource group has and it does not declare."""

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, TypeAlias

import pytest

from amlaudit.core.estate import Estate
from amlaudit.core.gap import Reason
from amlaudit.core.relations import KEY_VAULT, STORAGE
from amlaudit.core.scope import Scope
from amlaudit.scanners.files.source import Files
from tests.estates import GROUP, STORAGE_ID, SUBSCRIPTION
from tests.scanners.deployments.snapshots import snapshot
from tests.scanners.deployments.templates import SUBSCRIPTION_SCHEMA, template, vault

After: TypeAlias = Callable[..., Estate]

VAULT_ID = f"{GROUP}/providers/microsoft.keyvault/vaults/kv"
ZONE_ID = f"{GROUP}/providers/microsoft.network/privatednszones/zone"
LINK_ID = f"{ZONE_ID}/virtualnetworklinks/link"
ROLE_ID = f"{GROUP}/providers/microsoft.authorization/roleassignments/one"
ELSEWHERE = f"{SUBSCRIPTION}/resourcegroups/other/providers/microsoft.keyvault/vaults/far"
LIVE: tuple[dict[str, Any], ...] = (
    *(
        {"id": each, "location": "westeurope", "properties": {}}
        for each in (VAULT_ID, STORAGE_ID, ZONE_ID, LINK_ID, ELSEWHERE)
    ),
    {"id": GROUP, "location": "westeurope"},
    {"id": ROLE_ID, "properties": {}},
)
LINK = "Microsoft.Network/privateDnsZones/virtualNetworkLinks"


@pytest.fixture
def after(tmp_path: Path) -> Iterator[After]:
    """Yield the estate after a deployment over the live one."""
    opened: list[Estate] = []

    def deployed(content: dict[str, Any], *, mode: str = "Complete") -> Estate:
        live = snapshot(tmp_path / "live.db", LIVE, {SUBSCRIPTION: (KEY_VAULT, STORAGE)})
        path = tmp_path / "main.json"
        body = {"properties": {"mode": mode, "template": content}}
        path.write_text(json.dumps(body), "utf-8")
        opened.append(Files((live, path)).collect(Scope(resource_groups=("rg",))))
        return opened[-1]

    yield deployed
    for estate in opened:
        estate.close()


IDS = (VAULT_ID, STORAGE_ID, ZONE_ID, LINK_ID, ELSEWHERE, ROLE_ID, GROUP)
ZONE = {"type": "Microsoft.Network/privateDnsZones", "name": "zone", "apiVersion": "2020-06-01"}


def there(estate: Estate) -> set[str]:
    return {each for each in IDS if estate.store.get(each)}


def unknown_in(estate: Estate, resource_id: str) -> bool:
    found = estate.store.get(resource_id)
    return bool(found and any(path == () for path, _ in found.gaps))


@pytest.mark.parametrize("mode", ["Complete", "complete"])
def test_what_is_not_declared_is_gone(after: After, mode: str) -> None:
    estate = after(template(vault("kv")), mode=mode)
    assert there(estate) == {VAULT_ID, ELSEWHERE, ROLE_ID, GROUP}


def test_a_template_without_a_schema_is_one_of_a_resource_group(after: After) -> None:
    declared = template(vault("kv"))
    del declared["$schema"]
    assert there(after(declared)) == {VAULT_ID, ELSEWHERE, ROLE_ID, GROUP}


def test_the_deletions_are_told(after: After) -> None:
    told = {(gap.scope_id, gap.part): gap for gap in after(template(vault("kv"))).gaps()}
    gap = told[GROUP, "deletions by main.json"]
    assert gap.reason is Reason.UNSUPPORTED
    assert "complete mode" in gap.detail


def test_an_incremental_deployment_deletes_nothing(after: After) -> None:
    estate = after(template(vault("kv")), mode="Incremental")
    assert there(estate) == set(IDS)
    assert not [gap for gap in estate.gaps() if "complete mode" in gap.detail]


def test_a_subscription_has_no_complete_mode(after: After) -> None:
    estate = after(template(schema=SUBSCRIPTION_SCHEMA))
    assert there(estate) == set(IDS)


def test_what_lies_inside_a_declared_resource_may_be_deleted(after: After) -> None:
    estate = after(template(ZONE))
    assert not unknown_in(estate, ZONE_ID)
    assert unknown_in(estate, LINK_ID)


def test_a_resource_of_which_a_child_is_declared_may_be_deleted(after: After) -> None:
    link = {"type": LINK, "name": "zone/link", "apiVersion": "2020-06-01"}
    estate = after(template(link))
    assert unknown_in(estate, ZONE_ID)
    assert not unknown_in(estate, LINK_ID)


def test_a_resource_that_may_be_a_declared_one_may_be_deleted(after: After) -> None:
    estate = after(template(vault("[newGuid()]")))
    assert unknown_in(estate, VAULT_ID)
    assert STORAGE_ID not in there(estate)


def test_a_template_that_is_not_read_may_declare_anything(after: After) -> None:
    link = {"templateLink": {"uri": "https://example.com/more.json"}}
    more = {"type": "Microsoft.Resources/deployments", "name": "more", "properties": link}
    estate = after(template(vault("kv"), {"apiVersion": "2022-09-01", **more}))
    assert not unknown_in(estate, VAULT_ID)
    assert unknown_in(estate, STORAGE_ID)


def test_without_a_snapshot_there_is_nothing_to_delete(tmp_path: Path) -> None:
    path = tmp_path / "main.json"
    body = {"properties": {"mode": "Complete", "template": template(vault("kv"))}}
    path.write_text(json.dumps(body), "utf-8")
    estate = Files((path,)).collect(Scope())
    assert [each.name for each in estate.of_type(KEY_VAULT)] == ["kv"]
    assert not [gap for gap in estate.gaps() if "complete mode" in gap.detail]
    estate.close()
