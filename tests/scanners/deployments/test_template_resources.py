"""What a template declares: loops, conditions, children, nested deployments, and positions."""

import gc
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from amlaudit.core.errors import AmlauditError
from amlaudit.core.gap import NoDataError, Reason
from amlaudit.core.members import FURTHER
from amlaudit.core.path import parse_path, read
from amlaudit.core.relations import (
    COMPUTE,
    DIAGNOSTIC_SETTING,
    DNS_ZONE_GROUP,
    KEY_VAULT,
    OUTBOUND_RULE,
    PRIVATE_ENDPOINT,
    ROLE_ASSIGNMENT,
    STORAGE,
    WORKSPACE,
)
from amlaudit.core.scope import Scope
from amlaudit.core.subject import Subject
from amlaudit.scanners.deployments.templates.resource import Declared
from amlaudit.scanners.files.input import Input
from amlaudit.scanners.files.source import Files
from tests.scanners.deployments.templates import (
    GROUP,
    SUBSCRIPTION_SCHEMA,
    VAULT,
    deployed,
    nested,
    properties_of,
    resources,
    template,
    vault,
)

SAMPLES = Path(__file__).parents[4] / "shared" / "iac-samples" / "arm"
TEMPLATES = [path for path in sorted(SAMPLES.rglob("*.json")) if "parameters" not in path.name]
VAULTS = "microsoft.keyvault/vaults"


def names(folder: Path, content: object, parameters: dict[str, Any] | None = None) -> list[str]:
    with deployed(folder, content, parameters) as estate:
        return list(resources(estate))


def test_names_of_properties_are_read_without_case(tmp_path: Path) -> None:
    subnet = {"Name": "ml", "Properties": {"addressPrefix": "10.0.0.0/24"}}
    network = {
        "type": "Microsoft.Network/virtualNetworks",
        "name": "net",
        "properties": {"subnets": [subnet]},
    }
    workspace = {
        "type": "Microsoft.MachineLearningServices/workspaces",
        "name": "ws",
        "Identity": {"Type": "UserAssigned", "UserAssignedIdentities": {"/x": {}}},
        "Properties": {"publicNetworkAccess": "Disabled"},
    }
    with deployed(tmp_path, template(network, workspace)) as estate:
        found = resources(estate)
        assert "microsoft.network/virtualnetworks/net/subnets/ml" in "".join(found)
        (made,) = estate.of_type(WORKSPACE)
        assert not [gap for _, gap in made.gaps if "no case" in gap.detail]
        assert properties_of(made)["publicNetworkAccess"] == "Disabled"


def test_references_between_resources_work_with_an_unknown_subscription(
    tmp_path: Path,
) -> None:
    storage = {
        "type": "Microsoft.Storage/storageAccounts",
        "apiVersion": "2024-01-01",
        "name": "[variables('name')]",
    }
    workspace = {
        "type": "Microsoft.MachineLearningServices/workspaces",
        "name": "ws",
        "properties": {
            "storageAccount": "[resourceId('Microsoft.Storage/storageAccounts', variables('name'))]"
        },
    }
    why = "the subscription is chosen at deployment"
    variables = {"name": "[concat('st', uniqueString(resourceGroup().id))]"}
    with deployed(tmp_path, template(storage, workspace, variables=variables)) as estate:
        (found,) = estate.of_type(WORKSPACE)
        (account,) = estate.neighbours(found, "storage")
        assert account.type == STORAGE
        assert [(path, gap.detail) for path, gap in account.gaps] == [
            (("name",), f"name is decided only at deployment: {why}")
        ]


def evaluated() -> int:
    return sum(type(each) in (Declared, Input) for each in gc.get_objects())


def test_what_was_evaluated_is_let_go_of_without_a_search_for_the_dead(tmp_path: Path) -> None:
    known = "[reference(resourceId('Microsoft.KeyVault/vaults', 'kv')).tenantId]"
    other = vault("other", properties={"tenantId": known})
    inner = nested("inner", template(other, variables={"a": "b"}))
    whole = template(vault("[variables('name')]"), inner, variables={"name": "kv"})
    gc.collect()
    gc.disable()
    try:
        before = evaluated()
        names(tmp_path, whole)
        assert evaluated() == before
    finally:
        gc.enable()


def test_loops_declare_a_resource_in_each_round(tmp_path: Path) -> None:
    loop = vault("[concat('kv', copyIndex(1))]", copy={"name": "all", "count": 2})
    assert names(tmp_path, template(loop)) == [f"{VAULTS}/kv1", f"{VAULTS}/kv2"]


def test_loops_over_properties_make_lists(tmp_path: Path) -> None:
    loop = {"name": "accessPolicies", "count": 2, "input": {"n": "[copyIndex('accessPolicies')]"}}
    with deployed(tmp_path, template(vault(properties={"copy": [loop]}))) as estate:
        found = resources(estate)[f"{VAULTS}/kv"]
    assert properties_of(found) == {"accessPolicies": [{"n": 0}, {"n": 1}]}


@pytest.mark.parametrize("count", [801, -1, "three"])
def test_an_invalid_loop_is_omitted_and_reported(tmp_path: Path, count: object) -> None:
    loop = vault(copy={"name": "all", "count": count})
    with deployed(tmp_path, template(loop)) as estate:
        (gap,) = [each for each in estate.store.gaps() if " at " in each.part]
    assert f"a loop must run 0 to 800 times, not {count}" in gap.detail


@pytest.mark.parametrize(
    ("condition", "is_there"), [(False, False), ("[equals(1, 1)]", True), (None, True)]
)
def test_what_a_condition_leaves_out_is_not_there(
    tmp_path: Path, condition: object, *, is_there: bool
) -> None:
    child = {"type": "keys", "name": "k", "condition": condition}
    found = names(tmp_path, template(vault(condition=condition, resources=[child])))
    assert found == ([f"{VAULTS}/kv", f"{VAULTS}/kv/keys/k"] if is_there else [])


def test_a_condition_leaves_out_no_child_which_has_none(tmp_path: Path) -> None:
    child = {"type": "keys", "name": "k"}
    found = names(tmp_path, template(vault(condition=False, resources=[child])))
    assert found == [f"{VAULTS}/kv/keys/k"]


def test_a_conditional_resource_is_unknown(tmp_path: Path) -> None:
    condition = "[equals(newGuid(), 'x')]"
    child = {"type": "keys", "name": "k"}
    with deployed(tmp_path, template(vault(condition=condition, resources=[child]))) as estate:
        found = resources(estate)
    assert list(found) == [f"{VAULTS}/kv", f"{VAULTS}/kv/keys/k"]
    for each in found.values():
        assert [(path, gap.reason) for path, gap in each.gaps] == [((), Reason.UNRESOLVED)]


@pytest.mark.parametrize(
    ("child", "name"),
    [
        ({"type": "keys", "name": "k"}, f"{VAULTS}/kv/keys/k"),
        ({"type": "Microsoft.KeyVault/vaults/keys", "name": "k"}, f"{VAULTS}/kv/keys/k"),
        ({"type": "Microsoft.KeyVault/vaults/keys", "name": "kv/k"}, f"{VAULTS}/kv/keys/k"),
        (
            {"type": "providers/locks", "name": "Microsoft.Authorization/l"},
            f"{VAULTS}/kv/providers/microsoft.authorization/locks/l",
        ),
        (
            {"type": "Microsoft.Authorization/locks", "name": "l"},
            f"{VAULTS}/kv/providers/microsoft.authorization/locks/l",
        ),
    ],
)
def test_children_inside_of_a_resource_are_found_in_every_spelling(
    tmp_path: Path, child: dict[str, Any], name: str
) -> None:
    assert names(tmp_path, template(vault(resources=[child]))) == [f"{VAULTS}/kv", name] or [
        name,
        f"{VAULTS}/kv",
    ]


@pytest.mark.parametrize(
    "assignment",
    [
        {"type": ROLE_ASSIGNMENT, "name": "a", "scope": "Microsoft.KeyVault/vaults/kv"},
        {
            "type": ROLE_ASSIGNMENT,
            "name": "a",
            "scope": "[resourceId('Microsoft.KeyVault/vaults', 'kv')]",
        },
        {
            "type": "Microsoft.KeyVault/vaults/providers/roleAssignments",
            "name": "kv/Microsoft.Authorization/a",
        },
    ],
)
def test_extensions_hang_on_what_they_extend(tmp_path: Path, assignment: dict[str, Any]) -> None:
    with deployed(tmp_path, template(vault(), assignment)) as estate:
        (found,) = estate.store.under(f"{GROUP}/providers/{VAULTS}/kv", ROLE_ASSIGNMENT)
    assert found.name == "a"


