"""An id known only after apply leads where the configuration says for certain; else it is a gap."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest

from amlaudit.core.path import parse_path, read
from amlaudit.core.relations import PRIVATE_ENDPOINT, ROLE_ASSIGNMENT, WORKSPACE
from amlaudit.core.resource import Resource
from tests.scanners.deployments.terraform.plans import (
    PROVIDERS,
    change,
    collect,
    plan,
    written,
)

ACCOUNT = "azurerm_storage_account.st"
OTHER = "azurerm_storage_account.other"
VAULT = "azurerm_key_vault.kv"
ML = "azurerm_machine_learning_workspace.ml"
STORAGE = "properties.storageAccount"
LEADS = {"storage_account_id": True}


def account(address: str = ACCOUNT, name: str = "st") -> dict[str, Any]:
    return change(address, {"name": name}, unknown={"id": True, "primary_access_key": True})


def account_id(name: str = "st") -> str:
    return f"{PROVIDERS}/Microsoft.Storage/storageAccounts/{name}"


def workspace(address: str = ML) -> dict[str, Any]:
    return change(address, {"name": "mlw"}, unknown={"id": True, **LEADS})


def leads(*references: str, loop: Sequence[str] | None = None) -> dict[str, Any]:
    """Return the workspace in the configuration, whose account is given by some references."""
    block = written(ML, storage_account_id={"references": [*references]})
    return block if loop is None else block | {"for_each_expression": {"references": [*loop]}}


def judged(
    folder: Path, *changes: dict[str, Any], root: Mapping[str, Any], **more: Any
) -> Resource:
    """Return the only workspace of a plan."""
    (found,) = collect(folder, plan(*changes, root=root, **more)).of_type(WORKSPACE)
    return found


def shown(resource: Resource, path: str = STORAGE) -> object:
    """Return the value at a path, or why it is not known."""
    steps = tuple(step.lower() for step in parse_path(path))
    why = next((each.detail for at, each in resource.gaps if at == steps), None)
    return why or read(resource.body, parse_path(path))


def one_account(folder: Path, *references: str, **more: Any) -> object:
    """Return the workspace's account, or why it is not known, in a plan with one account."""
    root = {"resources": [leads(*references)]}
    return shown(judged(folder, account(), workspace(), root=root, **more))


def test_a_local_is_named_as_what_a_plan_does_not_show(tmp_path: Path) -> None:
    why = one_account(tmp_path, "local.ids.account", "local.ids")
    assert str(why).endswith("known after apply, and a plan does not show what local.ids is")


def test_beside_a_local_a_resource_is_one_of_two_that_may_be_meant(tmp_path: Path) -> None:
    assert "local.byo" in str(one_account(tmp_path, "local.byo", f"{ACCOUNT}.id", ACCOUNT))


@pytest.mark.parametrize(
    "references",
    [
        ("var.existing_id", f"{ACCOUNT}.id", ACCOUNT),  # coalesce(var.existing_id, ….id)
        ("var.make_it", f"{ACCOUNT}[0].id", f"{ACCOUNT}[0]", ACCOUNT, f"{OTHER}[0].id", OTHER),
        (ACCOUNT,),  # one(azurerm_storage_account.st[*].id)
    ],
)
def test_known_or_uncreated_resources_are_not_known_after_apply(
    tmp_path: Path, references: Sequence[str]
) -> None:
    assert one_account(tmp_path, *references) == account_id()


def test_the_choice_between_two_created_resources_is_unknown(tmp_path: Path) -> None:
    root = {"resources": [leads(f"{ACCOUNT}.id", ACCOUNT, f"{OTHER}.id", OTHER)]}
    found = judged(tmp_path, account(), account(OTHER, "other"), workspace(), root=root)
    assert "one of several" in str(shown(found))


