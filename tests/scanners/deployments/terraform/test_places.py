"""A finding of a plan points to the block that declares the resource, otherwise to the plan."""

import json
from pathlib import Path
from typing import Any

import pytest

from amlaudit.core.estate import Estate
from amlaudit.core.place import Place
from amlaudit.core.relations import STORAGE
from amlaudit.core.scope import Scope
from amlaudit.scanners.deployments.terraform.places import blocks_in
from amlaudit.scanners.files.source import Files
from tests.scanners.deployments.terraform.plans import change, collect, plan

ACCOUNT = "azurerm_storage_account.data"
BLOCK = """\
# The accounts.
resource "azurerm_storage_account" "data" {
  name = "data"
  network_rules {
    default_action = "Deny"
  }
  description = <<-EOT
}
  EOT
}
"""


def place_of(folder: Path, address: str, root: Any = None) -> Place:
    estate = collect(folder, plan(change(address, {"name": "data"}), root=root))
    (found,) = estate.of_type(STORAGE)
    assert found.place
    return found.place


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return the folder that the audit runs in."""
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_a_block_beside_the_plan_is_where_a_resource_is_declared(folder: Path) -> None:
    (folder / "main.tf").write_text(BLOCK, "utf-8")
    assert place_of(folder, f"{ACCOUNT}[0]") == Place("main.tf", 2, 1, 10, f"{ACCOUNT}[0]")


def test_files_of_opentofu_are_read_and_come_before_those_of_terraform(folder: Path) -> None:
    (folder / "main.tofu").write_text(BLOCK, "utf-8")
    assert str(place_of(folder, ACCOUNT)) == "main.tofu:2"
    (folder / "main.tf").write_text(BLOCK, "utf-8")
    assert str(place_of(folder, ACCOUNT)) == "main.tofu:2"


def test_files_may_lie_in_the_one_folder_below_that_has_some(folder: Path) -> None:
    (folder / "infra").mkdir()
    (folder / "infra" / "main.tf").write_text(BLOCK, "utf-8")
    assert str(place_of(folder, ACCOUNT)) == "infra/main.tf:2"


def test_a_module_is_followed_to_its_folder(folder: Path) -> None:
    (folder / "main.tf").write_text('module "data" {\n  source = "./modules/data"\n}\n', "utf-8")
    (folder / "modules" / "data").mkdir(parents=True)
    (folder / "modules" / "data" / "main.tf").write_text(BLOCK, "utf-8")
    address = f'module.data["a.b"].{ACCOUNT}'
    root = {"module_calls": {"data": {"source": "./modules/data", "module": {}}}}
    assert str(place_of(folder, address, root)) == "modules/data/main.tf:2"


def test_a_module_from_elsewhere_is_declared_where_it_is_called(folder: Path) -> None:
    (folder / "main.tf").write_text('\nmodule "data" {\n  source = "x/y/azurerm"\n}\n', "utf-8")
    root = {"module_calls": {"data": {"source": "x/y/azurerm", "module": {}}}}
    address = f"module.data.{ACCOUNT}"
    assert place_of(folder, address, root) == Place("main.tf", 2, 1, 4, address)


@pytest.mark.parametrize(("indent", "expected"), [(None, 1), (1, 6)])
def test_without_files_the_plan_itself_is_the_place(
    folder: Path, indent: int | None, expected: int
) -> None:
    value = plan(change(ACCOUNT, {"name": "data"}))
    path = folder / "plan.json"
    path.write_text(json.dumps(value, indent=indent), "utf-8")
    (found,) = Files((path,)).collect(Scope()).of_type(STORAGE)
    assert found.place
    assert (found.place.path, found.place.line) == ("plan.json", expected)
    line = path.read_text("utf-8").splitlines()[found.place.line - 1]
    assert line[found.place.column - 1 :].startswith('"address"')


def test_blocks_of_all_kinds_are_found_with_their_ends(tmp_path: Path) -> None:
    file = tmp_path / "main.tf"
    file.write_text(
        'data "azurerm_client_config" "me" {}\n'
        'resource "a" "b" { name = "c" }\n'
        'module "m" {\n'
        "  x = <<EOT\n"
        'resource "in" "text" {\n'
        "EOT\n"
        "}\n"
        'variable "v" {\n'
        "}\n",
        "utf-8",
    )
    found = {name: (block.line, block.end_line) for name, block in blocks_in(file)}
    assert found == {"data.azurerm_client_config.me": (1, 1), "a.b": (2, 2), "module.m": (3, 7)}


def line_of(folder: Path, text: str, kind: str, values: dict[str, Any], path: str) -> int | None:
    """Return the line of a property of a declared resource."""
    (folder / "main.tf").write_text(text, "utf-8")
    estate = collect(folder, plan(change(f"{kind}.it", values)))
    (found,) = [each for each in map(estate.store.get, ids_in(estate)) if each and each.place]
    place = found.written.at(path)
    return place and place.line


def ids_in(estate: Estate) -> list[str]:
    return [each for kind in estate.store.counts() for each in estate.store.ids_of_type(kind)]


@pytest.mark.parametrize(
    ("path", "line"),
    [
        ("properties.adminUserEnabled", 2),
        ("properties.networkRuleSet.defaultAction", 5),
        ("properties.networkRuleSet.ipRules[0].value", 8),
        ("properties.networkRuleSet.ipRules[1].value", 10),
        ("properties.publicNetworkAccess", None),
        ("tags.owner", 15),
        ("tags.environment", 13),
    ],
)
def test_a_property_is_where_its_attribute_is_written(
    folder: Path, path: str, line: int | None
) -> None:
    text = """\
resource "azurerm_container_registry" "it" {
  admin_enabled = true # { not a block
  name          = "cr"
  network_rule_set {
    default_action = "Allow"
    ip_rule {
      action   = "Allow"
      ip_range = "10.0.0.0/8"
    }
    ip_rule { ip_range = "11.0.0.0/8" }
  }
  sku = "Premium"
  tags = merge(local.tags, {
    # who answers
    owner = "ml"
  })
}
"""
    values = {"name": "cr", "resource_group_name": "rg", "sku": "Premium"}
    assert line_of(folder, text, "azurerm_container_registry", values, path) == line


def test_a_document_of_azapi_is_written_as_it_is(folder: Path) -> None:
    text = """\
resource "azapi_resource" "it" {
  type = "Microsoft.KeyVault/vaults@2024-11-01"
  body = jsonencode({
    properties = {
      networkAcls = {
        defaultAction = "Allow"
      }
    }
  })
}
"""
    values = {"name": "kv", "type": "Microsoft.KeyVault/vaults@2024-11-01", "body": "{}"}
    found = line_of(folder, text, "azapi_resource", values, "properties.networkAcls.defaultAction")
    assert found == 6


def test_arguments_of_an_external_module_are_not_properties(folder: Path) -> None:
    (folder / "main.tf").write_text(
        'module "data" {\n  source = "x/y/azurerm"\n  min_tls_version = "TLS1_0"\n}\n', "utf-8"
    )
    root = {"module_calls": {"data": {"source": "x/y/azurerm", "module": {}}}}
    estate = collect(folder, plan(change(f"module.data.{ACCOUNT}", {"name": "data"}), root=root))
    (found,) = estate.of_type(STORAGE)
    assert found.written.at("properties.minimumTlsVersion") is None