def test_nested_deployments_see_their_own_parameters_and_give_outputs(tmp_path: Path) -> None:
    inner = template(
        vault("[parameters('name')]"),
        parameters={"name": {"type": "string"}},
        variables={"type": "Microsoft.KeyVault/vaults"},
        outputs={"id": {"value": "[resourceId(variables('type'), parameters('name'))]"}},
    )
    workspace = {
        "type": "Microsoft.MachineLearningServices/workspaces",
        "name": "ws",
        "properties": {"keyVault": "[reference('vaults').outputs.id.value]"},
    }
    module = nested(
        "vaults", inner, properties={"parameters": {"name": {"value": "[variables('v')]"}}}
    )
    content = template(workspace, module, variables={"v": "kv-inner"})
    with deployed(tmp_path, content) as estate:
        (found,) = estate.of_type(WORKSPACE)
        assert not found.gaps
        (key_vault,) = estate.neighbours(found, "key-vault")
    assert key_vault.name == "kv-inner"


def test_a_parameter_that_is_given_as_null_has_its_default(tmp_path: Path) -> None:
    inner = template(
        vault("[parameters('name')]", condition="[equals(parameters('deploy'), true())]"),
        parameters={
            "name": {"type": "string"},
            "deploy": {"type": "bool", "defaultValue": True},
            "free": {"type": "string", "nullable": True},
        },
    )
    given = {
        "name": {"value": "kv"},
        "deploy": {"value": "[tryGet(createObject('a', 1), 'deploy')]"},
        "free": {"value": None},
    }
    module = nested("m", inner, properties={"parameters": given})
    assert names(tmp_path, template(module)) == [f"{VAULTS}/kv"]


def test_a_condition_that_is_not_boolean_is_reported(tmp_path: Path) -> None:
    with deployed(tmp_path, template(vault(condition="yes"))) as estate:
        (found,) = estate.of_type(KEY_VAULT)
    ((path, gap),) = found.gaps
    assert (path, gap.reason) == ((), Reason.UNSUPPORTED)
    assert gap.detail.endswith("its condition is not a boolean")


def test_nested_deployments_without_a_scope_of_their_own_see_their_parents(tmp_path: Path) -> None:
    inner = template(vault("[variables('v')]"), variables={"v": "never"})
    module = nested("m", inner, properties={"expressionEvaluationOptions": {"scope": "outer"}})
    assert names(tmp_path, template(module, variables={"v": "kv-outer"})) == [f"{VAULTS}/kv-outer"]


def test_modules_go_to_the_group_that_they_name(tmp_path: Path) -> None:
    group = {
        "type": "Microsoft.Resources/resourceGroups",
        "name": "rg-ml",
        "location": "westeurope",
    }
    inner = template(vault(location="[resourceGroup().location]"))
    content = template(group, nested("m", inner, resourceGroup="rg-ml"), schema=SUBSCRIPTION_SCHEMA)
    with deployed(tmp_path, content) as estate:
        (found,) = estate.of_type(KEY_VAULT)
    assert "/resourcegroups/rg-ml/" in found.id
    assert found.body["location"] == "westeurope"
    assert not found.gaps


@pytest.mark.parametrize("written", ["artifacts/inner.json", "./artifacts/inner.json"])
def test_a_template_spec_contains_the_templates_that_it_links_to(
    tmp_path: Path, written: str
) -> None:
    link = nested("link", {})
    link["properties"] = {
        "templateLink": {"relativePath": "artifacts/inner.json"},
        "parameters": {"name": {"value": "kv-linked"}},
    }
    inner = template(vault("[parameters('name')]"), parameters={"name": {"type": "string"}})
    spec = {
        "mainTemplate": template(link),
        "linkedTemplates": [
            {"path": "other.json", "template": None},
            {"path": written, "template": inner},
        ],
    }
    with deployed(tmp_path, {"properties": spec}) as estate:
        (found,) = estate.of_type(KEY_VAULT)
    lines = (tmp_path / "main.json").read_text("utf-8").splitlines()
    assert found.name == "kv-linked"
    assert found.place
    assert '"type": "Microsoft.KeyVault/vaults"' in lines[found.place.line]


@pytest.mark.parametrize(
    ("error", "hidden"),
    [
        (None, set()),
        ("failed", set()),
        ({"message": "Some resources were not exported."}, {"resource"}),
        (
            {"details": [{"message": "Resources of type 'Microsoft.KeyVault/vaults/secrets' and "
             "'Microsoft.KeyVault/vaults/keys' will not be exported."}]},
            {"microsoft.keyvault/vaults/secrets", "microsoft.keyvault/vaults/keys"},
        ),
    ],
)  # fmt: skip
def test_an_export_tells_what_it_lacks(tmp_path: Path, error: object, hidden: set[str]) -> None:
    with deployed(tmp_path, {"template": template(vault()), "error": error}) as estate:
        said = [each for each in estate.gaps() if "does not contain everything" in each.detail]
        (found,) = estate.of_type(KEY_VAULT)
        is_hidden = bool(hidden)
        assert (estate.sight(found.id, "microsoft.keyvault/vaults/keys") is not None) is is_hidden
    assert {each.part for each in said} == hidden


@pytest.mark.parametrize("said", ["", "[coalesce(tryGet(createObject(), 'group'), '')]"])
def test_modules_that_name_no_group_go_to_that_of_their_parent(tmp_path: Path, said: str) -> None:
    inside = nested("m", template(vault()), resourceGroup=said, subscriptionId=said)
    assert names(tmp_path, template(inside)) == [f"{VAULTS}/kv"]


def test_modules_with_the_same_unknown_group_expression_share_a_group(
    tmp_path: Path,
) -> None:
    modules = (
        nested(f"m{at}", template(vault(name)), resourceGroup=f"[parameters('groups').{group}]")
        for at, (name, group) in enumerate((("one", "a"), ("two", "a"), ("one", "b")))
    )
    content = template(*modules, parameters={"groups": {"type": "object"}})
    with deployed(tmp_path, content) as estate:
        found = [each.id.split("/")[4::4] for each in estate.of_type(KEY_VAULT)]
    assert sorted(name for _, name in found) == ["one", "one", "two"]
    assert len({group for group, _ in found}) == 2


def test_two_unknown_references_are_not_the_same_resource(tmp_path: Path) -> None:
    vaults = [
        f"[resourceId('Microsoft.KeyVault/vaults', parameters('names').{name})]" for name in "ab"
    ]
    users = (
        {
            "type": "Microsoft.MachineLearningServices/workspaces",
            "name": f"ws{at}",
            "properties": {"keyVault": each},
        }
        for at, each in enumerate(vaults)
    )
    content = template(*users, parameters={"names": {"type": "object"}})
    with deployed(tmp_path, content) as estate:
        for found in estate.of_type(WORKSPACE):
            assert properties_of(found)["keyVault"] is None
            why = dict(found.gaps)[("properties", "keyvault")].detail
            assert why.endswith("the parameter 'names' has no value")


@pytest.mark.parametrize(
    "name",
    [
        "format('kv-{0}', resourceGroup().location)",
        "concat('kv-', parameters('location'))",
        "variables('names')[parameters('stage')]",
        "variables('stages')[parameters('stage')].vault.name",
    ],
)
def test_what_has_one_unknown_name_is_one_resource(tmp_path: Path, name: str) -> None:
    user = {
        "type": "Microsoft.MachineLearningServices/workspaces",
        "name": "ws",
        "properties": {"keyVault": f"[resourceId('Microsoft.KeyVault/vaults', {name})]"},
    }
    content = template(
        vault(f"[{name}]"),
        user,
        parameters={
            "location": {"type": "string", "defaultValue": "[resourceGroup().location]"},
            "stage": {"type": "string"},
        },
        variables={
            "names": {"dev": "kv-dev", "live": "kv-live"},
            "stages": {
                "dev": {"vault": {"name": "[concat('dev', uniqueString(resourceGroup().id))]"}},
                "live": {"vault": {"name": "kv-live"}},
            },
        },
    )
    with deployed(tmp_path, content) as estate:
        (used,) = estate.of_type(KEY_VAULT)
        (workspace,) = estate.of_type(WORKSPACE)
    assert str(properties_of(workspace)["keyVault"]).lower() == used.id
    assert ("name",) in dict(used.gaps)


def test_two_names_of_one_unknown_stage_are_two_resources(tmp_path: Path) -> None:
    stages = {"dev": {"a": "kv-1", "b": "kv-2"}, "live": {"a": "kv-3", "b": "kv-4"}}
    vaults = [vault(f"[variables('stages')[parameters('stage')].{name}]") for name in "ab"]
    content = template(
        *vaults, parameters={"stage": {"type": "string"}}, variables={"stages": stages}
    )
    assert len(names(tmp_path, content)) == 2