def test_a_choice_by_what_is_not_known_itself_is_open(tmp_path: Path) -> None:
    condition = "terraform_data.choice.output"
    entry = change("terraform_data.choice", {}, unknown={"output": True})
    root = {"resources": [leads(condition, "terraform_data.choice", f"{ACCOUNT}.id", ACCOUNT)]}
    why = shown(judged(tmp_path, account(), entry, workspace(), root=root))
    assert str(why).endswith(f"a plan does not show what {condition} is")


def test_an_id_that_waits_passes_through_something_that_is_not_followed(tmp_path: Path) -> None:
    waits = 'time_sleep.wait.triggers["account"]'
    entry = change("time_sleep.wait", {}, unknown={"triggers": {"account": True}})
    root = {"resources": [leads(waits, "time_sleep.wait.triggers", "time_sleep.wait")]}
    found = judged(tmp_path, account(), entry, workspace(), root=root)
    assert "time_sleep.wait.triggers" in str(shown(found))


def test_a_data_source_that_is_read_during_apply_is_found_by_its_name(tmp_path: Path) -> None:
    address = "data.azurerm_storage_account.there"
    entry = change(address, {"name": "there"}, unknown={"id": True}, actions=("read",))
    entry |= {"mode": "data", "type": "azurerm_storage_account", "name": "there"}
    root = {"resources": [leads(f"{address}.id", address)]}
    assert shown(judged(tmp_path, entry, workspace(), root=root)) == account_id("there")


# for_each and count
def two(folder: Path, block: dict[str, Any], key: str = '"b"', **more: Any) -> object:
    """Return the account of a workspace with a key, in a plan where two accounts have keys."""
    keys = ('"a"', '"b"') if '"' in key else ("0", "1")
    accounts = [
        account(f"{ACCOUNT}[{each}]", "st" + each.strip('"').translate({48: "a", 49: "b"}))
        for each in keys
    ]
    root = {"resources": [block]}
    return shown(judged(folder, *accounts, workspace(f"{ML}[{key}]"), root=root, **more))


def test_a_for_each_resource_refers_to_the_account_with_its_key(tmp_path: Path) -> None:
    block = leads("each.value.id", "each.value", loop=[ACCOUNT])
    assert two(tmp_path, block) == account_id("stb")


def test_what_is_counted_has_the_one_with_its_number(tmp_path: Path) -> None:
    assert two(tmp_path, leads(ACCOUNT, "count.index"), "1") == account_id("stb")


@pytest.mark.parametrize(
    ("references", "names", "expected"),
    [
        ((ACCOUNT, "each.key"), ["a", "b"], account_id("stb")),
        ((ACCOUNT, "each.value"), ["a", "b"], account_id("stb")),  # the same for a set
        ((ACCOUNT, "each.value"), {"b": "a"}, None),
        ((ACCOUNT, "each.value.account", "each.value"), {"b": {"account": "a"}}, None),
        ((ACCOUNT, "var.names", "each.key"), {"b": "a"}, None),  # looks up its key in a map
        ((ACCOUNT, "local.names", "each.key"), {}, None),
    ],
)
def test_a_key_identifies_the_resource_if_it_is_certainly_the_same(
    tmp_path: Path, references: Sequence[str], names: object, expected: str | None
) -> None:
    block = leads(*references, loop=["var.names"])
    found = two(tmp_path, block, variables={"names": {"value": names}})
    assert found == expected if expected else "known after apply" in str(found)


# Modules
def called(
    *changes: dict[str, Any], instance: str = "module.ml", root: Mapping[str, Any]
) -> tuple[list[dict[str, Any]], dict[str, Any]]:
    """Return changes and configuration of a plan whose workspace is in a module."""
    return [*changes, workspace(f"{instance}.{ML}")], {"module_calls": root}


@pytest.mark.parametrize("kind", ["each.key", "local.key"])
def test_a_module_for_each_key_gets_what_has_the_key(tmp_path: Path, kind: str) -> None:
    accounts = [account(f'{ACCOUNT}["{key}"]', f"st{key}") for key in ("a", "b")]
    call = {
        "expressions": {"account_id": {"references": [ACCOUNT, kind]}},
        "for_each_expression": {"references": ["var.names"]},
        "module": {"resources": [leads("var.account_id")]},
    }
    changes, root = called(*accounts, instance='module.ml["b"]', root={"ml": call})
    found = shown(judged(tmp_path, *changes, root=root))
    assert found == account_id("stb") if kind == "each.key" else "known after apply" in str(found)