@pytest.mark.parametrize(
    ("tags", "expected", "gaps"),
    [
        ({"tags": {"stage": "live"}}, {"stage": "live", "team": "ml"}, []),
        ({}, {"team": "ml"}, [("tags", FURTHER)]),
    ],
)
def test_a_module_takes_over_the_tags_of_its_resource_group(
    tmp_path: Path, tags: dict[str, Any], expected: dict[str, str], gaps: list[Any]
) -> None:
    group = {"type": "Microsoft.Resources/resourceGroups", "name": "rg-ml", **tags}
    inner = template(vault(tags="[union(resourceGroup().tags, createObject('team', 'ml'))]"))
    content = template(group, nested("m", inner, resourceGroup="rg-ml"), schema=SUBSCRIPTION_SCHEMA)
    with deployed(tmp_path, content) as estate:
        (found,) = estate.of_type(KEY_VAULT)
    assert found.body["tags"] == expected
    assert [path for path, _ in found.gaps if path[0] == "tags"] == gaps


def test_a_name_that_a_tool_may_leave_to_the_template_is_one_name_everywhere(
    tmp_path: Path,
) -> None:
    chosen = "if(empty(parameters('name')), format('kv-{0}', 'x'), parameters('name'))"
    user = {
        "type": "Microsoft.MachineLearningServices/workspaces",
        "name": "ws",
        "properties": {"keyVault": f"[resourceId('Microsoft.KeyVault/vaults', {chosen})]"},
    }
    content = template(vault(f"[{chosen}]"), user, parameters={"name": {"type": "string"}})
    with deployed(tmp_path, content, {"name": "${AZURE_KEY_VAULT_NAME}"}) as estate:
        (used,) = estate.of_type(KEY_VAULT)
        (workspace,) = estate.of_type(WORKSPACE)
        named = str(properties_of(workspace)["keyVault"])
    assert named.lower() == used.id
    assert "AZURE_KEY_VAULT_NAME" in dict(used.gaps)[("name",)].detail


def test_all_parameters_of_a_module_may_come_of_one_expression(tmp_path: Path) -> None:
    inner = template(
        vault("[parameters('name')]", properties={"enablePurgeProtection": "[parameters('keep')]"}),
        parameters={"name": {"type": "string"}, "keep": {"type": "bool", "defaultValue": False}},
    )
    given = {"name": {"value": "told"}, "keep": {"value": True}}
    outer = {"all": {"type": "object", "defaultValue": given}, "open": {"type": "object"}}
    known = nested("known", inner, properties={"parameters": "[parameters('all')]"})
    unknown = nested("open", inner, properties={"parameters": "[parameters('open')]"})
    with deployed(tmp_path, template(known, unknown, parameters=outer)) as estate:
        found = {each.name: each for each in estate.of_type(KEY_VAULT)}
        assert properties_of(found["told"]) == {"enablePurgeProtection": True}
        (other,) = (each for name, each in found.items() if name != "told")
        assert ("properties", "enablepurgeprotection") in dict(other.gaps)


def test_extension_resources_are_reported_as_such(tmp_path: Path) -> None:
    graph = {"extension": "microsoftGraph", "type": "Microsoft.Graph/groups@v1.0"}
    there = {**graph, "existing": True}
    with deployed(tmp_path, template(resources={"group": graph, "known": there})) as estate:
        (gap,) = (each for each in estate.gaps() if "graph" in each.part)
        assert "it is a resource of the extension microsoftGraph, not of Azure" in gap.detail


def test_an_identity_declared_elsewhere_has_an_unknown_principal(
    tmp_path: Path,
) -> None:
    identity = "[resourceId('Microsoft.ManagedIdentity/userAssignedIdentities', 'other')]"
    workspace = {
        "type": "Microsoft.MachineLearningServices/workspaces",
        "name": "ws",
        "identity": {"type": "UserAssigned", "userAssignedIdentities": {identity: {}}},
    }
    with deployed(tmp_path, template(workspace)) as estate:
        (found,) = estate.of_type(WORKSPACE)
        (path, gap) = found.gaps[0]
        assert path[-1] == "principalid"
        assert gap.reason is Reason.UNRESOLVED
        assert "only Azure knows the object id" in gap.detail


def test_an_unidentifiable_existing_resource_is_not_a_gap(
    tmp_path: Path,
) -> None:
    assignment = {
        "existing": True,
        "type": "Microsoft.Authorization/roleAssignments",
        "scope": "[format('Microsoft.KeyVault/vaults/{0}', split('', '/')[8])]",
        "name": "r",
    }
    content = template(resources={"there": assignment, "new": vault()})
    with deployed(tmp_path, content) as estate:
        assert not [gap for gap in estate.gaps() if "cannot be told" in gap.detail]


def test_addresses_that_follow_from_a_name_are_known(tmp_path: Path) -> None:
    elsewhere = {
        "existing": True,
        "subscriptionId": "11111111-1111-1111-1111-111111111111",
        "resourceGroup": "rg-keys",
    }
    key = {"type": "Microsoft.KeyVault/vaults/keys", "name": "kv-old/cmk"}
    there = "/subscriptions/1/resourceGroups/rg/providers/Microsoft.KeyVault/vaults/kv-there"
    content = template(
        languageVersion="2.0",
        resources={
            "key": {**elsewhere, **key},
            "secret": {**elsewhere, **key, "type": "Microsoft.KeyVault/vaults/secrets"},
            "new": vault(
                "[format('kv{0}', uniqueString(resourceGroup().id))]",
                properties={
                    "uri": "[reference('key').keyUri]",
                    "version": "[reference('key').keyUriWithVersion]",
                    "secret": "[reference('secret').secretUriWithVersion]",
                    "there": f"[reference('{there}', '2024-11-01').vaultUri]",
                    "full": f"[reference('{there}', '2024-11-01', 'Full').properties.vaultUri]",
                    "own": "[reference('new').vaultUri]",
                    "in": f"[reference('{there}', '2024-11-01', 'Full').resourceGroupName]",
                    "below": f"[reference('{there}', '2024-11-01', 'Full').subscriptionId]",
                    "of": "[reference('key').attributes]",
                },
            ),
        },
    )
    with deployed(tmp_path, content) as estate:
        (found,) = estate.of_type(KEY_VAULT)
    properties = properties_of(found)
    assert properties["uri"] == "https://kv-old.vault.azure.net/keys/cmk"
    assert properties["there"] == properties["full"] == "https://kv-there.vault.azure.net/"
    assert (properties["in"], properties["below"]) == ("rg", "1")
    gaps = {path[1]: gap.detail for path, gap in found.gaps if path[0] == "properties"}
    assert properties["version"] == f"{properties['uri']}/version-of-the-deployment"
    assert set(gaps) == {"secret", "own", "of"}
    assert "/subscriptions/11111111-1111-1111-1111-111111111111/resourcegroups/rg-k" in gaps["of"]


@pytest.mark.parametrize("elsewhere", [False, True])
def test_a_link_into_a_named_group_identifies_the_target_group(
    tmp_path: Path, *, elsewhere: bool
) -> None:
    storage = {"type": "Microsoft.Storage/storageAccounts", "name": "[parameters('name')]"}
    used = "[resourceId(parameters('group'), 'Microsoft.Storage/storageAccounts', 'st1')]"
    workspace = {
        "type": "Microsoft.MachineLearningServices/workspaces",
        "name": "ws",
        "properties": {"storageAccount": used},
    }
    parameters = {"group": {"type": "string"}, "name": {"type": "string"}}
    given = {"group": "rg-ml", "name": "st2" if elsewhere else "st1"}
    declared = template(storage, workspace, parameters=parameters)
    with deployed(tmp_path, declared, given) as estate:
        (found,) = estate.of_type(WORKSPACE)
        assert ("/resourcegroups/rg-ml/" in found.id) is not elsewhere
        if not elsewhere:
            (account,) = estate.neighbours(found, "storage")
            assert account.name == "st1"


ENDPOINT = "Microsoft.Network/privateEndpoints"
COMPUTES = "Microsoft.MachineLearningServices/workspaces/computes"
HUB = {"type": "Microsoft.MachineLearningServices/workspaces", "name": "hub", "kind": "Hub"}
STORE = "[resourceId('Microsoft.Storage/storageAccounts', 'st')]"


def test_a_project_of_an_unknown_hub_inherits_unknown_settings(tmp_path: Path) -> None:
    project = {**HUB, "name": "project", "properties": {"hubResourceId": "[parameters('hub')]"}}
    content = template(project, parameters={"hub": {"type": "string"}})
    with deployed(tmp_path, content) as estate:
        (found,) = estate.of_type(WORKSPACE)
    assert ("properties", "storageaccount") in dict(found.gaps)


@pytest.mark.parametrize("is_declared", [True, False])
def test_a_project_has_what_its_hub_has(tmp_path: Path, *, is_declared: bool) -> None:
    hub_id = "[resourceId('Microsoft.MachineLearningServices/workspaces', 'hub')]"
    project = {**HUB, "name": "project", "properties": {"hubResourceId": hub_id}}
    hub = {**HUB, "properties": {"storageAccount": STORE}}
    declared = template(project, *([hub] if is_declared else []))
    with deployed(tmp_path, declared) as estate:
        found = next(each for each in estate.of_type(WORKSPACE) if each.name == "project")
        account = properties_of(found)["storageAccount"]
        gap = dict(found.gaps).get(("properties", "storageaccount"))
    if is_declared:
        assert account.endswith("/Microsoft.Storage/storageAccounts/st")
        assert gap is None
    else:
        assert gap
        assert "the hub's, which is declared elsewhere" in gap.detail


def test_symbolic_names_stand_for_resources_and_existing_ones_are_not_deployed(
    tmp_path: Path,
) -> None:
    content = template(
        languageVersion="2.0",
        definitions={"short": {"type": "string", "nullable": True}},
        parameters={"label": {"$ref": "#/definitions/short"}},
        resources={
            "old": {"existing": True, **vault("kv-old")},
            "new": vault(
                "kv-new",
                location="westeurope",
                properties={
                    "x": "[reference('new', '2024-11-01', 'full').location]",
                    "old": "[reference('old').provisioningState]",
                    "label": "[parameters('label')]",
                },
            ),
            "many": vault("[format('kv{0}', copyIndex())]", copy={"name": "many", "count": 1}),
            "last": vault(
                "kv-last",
                properties={
                    "sku": "[reference('many[0]', '2024-11-01', 'full').name]",
                    "uri": "[reference('new').hsmPoolResourceId]",
                },
            ),
        },
    )
    with deployed(tmp_path, content) as estate:
        found = resources(estate)
    assert set(found) == {f"{VAULTS}/{name}" for name in ("kv-new", "kv0", "kv-last")}
    assert properties_of(found[f"{VAULTS}/kv-new"]) == {
        "x": "westeurope",
        "old": None,
        "label": None,
    }
    assert [path for path, _ in found[f"{VAULTS}/kv-new"].gaps] == [("properties", "old")]
    (uri,) = (gap for path, gap in found[f"{VAULTS}/kv-last"].gaps if path[-1] == "uri")
    assert "Azure decides hsmPoolResourceId of" in uri.detail


def test_a_linked_file_is_read_if_present(tmp_path: Path) -> None:
    (tmp_path / "parts").mkdir()
    (tmp_path / "parts" / "vault.json").write_text(
        json.dumps(template(vault("kv-linked"))), "utf-8"
    )
    linked, absent = (
        {
            "type": "Microsoft.Resources/deployments",
            "name": name,
            "properties": {"templateLink": {"relativePath": f"parts/{name}.json"}},
        }
        for name in ("vault", "absent")
    )
    with deployed(tmp_path, template(linked, absent)) as estate:
        assert list(resources(estate)) == [f"{VAULTS}/kv-linked"]
        (gap,) = [each for each in estate.store.gaps() if " at " in each.part]
    assert "its template is not available" in gap.detail


LINK = "uri(deployment().properties.templateLink.uri, 'parts/inner.json')"


def test_a_linked_template_is_not_a_separate_deployment(tmp_path: Path) -> None:
    kinds = {"access": {"type": "string", "defaultValue": "Enabled"}}
    access = {"publicNetworkAccess": "[parameters('access')]"}
    inner = template(vault(properties=access), parameters=kinds)
    properties = {
        "mode": "Incremental",
        "templateLink": {"relativePath": "above/vault.json"},
        "parameters": {"access": {"value": "Disabled"}},
    }
    link = {"type": "Microsoft.Resources/deployments", "name": "vault", "properties": properties}
    (tmp_path / "above").mkdir()
    (tmp_path / "above" / "vault.json").write_text(json.dumps(inner), "utf-8")
    (tmp_path / "main.json").write_text(json.dumps(template(link)), "utf-8")
    estate = Files((tmp_path,)).collect(Scope())
    (found,) = estate.of_type(KEY_VAULT)
    assert properties_of(found)["publicNetworkAccess"] == "Disabled"
    estate.close()


@pytest.mark.parametrize(
    ("link", "parameters"),
    [
        ({"relativePath": "parts/inner.json"}, {}),
        ({"uri": f"[{LINK}]", "contentVersion": "1.0.0.0"}, {}),
        (
            {"uri": "[uri(parameters('base'), concat('parts/inner.json', parameters('token')))]"},
            {
                "base": {
                    "type": "string",
                    "defaultValue": "[deployment().properties.templateLink.uri]",
                },
                "token": {"type": "securestring", "defaultValue": ""},
            },
        ),
    ],
    ids=["path", "address", "parameters"],
)
def test_linked_templates_lie_where_the_one_that_links_does(
    tmp_path: Path, link: dict[str, Any], parameters: dict[str, Any]
) -> None:
    kind = "Microsoft.Resources/deployments"
    further = {"relativePath": "deep/vault.json"}
    (tmp_path / "parts" / "deep").mkdir(parents=True)
    for path, content in (
        ("inner.json", {"type": kind, "name": "i", "properties": {"templateLink": further}}),
        ("deep/vault.json", vault("kv-deep")),
    ):
        (tmp_path / "parts" / path).write_text(json.dumps(template(content), indent=1), "utf-8")
    linking = {"type": kind, "name": "d", "properties": {"templateLink": link}}
    with deployed(tmp_path, template(linking, parameters=parameters)) as estate:
        (found,) = resources(estate).values()
    assert found.name == "kv-deep"
    assert str(found.place).endswith("parts/deep/vault.json:5")


def test_a_link_to_another_place_is_a_gap(tmp_path: Path) -> None:
    link = {"uri": "https://example.org/parts/vault.json"}
    kind = "Microsoft.Resources/deployments"
    content = template({"type": kind, "name": "d", "properties": {"templateLink": link}})
    with deployed(tmp_path, content) as estate:
        assert not resources(estate)
        (gap,) = [each for each in estate.store.gaps() if " at " in each.part]
    assert "its template is not available" in gap.detail


OPEN_BY_PARAMETERS = template(
    vault(properties={"publicNetworkAccess": "[parameters('access')]"}),
    parameters={"access": {"type": "string", "defaultValue": "Disabled"}},
)
PARAMETERS_LINK = {"uri": "[uri(deployment().properties.templateLink.uri, 'parts/open.json')]"}


def test_parameters_may_be_in_a_file_that_the_deployment_links_to(tmp_path: Path) -> None:
    (tmp_path / "parts").mkdir()
    values = {"parameters": {"access": {"value": "Enabled"}}}
    (tmp_path / "parts" / "open.json").write_text(json.dumps(values), "utf-8")
    inner = nested("d", OPEN_BY_PARAMETERS, properties={"parametersLink": PARAMETERS_LINK})
    with deployed(tmp_path, template(inner)) as estate:
        (found,) = resources(estate).values()
    assert properties_of(found)["publicNetworkAccess"] == "Enabled"


@pytest.mark.parametrize("link", [PARAMETERS_LINK, {"uri": "https://example.org/open.json"}, {}])
def test_parameters_in_a_file_that_is_not_available_are_not_their_defaults(
    tmp_path: Path, link: dict[str, str]
) -> None:
    inner = nested("d", OPEN_BY_PARAMETERS, properties={"parametersLink": link})
    with deployed(tmp_path, template(inner)) as estate:
        (found,) = resources(estate).values()
    ((path, gap),) = found.gaps
    assert path == ("properties", "publicnetworkaccess")
    assert "the file of its parameters is not available" in gap.detail


def test_a_body_with_a_link_to_its_parameters_does_not_use_their_defaults(tmp_path: Path) -> None:
    link = {"uri": "https://example.org/open.json"}
    body = {"properties": {"template": OPEN_BY_PARAMETERS, "parametersLink": link}}
    with deployed(tmp_path, body) as estate:
        (found,) = resources(estate).values()
    ((_, gap),) = found.gaps
    assert "takes its parameters from a file that it links to" in gap.detail