def test_a_module_for_each_account_gets_its_own(tmp_path: Path) -> None:
    accounts = [account(f'{ACCOUNT}["{key}"]', f"st{key}") for key in ("a", "b")]
    call = {
        "expressions": {"account_id": {"references": ["each.value.id", "each.value"]}},
        "for_each_expression": {"references": [ACCOUNT]},
        "module": {"resources": [leads("var.account_id")]},
    }
    changes, root = called(*accounts, instance='module.ml["b"]', root={"ml": call})
    assert shown(judged(tmp_path, *changes, root=root)) == account_id("stb")


def test_of_an_object_with_several_ids_the_one_of_the_right_type_is_meant(tmp_path: Path) -> None:
    vault = change(VAULT, {"name": "kv"}, unknown={"id": True})
    ids = [f"{ACCOUNT}.id", ACCOUNT, f"{VAULT}.id", VAULT]
    call = {
        "expressions": {"stores": {"references": ids}},
        "module": {"resources": [leads("var.stores.account", "var.stores")]},
    }
    changes, root = called(account(), vault, root={"ml": call})
    assert shown(judged(tmp_path, *changes, root=root)) == account_id()


def test_a_longer_text_is_not_mistaken_for_the_id_at_its_start(tmp_path: Path) -> None:
    network = change("azurerm_virtual_network.net", {"name": "net"}, unknown={"id": True})
    endpoint = change("azurerm_private_endpoint.pe", {"name": "pe"}, unknown={"subnet_id": True})
    ids = {"references": ["azurerm_virtual_network.net.id", "azurerm_virtual_network.net"]}
    root = {"resources": [written("azurerm_private_endpoint.pe", subnet_id=ids)]}
    (found,) = collect(tmp_path, plan(network, endpoint, root=root)).of_type(PRIVATE_ENDPOINT)
    assert "known after apply" in str(shown(found, "properties.subnet.id"))


@pytest.mark.parametrize("through", ["local", "argument", "nowhere"])
def test_a_module_without_resources_passes_on_its_arguments(tmp_path: Path, through: str) -> None:
    outputs = {
        "local": {"references": ["local.ids"]},
        "argument": {"references": ["var.account_id"]},
        "nowhere": {},
    }
    passes = {
        "expressions": {"account_id": {"references": [f"{ACCOUNT}.id", ACCOUNT]}},
        "module": {"outputs": {"id": {"expression": outputs[through]}}},
    }
    root = {
        "resources": [leads("module.passes.id", "module.passes")],
        "module_calls": {"passes": passes},
    }
    found = shown(judged(tmp_path, account(), workspace(), root=root))
    assert found == account_id() if through == "argument" else "known after apply" in str(found)


def test_a_module_output_selected_by_a_key_is_unknown(tmp_path: Path) -> None:
    inner = {
        "resources": [written(ACCOUNT)],
        "outputs": {"id": {"expression": {"references": [f"{ACCOUNT}.id", ACCOUNT]}}},
    }
    root = {
        "resources": [leads("module.stores", "each.key")],
        "module_calls": {"stores": {"module": inner}},
    }
    entry = account(f'module.stores["a"].{ACCOUNT}')
    assert "module.stores" in str(shown(judged(tmp_path, entry, workspace(), root=root)))


def test_a_module_that_is_not_created_has_no_outputs(tmp_path: Path) -> None:
    inner = {
        "resources": [written(OTHER)],
        "outputs": {"id": {"expression": {"references": [f"{OTHER}.id", OTHER]}}},
    }
    ids = ("module.stores[0].id", "module.stores[0]", "module.stores", f"{ACCOUNT}.id", ACCOUNT)
    root = {"resources": [leads(*ids)], "module_calls": {"stores": {"module": inner}}}
    assert shown(judged(tmp_path, account(), workspace(), root=root)) == account_id()