def test_a_child_has_its_own_name_whatever_its_parent_is_called(tmp_path: Path) -> None:
    inner = {"type": "secrets", "name": "key", "properties": {}}
    content = template(
        vault("[parameters('name')]", resources=[inner]), parameters={"name": {"type": "string"}}
    )
    with deployed(tmp_path, content) as estate:
        found = resources(estate)
    parent, child = (found[each] for each in sorted(found))
    assert (parent.body["name"], child.body["name"]) == (None, "key")
    assert not child.gaps


@pytest.mark.parametrize(
    ("name", "reason"),
    [("newGuid()", Reason.UNRESOLVED), ("parameters('none')", Reason.UNSUPPORTED)],
)
def test_a_name_is_not_known_for_the_reason_that_its_expression_is_not(
    tmp_path: Path, name: str, reason: Reason
) -> None:
    with deployed(tmp_path, template(vault(f"[{name}]"))) as estate:
        (found,) = estate.of_type(KEY_VAULT)
        assert dict(found.gaps)[("name",)].reason is reason


def test_a_child_has_its_name_although_that_of_its_parent_is_not_known(tmp_path: Path) -> None:
    key = {
        "type": "Microsoft.KeyVault/vaults/keys",
        "name": "[concat(parameters('vault'), '/', 'cmk', copyIndex(1))]",
        "copy": {"name": "keys", "count": 1},
    }
    with deployed(tmp_path, template(key, parameters={"vault": {"type": "string"}})) as estate:
        (found,) = resources(estate).values()
        assert (found.name, found.gaps) == ("cmk1", ())


def test_a_loop_without_a_name_is_the_one_of_the_resource(tmp_path: Path) -> None:
    inner = {"name": "rules", "count": 2, "input": "[concat(copyIndex(), copyIndex('rules'))]"}
    many = vault(
        "[concat('kv', copyIndex())]",
        copy={"name": "many", "count": 2},
        properties={"copy": [inner], "one": "[copyIndex()]", "next": "[copyIndex(1)]"},
    )
    with deployed(tmp_path, template(many)) as estate:
        found = resources(estate)
    assert [properties_of(found[f"{VAULTS}/kv{each}"]) for each in (0, 1)] == [
        {"rules": ["00", "01"], "one": 0, "next": 1},
        {"rules": ["10", "11"], "one": 1, "next": 2},
    ]


@pytest.mark.parametrize(
    ("wrap", "pointer"),
    [
        (lambda inner, given: {"template": inner, "parameters": given}, "/template"),
        (
            lambda inner, given: {"properties": {"template": inner, "parameters": given}},
            "/properties/template",
        ),
        (
            lambda inner, given: {"properties": {"mainTemplate": inner, "parameters": given}},
            "/properties/mainTemplate",
        ),
    ],
    ids=["exported", "deployment or blueprint", "template spec"],
)
def test_a_template_may_stand_in_the_body_that_deploys_it(
    tmp_path: Path, wrap: Callable[..., dict[str, Any]], pointer: str
) -> None:
    inner = template(
        vault("[parameters('name')]", properties={"x": "[parameters('other')]"}),
        parameters={"name": {"type": "string"}, "other": {"type": "string", "defaultValue": "no"}},
    )
    given = {"NAME": {"value": "kv-given"}, "other": {"value": "[parameters('ofTheBlueprint')]"}}
    with deployed(tmp_path, wrap(inner, given)) as estate:
        (found,) = resources(estate).values()
    assert found.name == "kv-given"
    assert found.place
    assert found.place.address == f"{pointer}/resources/0"
    (gap,) = (gap for path, gap in found.gaps if path[-1] == "x")
    assert "[parameters('ofTheBlueprint')] is set where the template is used" in gap.detail


def test_parameters_that_are_named_go_with_a_template_in_a_body_too(tmp_path: Path) -> None:
    inner = template(vault("[parameters('name')]"), parameters={"name": {"type": "string"}})
    (tmp_path / "main.json").write_text(json.dumps({"properties": {"template": inner}}), "utf-8")
    given = {"parameters": {"name": {"value": "named"}}}
    (tmp_path / "values.json").write_text(json.dumps(given), "utf-8")
    estate = Files((tmp_path / "main.json", tmp_path / "values.json")).collect(Scope())
    assert [each.name for each in estate.of_type(KEY_VAULT)] == ["named"]
    estate.close()


def test_the_file_beside_a_template_gives_its_parameters(tmp_path: Path) -> None:
    content = template(vault("[parameters('name')]"), parameters={"name": {"type": "string"}})
    assert names(tmp_path, content, {"NAME": "kv-given"}) == [f"{VAULTS}/kv-given"]


def test_parameters_that_are_named_stand_before_those_beside(tmp_path: Path) -> None:
    content = template(vault("[parameters('name')]"), parameters={"name": {"type": "string"}})
    for name, value in (("main.parameters", "beside"), ("production", "named")):
        given = {"parameters": {"name": {"value": value}}}
        (tmp_path / f"{name}.json").write_text(json.dumps(given), "utf-8")
    (tmp_path / "main.json").write_text(json.dumps(content), "utf-8")
    estate = Files((tmp_path / "main.json", tmp_path / "production.json")).collect(Scope())
    assert [each.name for each in estate.of_type(KEY_VAULT)] == ["named"]
    estate.close()


def two_environments(folder: Path, *, beside: bool = False) -> list[Path]:
    """Write a template with parameters for two environments, and optionally those by convention."""
    kinds = {"name": {"type": "string", "defaultValue": "kv-default"}, "tier": {"type": "string"}}
    content = template(vault("[parameters('name')]"), parameters=kinds)
    given = {"dev.parameters": {"name": "kv-dev"}, "prod.parameters": {"name": "kv-prod"}}
    if beside:
        given["main.parameters"] = {"name": "kv-beside"}
    for name, values in given.items():
        entries = {key: {"value": value} for key, value in values.items()}
        (folder / f"{name}.json").write_text(json.dumps({"parameters": entries}), "utf-8")
    (folder / "main.json").write_text(json.dumps(content), "utf-8")
    return [folder / "main.json", *(folder / f"{name}.json" for name in sorted(given))]


def test_parameters_of_two_environments_are_not_merged(tmp_path: Path) -> None:
    with pytest.raises(AmlauditError, match="E302") as caught:
        Files(tuple(two_environments(tmp_path))).collect(Scope())
    assert "dev.parameters.json and prod.parameters.json" in caught.value.message
    assert caught.value.cause == "they set the parameter 'name' to different values"
    assert caught.value.advice.endswith("--from main.json --from dev.parameters.json")


def test_parameters_that_do_not_contradict_each_other_add_up(tmp_path: Path) -> None:
    main, dev, _ = two_environments(tmp_path)
    more = tmp_path / "more.json"
    values = {"name": {"value": "kv-dev"}, "tier": {"value": "standard"}}
    more.write_text(json.dumps({"parameters": values}), "utf-8")
    estate = Files((main, dev, more)).collect(Scope())
    assert [each.name for each in estate.of_type(KEY_VAULT)] == ["kv-dev"]
    estate.close()


def test_a_folder_with_parameters_of_two_environments_is_not_judged_by_defaults(
    tmp_path: Path,
) -> None:
    two_environments(tmp_path)
    estate = Files((tmp_path,)).collect(Scope())
    assert not list(estate.of_type(KEY_VAULT))
    parts = {gap.part: gap.detail for gap in estate.store.gaps()}
    either = "dev.parameters.json and prod.parameters.json both match: pass the one to evaluate"
    assert parts["content of main.json"] == f"main.json: {either}"
    estate.close()


@pytest.mark.parametrize(("beside", "expected"), [(True, "kv-beside"), (False, "kv-prod")])
def test_a_folder_gives_a_template_the_parameters_under_its_name_or_the_only_ones(
    tmp_path: Path, expected: str, *, beside: bool
) -> None:
    paths = two_environments(tmp_path, beside=beside)
    paths[1].unlink()
    estate = Files((tmp_path,)).collect(Scope())
    assert [each.name for each in estate.of_type(KEY_VAULT)] == [expected]
    estate.close()


def test_parameters_without_their_template_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "alone.parameters.json"
    path.write_text(json.dumps({"parameters": {"name": {"value": "x"}}}), "utf-8")
    with pytest.raises(AmlauditError, match="E302") as caught:
        Files((path,)).collect(Scope())
    assert caught.value.cause.startswith(
        "no template without other parameters declares all of its parameters"
    )
    assert caught.value.advice.startswith("pass its template as well: --from main.json --from ")


def test_parameters_may_stand_alone_in_their_file(tmp_path: Path) -> None:
    content = template(vault("[parameters('name')]"), parameters={"name": {"type": "string"}})
    (tmp_path / "main.json").write_text(json.dumps(content), "utf-8")
    (tmp_path / "given.json").write_text(json.dumps({"name": {"value": "told"}}), "utf-8")
    estate = Files((tmp_path / "main.json", tmp_path / "given.json")).collect(Scope())
    assert [each.name for each in estate.of_type(KEY_VAULT)] == ["told"]
    estate.close()


def test_deployment_outputs_are_not_a_parameters_file(tmp_path: Path) -> None:
    path = tmp_path / "outputs.json"
    path.write_text(json.dumps({"name": {"type": "String", "value": "kv"}}), "utf-8")
    with pytest.raises(AmlauditError, match="E302") as caught:
        Files((path,)).collect(Scope())
    assert caught.value.cause == "it contains no Azure Resource Manager resource"


def test_a_parameter_that_no_template_has_is_named(tmp_path: Path) -> None:
    for name, parameters in (("other", {}), ("main", {"name": {"type": "string"}})):
        content = template(vault(), parameters=parameters)
        (tmp_path / f"{name}.json").write_text(json.dumps(content), "utf-8")
    given = {"Name": {"value": "x"}, "nameOfNobody": {"value": "y"}}
    (tmp_path / "given.json").write_text(json.dumps({"parameters": given}), "utf-8")
    paths = tuple(tmp_path / f"{name}.json" for name in ("other", "given", "main"))
    with pytest.raises(AmlauditError, match="E302") as caught:
        Files(paths).collect(Scope())
    assert caught.value.cause == "main.json has no parameter 'nameOfNobody'; Azure would reject it"


FILLED = {
    "shared": {"type": "bool"}, "days": {"type": "int"}, "open": {"type": "string"},
    "token": {"type": "bool"}, "text": {"type": "string"},
}  # fmt: skip


@pytest.mark.parametrize(
    ("parameter", "given", "expected"),
    [
        ("shared", "${SHARED=true}", True),
        ("shared", "False", False),
        ("days", "${DAYS:-90}", 90),
        ("text", "${DAYS=90}", "90"),
        ("text", "${A=a}-${B=b}", "a-b"),
        ("open", "${AZURE_ENV_NAME}", "it comes from the environment variable AZURE_ENV_NAME"),
        ("open", "kv-${NAME}", "it comes from the environment variable NAME"),
        ("token", "#{shared}#", "#{shared}# is a placeholder that a pipeline fills"),
        ("open", "$(name)", "$(name) is a placeholder that a pipeline fills"),
        ("open", "__name__", "__name__ is a placeholder that a pipeline fills"),
        ("open", "GET-PREREQ-key", "GET-PREREQ-key is a placeholder that a pipeline fills"),
        ("open", "GEN-PASSWORD", "GEN-PASSWORD is a placeholder that a pipeline fills"),
        ("open", "GEN-UNIQUE-8", "GEN-UNIQUE-8"),
    ],
)
def test_parameters_with_placeholders_are_known_where_a_placeholder_has_a_default(
    tmp_path: Path, parameter: str, given: str, expected: object
) -> None:
    declared = vault(properties={"x": f"[parameters('{parameter}')]"})
    with deployed(tmp_path, template(declared, parameters=FILLED), {parameter: given}) as estate:
        (found,) = estate.of_type(KEY_VAULT)
        gap = dict(found.gaps).get(("properties", "x"))
        value = found.body["properties"]["x"]  # type: ignore[index] # the declared object
        assert (gap.detail.partition(": ")[2] if gap else value) == expected


def test_of_a_secret_object_it_is_known_which_of_its_kinds_it_is(tmp_path: Path) -> None:
    key = {"type": "object", "properties": {"key": {"type": "string"}}}
    kinds = {"ApiKey": {"$ref": "#/definitions/key"}, "AAD": {"type": "object"}}
    connection = {
        "type": "secureObject",
        "discriminator": {"propertyName": "authType", "mapping": kinds},
    }
    declared = template(
        {
            "type": "Microsoft.MachineLearningServices/workspaces/connections",
            "name": "ws/c",
            "properties": "[parameters('c')]",
        },
        definitions={"key": key},
        parameters={"c": connection},
    )
    with deployed(tmp_path, declared, {"c": {"authType": "ApiKey", "key": "hush"}}) as estate:
        (found,) = resources(estate).values()
        assert properties_of(found) == {"authType": "ApiKey", "key": None}
        assert dict(found.gaps)["properties", "key"].detail.endswith("'c' is a secret")


def test_a_secret_parameter_reaches_no_snapshot(tmp_path: Path) -> None:
    content = template(
        vault(properties={"a": "[parameters('hidden')]", "b": "[parameters('whole').inner]"}),
        definitions={"w": {"type": "object", "properties": {"inner": {"type": "secureString"}}}},
        parameters={"hidden": {"type": "securestring"}, "whole": {"$ref": "#/definitions/w"}},
    )
    path = tmp_path / "snapshot.db"
    given = {"hidden": {"value": "tr0ub4dor"}, "whole": {"value": {"inner": "c0rrecthorse"}}}
    (tmp_path / "main.json").write_text(json.dumps(content), "utf-8")
    (tmp_path / "main.parameters.json").write_text(json.dumps({"parameters": given}), "utf-8")
    Files((tmp_path / "main.json",), path).collect(Scope()).close()
    kept = path.read_bytes()
    assert b"tr0ub4dor" not in kept
    assert b"c0rrecthorse" not in kept
    assert b"is a secret" in kept


SECRET = {"type": "secureString"}
DEFINITIONS = {
    "a": {"type": "object", "properties": {"kind": {"type": "string"}, "inner": SECRET}},
    "b": {"type": "object", "properties": {"kind": {"type": "string"}}},
}


@pytest.mark.parametrize(
    ("schema", "value", "kept"),
    [
        ({"additionalProperties": SECRET}, {"any": "c0rrect"}, {"any": None}),
        ({"prefixItems": [{"type": "string"}, SECRET]}, ["x", "c0rrect"], ["x", None]),
        (
            {"prefixItems": [{"type": "string"}], "items": SECRET},
            ["x", "c0rrect"],
            ["x", None],
        ),
        (
            {
                "discriminator": {
                    "propertyName": "kind",
                    "mapping": {
                        "a": {"$ref": "#/definitions/a"},
                        "b": {"$ref": "#/definitions/b"},
                    },
                }
            },
            {"kind": "a", "inner": "c0rrect"},
            {"kind": "a", "inner": None},
        ),
    ],
    ids=["any key", "by place", "beyond places", "by kind"],
)
def test_secrets_are_found_by_the_type_that_a_template_defines(
    tmp_path: Path, schema: dict[str, Any], value: Any, kept: Any
) -> None:
    kind = "array" if isinstance(value, list) else "object"
    content = template(
        vault(properties={"x": "[parameters('p')]"}),
        definitions=DEFINITIONS,
        parameters={"p": {"type": kind, **schema}},
    )
    with deployed(tmp_path, content, {"p": value}) as estate:
        (found,) = resources(estate).values()
    assert properties_of(found) == {"x": kept}


def test_a_resource_knows_where_it_is_declared(tmp_path: Path) -> None:
    text = """{
  "$schema": "https://schema.management.azure.com/schemas/2019-04-01/deploymentTemplate.json#",
  "resources": [ // two vaults
    {
      "type": "Microsoft.KeyVault/vaults",
      "name": "kv", "properties": {"note": "one
line and another"}
    }
  ]
}"""
    with deployed(tmp_path, text) as estate:
        (found,) = estate.of_type(KEY_VAULT)
    assert found.place
    assert (found.place.line, found.place.end_line, found.place.address) == (4, 8, "/resources/0")
    assert found.place.path.endswith("main.json")


def test_a_new_resource_has_no_children_but_declared_ones(tmp_path: Path) -> None:
    workspace = {"type": "Microsoft.MachineLearningServices/workspaces", "name": "ws"}
    with deployed(tmp_path, template(workspace)) as estate:
        (found,) = estate.of_type(WORKSPACE)
        assert list(estate.neighbours(found, "computes")) == []
        assert estate.sight(GROUP, COMPUTE) is not None


@pytest.mark.parametrize(
    "unknown",
    [
        {"type": "Microsoft.Resources/deployments", "name": "m", "properties": {}},
        {
            "type": "Microsoft.MachineLearningServices/workspaces/computes",
            "name": "ws/cpu",
            "copy": {"name": "c", "count": "[length(newGuid())]"},
        },
    ],
)
def test_possible_further_children_make_the_list_incomplete(
    tmp_path: Path, unknown: dict[str, Any]
) -> None:
    workspace = {"type": "Microsoft.MachineLearningServices/workspaces", "name": "ws"}
    with deployed(tmp_path, template(workspace, unknown)) as estate:
        (found,) = estate.of_type(WORKSPACE)
        assert estate.sight(found.id, COMPUTE) is not None