def keyed_outputs(*, of_modules: bool) -> dict[str, Any]:
    """Return a module that outputs all of its accounts, made by it or by modules in it."""
    ids = {"references": [f"{ACCOUNT}.id", ACCOUNT]}
    inner = {"resources": [written(ACCOUNT)], "outputs": {"id": {"expression": ids}}}
    if not of_modules:
        whole = {"expression": {"references": [ACCOUNT]}}
        return {"module": {"resources": [written(ACCOUNT)], "outputs": {"all": whole}}}
    whole = {"expression": {"references": ["module.one"]}}
    return {"module": {"module_calls": {"one": {"module": inner}}, "outputs": {"all": whole}}}


@pytest.mark.parametrize("of_modules", [True, False])
@pytest.mark.parametrize(("key", "expected"), [('["b"]', account_id("stb")), ("", None)])
def test_a_key_of_an_output_identifies_the_resource(
    tmp_path: Path, key: str, expected: str | None, *, of_modules: bool
) -> None:
    where = 'module.stores.module.one["{}"].{}' if of_modules else 'module.stores.{1}["{0}"]'
    accounts = [account(where.format(each, ACCOUNT), f"st{each}") for each in ("a", "b")]
    steps = [f"module.stores.all{key}.id", f"module.stores.all{key}", "module.stores"]
    root = {
        "resources": [leads(*steps)],
        "module_calls": {"stores": keyed_outputs(of_modules=of_modules)},
    }
    found = shown(judged(tmp_path, *accounts, workspace(), root=root))
    assert found == expected if expected else "one of several" in str(found)


def test_a_key_of_a_variable_identifies_the_resource(tmp_path: Path) -> None:
    accounts = [account(f'{ACCOUNT}["{key}"]', f"st{key}") for key in ("a", "b")]
    steps = ['var.stores["a"].id', 'var.stores["a"]', "var.stores"]
    call = {
        "expressions": {"stores": {"references": [ACCOUNT]}},
        "module": {"resources": [leads(*steps)]},
    }
    changes, root = called(*accounts, root={"ml": call})
    assert shown(judged(tmp_path, *changes, root=root)) == account_id("sta")


def test_references_that_branch_and_run_in_a_circle_end(tmp_path: Path) -> None:
    size = 40
    calls = {
        f"m{number}": {
            "expressions": {
                name: {
                    "references": [
                        f"module.m{(number + 1) % size}.x",
                        f"module.m{(number + 2) % size}.y",
                    ]
                }
                for name in ("x", "y")
            },
            "module": {
                "outputs": {
                    name: {"expression": {"references": ["var.x", "var.y"]}} for name in ("x", "y")
                }
            },
        }
        for number in range(size)
    }
    root = {"resources": [leads("module.m0.x", "module.m0")], "module_calls": calls}
    assert "known after apply" in str(shown(judged(tmp_path, workspace(), root=root)))


def test_the_principal_of_a_role_is_found_by_the_id_of_its_owner(tmp_path: Path) -> None:
    kind = "azurerm_user_assigned_identity.own"
    identity = change(kind, {"name": "id"}, unknown={"id": True, "principal_id": True})
    grant = "azurerm_role_assignment.read"
    ids = [f"{kind}.id", f"{kind}.principal_id", kind]
    inner = written(grant, principal_id={"references": ["var.who.principal", "var.who"]})
    call = {"expressions": {"who": {"references": ids}}, "module": {"resources": [inner]}}
    entry = change(
        f"module.grants.{grant}",
        {"role_definition_name": "Reader", "scope": PROVIDERS.rpartition("/")[0]},
        unknown={"principal_id": True},
    )
    root = {"module_calls": {"grants": call}}
    (found,) = collect(tmp_path, plan(identity, entry, root=root)).of_type(ROLE_ASSIGNMENT)
    assert read(found.body, parse_path("properties.principalType")) == "ServicePrincipal"