def test_a_conditional_module_makes_its_resources_unknown(tmp_path: Path) -> None:
    module = nested("m", template(vault()), condition="[equals(newGuid(), 'x')]")
    with deployed(tmp_path, template(module)) as estate:
        (found,) = estate.of_type(KEY_VAULT)
    assert [(path, gap.reason) for path, gap in found.gaps] == [((), Reason.UNRESOLVED)]


@pytest.mark.parametrize("first", [True, False])
def test_a_reference_to_what_is_deployed_elsewhere_hides_no_declaration(
    tmp_path: Path, *, first: bool
) -> None:
    pair = [{"existing": True, **vault()}, vault(location="westeurope")]
    symbols = dict(zip(("a", "b"), pair if first else pair[::-1], strict=True))
    with deployed(tmp_path, template(languageVersion="2.0", resources=symbols)) as estate:
        (found,) = estate.of_type(KEY_VAULT)
    assert found.body["location"] == "westeurope"


def test_a_resource_declared_twice_is_reported(tmp_path: Path) -> None:
    with deployed(tmp_path, template(vault(), vault(location="x"))) as estate:
        assert list(resources(estate)) == [f"{VAULTS}/kv"]
        (gap,) = [each for each in estate.store.gaps() if " at " in each.part]
    assert "also declares it" in gap.detail


@pytest.mark.parametrize(
    ("resource", "why"),
    [
        ({"name": "x"}, "it has no type"),
        ({"type": "[concat('Microsoft.KeyVault', '/vaults')]", "name": "x"}, "is an expression"),
        ({"type": "Microsoft.KeyVault/vaults"}, "it has no name"),
        ({"type": "Microsoft.KeyVault/vaults", "name": ""}, "a part of its name is empty"),
        ({"type": "Microsoft.KeyVault/vaults/keys", "name": "k"}, "takes 2 names, not 1"),
        ({"type": "Microsoft.KeyVault/vaults", "name": "kv", "scope": "[newGuid]"}, "expression"),
    ],
)
def test_a_resource_without_id_is_reported_with_its_line(
    tmp_path: Path, resource: dict[str, Any], why: str
) -> None:
    with deployed(tmp_path, template(resource, vault("kv-other"))) as estate:
        assert list(resources(estate)) == [f"{VAULTS}/kv-other"]
        (gap,) = [each for each in estate.store.gaps() if " at " in each.part]
    assert why in gap.detail
    assert "main.json:5: " in gap.detail


def test_deployments_that_nest_without_end_are_cut(tmp_path: Path) -> None:
    inner = template(vault())
    for level in range(30):
        inner = template(nested(f"level-{level}", inner))
    with deployed(tmp_path, inner) as estate:
        (gap,) = [each for each in estate.store.gaps() if " at " in each.part]
    assert "nested too deep" in gap.detail


def test_a_template_that_nests_deeper_than_any_deployment_is_refused(tmp_path: Path) -> None:
    deep = json.loads("[" * 300 + "]" * 300)
    with (
        pytest.raises(AmlauditError, match="E302") as caught,
        deployed(tmp_path, template(vault(properties={"deep": deep}))),
    ):
        pass
    assert "nested more than 250 levels" in caught.value.cause


@pytest.mark.parametrize("kind", [7, "string", ["type"], None, {"$ref": "#/definitions/none"}])
def test_a_parameter_whose_type_is_none_is_read_as_any(tmp_path: Path, kind: object) -> None:
    content = template(vault("[parameters('name')]"), parameters={"name": kind})
    with deployed(tmp_path, content, {"name": "kv"}) as found:
        assert list(found.gaps()) or resources(found)


def test_loops_that_multiply_are_refused(tmp_path: Path) -> None:
    inner = template(vault("[concat('kv', copyIndex())]", copy={"name": "many", "count": 800}))
    loop = nested("[concat('m', copyIndex())]", inner, copy={"name": "m", "count": 800})
    loop["resourceGroup"] = "[concat('rg', copyIndex())]"
    with pytest.raises(AmlauditError) as caught, deployed(tmp_path, template(loop)):
        pass
    assert caught.value.code == "E309"


@pytest.mark.skipif(not TEMPLATES, reason="the shared samples are not here")
@pytest.mark.parametrize("path", TEMPLATES, ids=lambda path: str(path.relative_to(SAMPLES)))
def test_every_sample_loads(path: Path) -> None:
    estate = Files((path,)).collect(Scope())
    assert estate.store.counts()
    lost = [gap for gap in estate.store.gaps() if gap.reason is Reason.UNSUPPORTED]
    assert all("also declares it" in gap.detail for gap in lost)
    estate.close()


@pytest.mark.parametrize(
    ("given", "why"),
    [
        ("Disabled", ""),
        ("disabled", ""),
        ("Off", "the template does not allow 'Off' for the parameter 'access'"),
    ],
)
def test_a_value_that_the_template_does_not_allow_is_none(
    tmp_path: Path, given: str, why: str
) -> None:
    access = {"type": "string", "allowedValues": ["Enabled", "Disabled"]}
    declared = vault(properties={"publicNetworkAccess": "[parameters('access')]"})
    content = template(declared, parameters={"access": access})
    with deployed(tmp_path, content, {"access": given}) as estate:
        found = estate.store.get(f"{GROUP}/providers/microsoft.keyvault/vaults/kv")
        assert found
        told = [gap for path, gap in found.gaps if path[-1] == "publicnetworkaccess"]
        assert [each.reason for each in told] == ([Reason.UNRESOLVED] if why else [])
        assert all(each.detail.endswith(why) for each in told)


def test_a_piece_of_a_template_is_read_without_its_head(tmp_path: Path) -> None:
    with deployed(tmp_path, {"resources": [vault("[parameters('name')]")]}) as estate:
        assert [each.type for each in resources(estate).values()] == ["microsoft.keyvault/vaults"]


@pytest.mark.parametrize("parts", [{"id": "/x"}, {"apiVersion": None}])
def test_a_list_of_live_resources_is_not_a_template(
    tmp_path: Path, parts: dict[str, object]
) -> None:
    listed = {key: each for key, each in (vault() | parts).items() if each is not None}
    with pytest.raises(AmlauditError, match="E302"), deployed(tmp_path, {"resources": [listed]}):
        pass


@pytest.mark.parametrize(
    "properties",
    [
        "[parameters('later')]",
        {"privateLinkServiceConnections": "[parameters('later')]"},
        {"manualPrivateLinkServiceConnections": ["[parameters('later')]"]},
    ],
)
def test_an_endpoint_with_unknown_connections_may_target_anything(
    tmp_path: Path, properties: object
) -> None:
    endpoint = {"type": "Microsoft.Network/privateEndpoints", "apiVersion": "2024-05-01"}
    content = template(
        vault(),
        {**endpoint, "name": "pe", "properties": properties},
        parameters={"later": {"type": "object"}},
    )
    with deployed(tmp_path, content) as estate:
        gaps = dict(resources(estate)["microsoft.keyvault/vaults/kv"].gaps)
    assert gaps["properties", "privateendpointconnections", FURTHER].reason is Reason.UNRESOLVED


@pytest.mark.parametrize(
    "other",
    [
        {"type": ENDPOINT, "copy": {"name": "all", "count": "[parameters('later')]"}},
        {
            "type": "Microsoft.Resources/deployments",
            "properties": {"templateLink": {"uri": "https://example.org/endpoints.json"}},
        },
        {"type": "Microsoft.Resources/deploymentScripts", "identity": {"type": "UserAssigned"}},
    ],
)
def test_endpoints_may_be_created_by_unseen_templates(
    tmp_path: Path, other: dict[str, Any]
) -> None:
    hidden = {"apiVersion": "2024-05-01", "name": "other", **other}
    content = template(vault(), hidden, parameters={"later": {"type": "int"}})
    with deployed(tmp_path, content) as estate:
        gaps = dict(resources(estate)["microsoft.keyvault/vaults/kv"].gaps)
    assert gaps["properties", "privateendpointconnections", FURTHER].reason is Reason.UNRESOLVED


def test_an_endpoint_that_may_be_deployed_is_no_connection_yet(tmp_path: Path) -> None:
    perhaps = {"type": ENDPOINT, "apiVersion": "2024-05-01", "name": "pe"}
    loop = {"copy": {"name": "all", "count": "[parameters('later')]"}}
    content = template(vault(), {**perhaps, **loop}, parameters={"later": {"type": "int"}})
    path = "properties.privateEndpointConnections"
    with deployed(tmp_path, content) as estate:
        (found,) = estate.of_type(KEY_VAULT)
        assert read(found.body, parse_path(path)) == []
        with pytest.raises(NoDataError, match="may be deployed"):
            list(Subject(found, estate).each(path))


SETTING = "Microsoft.Insights/diagnosticSettings"


@pytest.mark.parametrize(
    ("declared", "arm_type", "is_seen"),
    [
        ({"type": COMPUTES, "name": "[concat(parameters('ws'), '/c')]"}, COMPUTE, False),
        ({"type": COMPUTES, "name": "[parameters('ws')]"}, COMPUTE, False),
        ({"type": COMPUTES, "name": "[concat('ws/', parameters('ws'))]"}, COMPUTE, True),
        ({"type": COMPUTES, "name": "[concat(variables('made'), '/c')]"}, COMPUTE, True),
        ({"type": COMPUTES, "name": "elsewhere/c"}, COMPUTE, True),
        (
            {"type": SETTING, "scope": "[parameters('ws')]", "name": "d"},
            DIAGNOSTIC_SETTING,
            False,
        ),
        (
            {"type": SETTING, "scope": "[resourceId('A.B/c', 'd')]", "name": "d"},
            DIAGNOSTIC_SETTING,
            True,
        ),
    ],
)
def test_a_resource_with_unknown_scope_may_be_anywhere(
    tmp_path: Path, declared: dict[str, Any], arm_type: str, *, is_seen: bool
) -> None:
    workspaces = {
        "type": "Microsoft.MachineLearningServices/workspaces",
        "apiVersion": "2025-06-01",
    }
    content = template(
        {**workspaces, "name": "ws", "properties": {}},
        {**workspaces, "name": "[variables('made')]", "properties": {}},
        {"apiVersion": "2025-06-01", **declared, "properties": {}},
        variables={"made": "[uniqueString(resourceGroup().id)]"},
        parameters={"ws": {"type": "string"}},
    )
    with deployed(tmp_path, content) as estate:
        workspace = f"{GROUP}/providers/{WORKSPACE}/ws"
        seen = estate.store.sight(workspace, arm_type)
    assert (seen is True) is is_seen


@pytest.mark.parametrize(
    ("name", "group", "is_known"),
    [
        ("[parameters('name')]", "pe/default", False),
        ("[parameters('name')]", "[concat(parameters('name'), '/default')]", True),
        ("pe", "pe/default", True),
        ("other", "pe/default", True),
    ],
)
def test_what_belongs_to_an_undeclared_name_may_belong_to_the_resource_with_an_unknown_one(
    tmp_path: Path, name: str, group: str, *, is_known: bool
) -> None:
    version = {"apiVersion": "2024-05-01"}
    content = template(
        {"type": ENDPOINT, "name": name, "properties": {}, **version},
        {"type": f"{ENDPOINT}/privateDnsZoneGroups", "name": group, "properties": {}, **version},
        parameters={"name": {"type": "string"}},
    )
    with deployed(tmp_path, content) as estate:
        (found,) = estate.of_type(PRIVATE_ENDPOINT)
        gap = estate.sight(found.id, DNS_ZONE_GROUP)
    assert (gap is None) is is_known


def test_tags_that_are_declared_separately_are_those_of_their_resource(tmp_path: Path) -> None:
    tags = {"type": "Microsoft.Resources/tags", "apiVersion": "2024-03-01", "name": "default"}
    content = template(
        vault("kv", tags={"owner": "me"}),
        vault("maybe", tags={"owner": "me"}),
        {**tags, "scope": f"{VAULT}/kv", "properties": {"tags": {"environment": "prod"}}},
        {
            **tags,
            "scope": f"{VAULT}/maybe",
            "condition": "[equals(resourceGroup().tags.a, 'b')]",
            "properties": {"tags": {"environment": "prod"}},
        },
        {**tags, "scope": f"{VAULT}/elsewhere", "properties": {}},
    )
    with deployed(tmp_path, content) as estate:
        found = resources(estate)
        assert found["microsoft.keyvault/vaults/kv"].body["tags"] == {"environment": "prod"}
        assert ("tags",) in [path for path, _ in found["microsoft.keyvault/vaults/maybe"].gaps]


def test_a_managed_network_that_is_declared_separately_is_that_of_its_workspace(
    tmp_path: Path,
) -> None:
    kind = "Microsoft.MachineLearningServices/workspaces"
    version = {"apiVersion": "2025-12-01"}
    inline = {"managedNetwork": {"isolationMode": "AllowInternetOutbound", "firewallSku": "Basic"}}
    rules = {"pypi": {"type": "FQDN", "destination": "pypi.org"}}
    networks = {
        "apart": {"isolationMode": "AllowOnlyApprovedOutbound", "outboundRules": rules},
        "both": {"isolationMode": "AllowOnlyApprovedOutbound"},
        "maybe": "[reference('x').network]",
        "elsewhere": {"isolationMode": "AllowOnlyApprovedOutbound"},
    }
    content = template(
        {"type": kind, **version, "name": "apart", "properties": {}},
        {"type": kind, **version, "name": "both", "properties": inline},
        {"type": kind, **version, "name": "maybe", "properties": inline},
        *(
            {
                "type": f"{kind}/managedNetworks",
                **version,
                "name": f"{name}/default",
                "properties": {"managedNetwork": network},
            }
            for name, network in networks.items()
        ),
        {"type": f"{kind}/managedNetworks", **version, "name": "apart/other", "properties": {}},
    )
    with deployed(tmp_path, content) as estate:
        found = {each.name: each for each in resources(estate).values() if each.type == WORKSPACE}
        (rule,) = estate.of_type(OUTBOUND_RULE)
    shown = {name: properties_of(each).get("managedNetwork") for name, each in found.items()}
    assert shown == {
        "apart": {"isolationMode": "AllowOnlyApprovedOutbound"},
        "both": {"isolationMode": "AllowOnlyApprovedOutbound", "firewallSku": "Basic"},
        "maybe": None,
    }
    assert ("properties", "managednetwork") in [path for path, _ in found["maybe"].gaps]
    assert rule.id == f"{found['apart'].id}/outboundrules/pypi"


def test_a_new_compute_that_names_a_cluster_is_attached(tmp_path: Path) -> None:
    cluster = "[resourceId('Microsoft.ContainerService/managedClusters', 'aks')]"
    kind = {"type": "Microsoft.MachineLearningServices/workspaces/computes"}
    computes = {
        "attached": {"computeType": "AKS", "resourceId": cluster},
        "shown": {"computeType": "AKS", "resourceId": cluster, "isAttachedCompute": False},
        "created": {"computeType": "AKS"},
        "instance": {"computeType": "ComputeInstance", "resourceId": cluster},
    }
    content = template(
        *(
            {**kind, "apiVersion": "2025-06-01", "name": f"ws/{name}", "properties": properties}
            for name, properties in computes.items()
        )
    )
    with deployed(tmp_path, content) as estate:
        found = {
            each.name: properties_of(each).get("isAttachedCompute")
            for each in resources(estate).values()
        }
    assert found == {"attached": True, "shown": False, "created": None, "instance": None}


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("reference('Microsoft.KeyVault/vaults/kv').vaultUri", "https://kv.vault.azure.net/"),
        ("reference(concat('Microsoft.KeyVault/vaults/', 'kv'), '2024-11-01').sku.name", "premium"),
        ("reference('Microsoft.KeyVault/vaults/kv/keys/k').kty", "RSA"),
        ("reference('microsoft.keyvault/vaults/kv', '2024-11-01', 'Full').location", "westeurope"),
        ("reference(format('Microsoft.KeyVault/vaults/{0}', newGuid())).sku.name", None),
        ("reference('Microsoft.KeyVault/vaults').sku.name", None),
        ("reference('kv.old/k').sku.name", None),
    ],
)
def test_a_resource_may_be_referred_to_without_its_scope(
    written: str, expected: object, tmp_path: Path
) -> None:
    key = {"type": f"{VAULT}/keys", "apiVersion": "2024-11-01", "name": "kv/k"}
    content = template(
        vault("kv", location="westeurope", properties={"sku": {"name": "premium"}}),
        {**key, "properties": {"kty": "RSA"}},
        vault("tells", properties={"x": f"[{written}]"}),
    )
    with deployed(tmp_path, content) as estate:
        found = resources(estate)["microsoft.keyvault/vaults/tells"]
    assert properties_of(found)["x"] == expected
    assert [path for path, _ in found.gaps] == [("properties", "x")] * (expected is None)
