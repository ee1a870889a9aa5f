"""The template language: known values are computed, unknown ones are reported with their reason."""

import json
from pathlib import Path
from typing import Any

import pytest

from amlaudit.core.errors import AmlauditError
from amlaudit.core.gap import Reason
from amlaudit.core.members import FURTHER
from tests.scanners.deployments.templates import (
    GROUP,
    deployed,
    properties_of,
    resources,
    template,
    vault,
)

VECTORS = Path(__file__).parents[4] / "shared" / "iac-samples" / "arm-function-vectors.json"
ROWS = json.loads(VECTORS.read_text("utf-8"))["vectors"] if VECTORS.exists() else []

A, B = "lambdaVariables('a')", "lambdaVariables('b')"
STORAGE_ID = f"{GROUP}/providers/Microsoft.Storage/storageAccounts".replace(
    "resourcegroups", "resourceGroups"
)


ROLES = "/providers/Microsoft.Authorization/roleDefinitions"
MORE = "concat(createArray('a', 'b'), parameters('more'))"


def value_of(folder: Path, expression: Any, **parts: Any) -> Any:
    """Return the result of an expression: its value, or the gap in its place."""
    with deployed(folder, template(vault(properties={"x": expression}), **parts)) as estate:
        found = resources(estate)["microsoft.keyvault/vaults/kv"]
        gap = next((gap for path, gap in found.gaps if path == ("properties", "x")), None)
        properties = found.body["properties"]
        assert isinstance(properties, dict)
        return gap or properties["x"]


@pytest.mark.skipif(not ROWS, reason="the shared vectors are not here")
@pytest.mark.parametrize("row", ROWS, ids=lambda row: row["expression"][:40])
def test_functions_give_what_azure_gives(row: dict[str, Any], tmp_path: Path) -> None:
    assert value_of(tmp_path, row["expression"]) == row["expected"]


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ("plain", "plain"),
        ("[[escaped]", "[escaped]"),
        ("[if(true(), 'a', fail('never'))]", "a"),
        ("[and(true(), false(), fail('never'))]", False),
        ("[or(false(), true())]", True),
        ("[or(false(), false())]", False),
        ("[coalesce(null(), 'b', 'c')]", "b"),
        ("[coalesce(null())]", None),
        ("[parameters('GIVEN')]", "by default"),
        ("[variables('list')[1]]", "l1"),
        ("[variables('whole').inner]", ["i0", "i1"]),
        ("[contoso.double('ab')]", "abab"),
        ("[environment().suffixes.storage]", "core.windows.net"),
        ("[deployment().name]", "deployment"),
        ("[map(createArray(1, 2), lambda('x', add(lambdaVariables('x'), 1)))]", [2, 3]),
        ("[map(createArray('a'), lambda('x', 'i', lambdaVariables('i')))]", [0]),
        ("[filter(range(0, 5), lambda('x', greater(lambdaVariables('x'), 2)))]", [3, 4]),
        (f"[reduce(range(1, 3), 0, lambda('a', 'b', add({A}, {B})))]", 6),
        (f"[sort(createArray(2, 3, 1), lambda('a', 'b', less({A}, {B})))]", [1, 2, 3]),
        (
            f"[toObject(createArray('a', 'b'), lambda('a', {A}), lambda('a', toUpper({A})))]",
            {"a": "A", "b": "B"},
        ),
        (
            "[groupBy(createArray('aa', 'b', 'ab'), lambda('x', first(lambdaVariables('x'))))]",
            {"a": ["aa", "ab"], "b": ["b"]},
        ),
        ("[mapValues(createObject('a', 1), lambda('x', add(lambdaVariables('x'), 1)))]", {"a": 2}),
        ("[resourceId('Microsoft.Storage/storageAccounts', 'st')]", f"{STORAGE_ID}/st"),
        (
            "[resourceId('rg', 'Microsoft.Storage/storageAccounts/blobServices', 'st', 'default')]",
            f"{STORAGE_ID}/st/blobServices/default".replace(
                "resource-group-of-the-deployment", "rg"
            ),
        ),
        (
            "[resourceId('s1', 'rg', 'A.B/c', 'd')]",
            "/subscriptions/s1/resourceGroups/rg/providers/A.B/c/d",
        ),
        ("[subscriptionResourceId('s1', 'A.B/c', 'd')]", "/subscriptions/s1/providers/A.B/c/d"),
        ("[tenantResourceId('A.B/c', 'd')]", "/providers/A.B/c/d"),
        (
            "[managementGroupResourceId('mg', 'A.B/c', 'd')]",
            "/providers/Microsoft.Management/managementGroups/mg/providers/A.B/c/d",
        ),
        ("[extensionResourceId('/x', 'A.B/c', 'd')]", "/x/providers/A.B/c/d"),
        ("[dateTimeAdd('2024-01-31T00:00:00Z', 'P1M')]", "2024-02-29T00:00:00Z"),
        ("[dateTimeAdd('2024-01-31 15:04:05Z', 'PT1H')]", "1/31/2024 4:04:05 PM"),
        ("[uri('https://a/b/', '/c.json')]", "https://a/b/c.json"),
        (
            "[parseUri('https://kv.vault.azure.net:8443/keys/k?v=1')]",
            {
                "scheme": "https", "host": "kv.vault.azure.net", "port": 8443, "path": "/keys/k",
                "query": "?v=1",
            },
        ),
        ("[parseUri('https://kv.vault.azure.net')]",
         {"scheme": "https", "host": "kv.vault.azure.net", "path": "/"}),
        ("[buildUri(parseUri('https://a.b:1/c?d=e'))]", "https://a.b:1/c?d=e"),
        ("[buildUri(createObject('scheme', 'https', 'host', 'a.b', 'path', 'c'))]",
         "https://a.b/c"),
        ("[contoso.first('x')]", "l0x"),
        ("[string(createObject('a', 'é'))]", '{"a":"é"}'),
        ("[format('{0:000}/{1:0.00}', 7, 1)]", "007/1.00"),
        ("[dateTimeFromEpoch(0)]", "1970-01-01T00:00:00Z"),
        ("[dateTimeToEpoch('1970-01-02T00:00:00Z')]", 86_400),
        (
            "[roleDefinitions('storage blob data reader')]",
            {
                "id": f"{ROLES}/2a2b9908-6ea1-4ae2-8e65-a410df84e7d1",
                "roleDefinitionId": "2a2b9908-6ea1-4ae2-8e65-a410df84e7d1",
            },
        ),
    ],
)  # fmt: skip
def test_what_is_known_is_computed(expression: str, expected: Any, tmp_path: Path) -> None:
    found = value_of(
        tmp_path,
        expression,
        parameters={"given": {"type": "string", "defaultValue": "[concat('by ', 'default')]"}},
        variables={
            "copy": [{"name": "list", "count": 2, "input": "[concat('l', copyIndex('list'))]"}],
            "whole": {
                "copy": [{"name": "inner", "count": 2, "input": "[concat('i', copyIndex())]"}]
            },
        },
        functions=[
            {
                "namespace": "contoso",
                "members": {
                    "first": {
                        "parameters": [{"name": "text", "type": "string"}],
                        "output": {
                            "type": "string",
                            "value": "[concat(variables('list')[0], parameters('text'))]",
                        },
                    },
                    "double": {
                        "parameters": [{"name": "text", "type": "string"}],
                        "output": {
                            "type": "string",
                            "value": "[concat(parameters('text'), parameters('text'))]",
                        },
                    }
                },
            }
        ],
    )  # fmt: skip
    assert found == expected


@pytest.mark.parametrize(
    ("expression", "why"),
    [
        ("[parameters('missing')]", "the parameter 'missing' has no value"),
        ("[toLogicalZone('s', 'westeurope', '1')]", "toLogicalZone() queries Azure"),
        ("[toUpper(parameters('missing'))]", "the parameter 'missing' has no value"),
        ("[length(parameters('missing'))]", "the parameter 'missing' has no value"),
        ("[split(parameters('missing'), '/')[8]]", "the parameter 'missing' has no value"),
        ("[length(split(parameters('missing'), ','))]", "the parameter 'missing' has no value"),
        ("[split(parameters('missing'), ',')]", "the parameter 'missing' has no value"),
        ("[last(split(parameters('missing'), '/'))]", "the parameter 'missing' has no value"),
        ("[externalInputs('x')]", "externalInputs() queries Azure"),
        ("[if(equals(parameters('missing'), 'x'), 1, 2)]", "the parameter 'missing' has no value"),
        ("[resourceId('A.B/c', parameters('all').name)]", "the parameter 'all' has no value"),
        ("[empty(parameters('missing'))]", "the parameter 'missing' has no value"),
        ("[parameters('secret')]", "the parameter 'secret' is a secret"),
        ("[concat('k=', parameters('secret'))]", "the parameter 'secret' is a secret"),
        ("[newGuid()]", "newGuid() differs at each deployment"),
        ("[utcNow('yyyy')]", "utcNow() is the time of the deployment"),
        ("[resourceGroup().location]", "the location of the resource group is not known"),
        ("[resourceGroup().tags.owner]", "Azure decides tags of the resource group"),
        ("[subscription().tenantId]", "the tenant is chosen at deployment"),
        ("[deployer().objectId]", "it is not known who will deploy the template"),
        ("[deployer().userPrincipalName]", "Azure decides userPrincipalName of the deployer"),
        ("[listKeys('x', '2024-01-01').keys[0].value]", "a list function queries Azure for x"),
        ("[listAccountSas('x', '2024-01-01')]", "a list function queries Azure for x"),
        ("[pickZones('a', 'b', 'c')]", "pickZones() queries Azure"),
        ("[roleDefinitions('ours').id]", "roleDefinitions() queries Azure for the role 'ours'"),
        ("[not(empty(target('full')))]", "whether the resource exists already is not known"),
        ("[union(createArray('a'), createArray(newGuid()))]",
         "newGuid() differs at each deployment"),
        ("[contains(createArray(newGuid()), 'a')]", "newGuid() differs at each deployment"),
        ("[filter(createArray(newGuid()), lambda('x', equals(lambdaVariables('x'), 'a')))]",
         "newGuid() differs at each deployment"),
    ],
)  # fmt: skip
def test_values_decided_by_the_deployment_have_a_reason(
    expression: str, why: str, tmp_path: Path
) -> None:
    gap = value_of(
        tmp_path,
        expression,
        parameters={
            "missing": {"type": "string"},
            "all": {"type": "object"},
            "secret": {"type": "securestring", "defaultValue": "hunter2-hunter2"},
        },
    )
    assert gap.reason is Reason.UNRESOLVED
    assert gap.detail.startswith(f"properties.x is decided only at deployment: {why}")


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ("[if(equals(newGuid(), 'x'), 1, 1)]", 1),
        ("[if(equals(newGuid(), 'x'), json('[{}, 1]'), json('[2, 1]'))[1]]", 1),
        ("[if(equals(newGuid(), 'x'), variables('a'), variables('b')).same]", 1),
        ("[and(equals(newGuid(), 'x'), false())]", False),
        ("[or(equals(newGuid(), 'x'), true())]", True),
        ("[empty(newGuid())]", False),
        ("[equals(resourceGroup().id, '')]", False),
        ("[contains(createArray('a', newGuid()), 'a')]", True),
        ("[length(createArray(newGuid(), 'b'))]", 2),
        ("[createArray(newGuid(), 'b')[1]]", "b"),
        ("[createObject('a', newGuid(), 'b', 1).b]", 1),
        ("[union(createObject('a', newGuid()), createObject('b', 1)).b]", 1),
        ("[length(union(createArray(newGuid()), createArray()))]", 1),
        ("[union(createArray(createObject('a', newGuid(), 'b', 1)), createArray())[0].b]", 1),
        ("[length(union(createArray(newGuid()), createArray('a')))]", None),
        ("[union(createObject('a', 1), subscription())]", None),
        ("[length(union(parameters('more'), createArray()))]", None),
        ("[length(union(concat(createArray(), parameters('more')), createArray()))]", None),
        ("[coalesce(resourceGroup().id, 'x')]", GROUP.replace("resourcegroups", "resourceGroups")),
        ("[empty(resourceGroup().location)]", False),
        ("[empty(deployment().location)]", False),
        ("[empty(deployer().objectId)]", False),
        ("[empty(deployer().userPrincipalName)]", None),
        ("[equals(null(), resourceGroup().location)]", False),
        ("[contains(createObject('a', newGuid()), 'A')]", True),
        ("[contains(createObject('a', newGuid()), 'b')]", False),
        ("[contains(reference('ws'), 'b')]", None),
        ("[equals(createObject('a', newGuid()), null())]", False),
        ("[equals(createObject('a', newGuid()), createObject('b', newGuid()))]", False),
        ("[equals(createObject('a', newGuid(), 'b', 1), createObject('a', 'x', 'b', 2))]", False),
        ("[equals(createObject('a', newGuid()), createObject('a', 'x'))]", None),
        ("[equals(createArray(newGuid()), createArray())]", False),
        ("[equals(createArray(newGuid(), 1), createArray('x', 2))]", False),
        ("[equals(createArray(newGuid()), createArray('x'))]", None),
        ("[equals(resourceGroup(), 'x')]", False),
        ("[equals(resourceGroup(), subscription())]", None),
        ("[tryGet(createObject('a', newGuid()), 'a', 'b')]", None),
        ("[tryGet(createObject('a', newGuid(), 'b', 1), 'b')]", 1),
        ("[coalesce(tryGet(createObject('a', newGuid()), 'b', 'c'), 'd')]", "d"),
        ("[tryGet(createObject('a', 1), newGuid())]", None),
        ("[tryGet(subscription(), 'id')]", "/subscriptions/00000000-0000-0000-0000-000000000000"),
        ("[variables('sizes')[parameters('tier')].sku.name]", "Basic"),
        ("[variables('sizes')[parameters('tier')].access]", "Disabled"),
        ("[variables('sizes')[parameters('tier')].count]", None),
        ("[variables('sizes')[parameters('tier')].label]", None),
        ("[variables('sizes')[parameters('tier')].made]", None),
        ("[variables('sizes')[parameters('tier')].kind]", None),
        ("[variables('sizes')[parameters('tier')].part]", None),
        ("[empty(variables('sizes')[parameters('tier')].label)]", False),
        ("[empty(variables('sizes')[parameters('tier')].blank)]", None),
        ("[createObject()[parameters('tier')]]", None),
        ("[subscription()[parameters('tier')]]", None),
        ("[length(split(resourceId('Microsoft.KeyVault/vaults', parameters('tier')), '/'))]", 9),
        ("[length(split(resourceGroup().id, '/'))]", 5),
        ("[split(resourceId('Microsoft.KeyVault/vaults', 'kv'), '/')[0]]", ""),
        ("[length(split(concat('/', parameters('tier')), '/'))]", None),
        ("[length(split(resourceId('A.B/c', parameters('tier')), 'c'))]", None),
        ("[empty(parameters('key'))]", False),
        ("[empty(parameters('noKey'))]", True),
        ("[empty(parameters('keys'))]", None),
        (f"[empty({MORE})]", False),
        ("[empty(concat(createArray(), parameters('more')))]", None),
        (f"[contains({MORE}, 'b')]", True),
        (f"[contains({MORE}, 'x')]", None),
        (f"[length({MORE})]", None),
        (f"[{MORE}[0]]", None),
        (f"[tryGet({MORE}, 0)]", None),
        (f"[first({MORE})]", None),
        (f"[equals({MORE}, createArray('a'))]", None),
        (f"[equals(createArray(), {MORE})]", None),
        (f"[flatten(createArray({MORE}))]", None),
        (f"[map({MORE}, lambda('x', lambdaVariables('x')))]", None),
        (f"[if(equals(newGuid(), 'x'), {MORE}, {MORE})]", None),
        (f"[if(equals(newGuid(), 'x'), createArray('a'), {MORE})]", None),
        ("[concat(createArray('a'), parameters('tier'))]", None),
    ],
)  # fmt: skip
def test_what_the_known_part_settles_is_known(
    expression: str, expected: Any, tmp_path: Path
) -> None:
    two = {"a": {"same": 1, "other": 2}, "b": {"other": 3, "same": 1}}
    small = {"sku": {"name": "Basic"}, "access": "Disabled", "count": 1, "label": "s", "blank": "",
             "made": "[newGuid()]", "kind": "a", "part": ["[newGuid()]"]}  # fmt: skip
    large = {**small, "count": 2, "label": "l", "blank": "x", "kind": 1}
    tables = {**two, "sizes": {"small": small, "large": large}}
    found = value_of(
        tmp_path,
        expression,
        variables=tables,
        parameters={
            "tier": {"type": "string"},
            "more": {"type": "array"},
            "key": {"type": "secureString", "defaultValue": "ssh-rsa AAAA"},
            "noKey": {"type": "secureString", "defaultValue": ""},
            "keys": {"type": "secureObject", "defaultValue": {"a": "b"}},
        },
    )
    assert (found.reason is Reason.UNRESOLVED) if expected is None else found == expected


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ("[last(split(resourceId('Microsoft.KeyVault/vaults', 'kv'), '/'))]", "kv"),
        ("[last(split(concat(parameters('open'), '/', 'data', 1), '/'))]", "data1"),
        ("[toLower(last(split(format('{0}/A-{1}', parameters('open'), 'B'), '/')))]", "a-b"),
    ],
)
def test_the_last_segment_is_known_even_if_preceding_ones_are_not(
    expression: str, expected: str, tmp_path: Path
) -> None:
    assert value_of(tmp_path, expression, parameters={"open": {"type": "string"}}) == expected


@pytest.mark.parametrize(
    "expression",
    [
        "[last(split(parameters('open'), '/'))]",
        "[last(split(concat('a/', parameters('open')), '/'))]",
        "[last(split(concat(parameters('open'), '/ab'), ''))]",
        "[last(split(replace(concat(parameters('open'), '/ab'), 'ab', '/'), '/'))]",
        "[last(split(join(createArray(parameters('open'), 'a'), '/'), '/'))]",
        "[last(split(format('{0}', createArray(parameters('open'))), '/'))]",
    ],
)
def test_what_may_stand_in_the_last_part_is_not_known(expression: str, tmp_path: Path) -> None:
    gap = value_of(tmp_path, expression, parameters={"open": {"type": "string"}})
    assert gap.reason is Reason.UNRESOLVED


@pytest.mark.parametrize(
    "expression",
    [
        f"[{MORE}]",
        "[concat(parameters('more'), createArray('a'), parameters('other'), createArray('b'))]",
        f"[concat({MORE}, parameters('other'))]",
    ],
)
def test_a_list_is_known_but_for_further_members(expression: str, tmp_path: Path) -> None:
    lists = {"more": {"type": "array"}, "other": {"type": "array"}}
    content = template(vault(properties={"x": expression}), parameters=lists)
    with deployed(tmp_path, content) as estate:
        found = resources(estate)["microsoft.keyvault/vaults/kv"]
    members = properties_of(found)["x"]
    assert isinstance(members, list)
    assert members[:2] == ["a", "b"]
    assert [path for path, _ in found.gaps] == [("properties", "x", FURTHER)]


def test_an_object_is_known_but_for_the_part_that_is_not(tmp_path: Path) -> None:
    document = {"a": {"b": ["[newGuid()]", "c"]}, "d": "[concat('e', 'f')]"}
    with deployed(tmp_path, template(vault(properties=document))) as estate:
        found = resources(estate)["microsoft.keyvault/vaults/kv"]
    assert properties_of(found) == {"a": {"b": [None, "c"]}, "d": "ef"}
    assert [path for path, _ in found.gaps] == [("properties", "a", "b", "0")]


@pytest.mark.parametrize(
    ("expression", "problem"),
    [
        ("[nosuch()]", "unknown function nosuch()"),
        ("[concat('a'", "expression"),
        ("[parameters('nosuch')]", "there is no parameter 'nosuch'"),
        ("[variables('a')]", "the variable 'a' refers to itself"),
        ("[createObject('a', 1).b]", "there is no property 'b'"),
        ("[div(1, 0)]", "division by zero"),
        ("[resourceId('A.B/c/d', 'e')]", "A.B/c/d takes 2 names, not 1"),
        ("[copyIndex()]", "there is no enclosing loop"),
        ("[fail('no such region')]", "no such region"),
        ("[substring('a')]", "substring(): wrong number of arguments (1)"),
    ],
)
def test_expressions_that_azure_would_reject_have_no_value(
    expression: str, problem: str, tmp_path: Path
) -> None:
    found = value_of(
        tmp_path, expression, variables={"a": "[variables('b')]", "b": "[variables('a')]"}
    )
    if problem == "expression":
        assert found == expression  # no closing bracket: an ordinary string
    else:
        assert found.reason is Reason.UNSUPPORTED
        assert problem in found.detail


def test_a_template_that_unfolds_without_end_is_refused(tmp_path: Path) -> None:
    doubling = {
        f"v{n}": f"[createArray(variables('v{n - 1}'), variables('v{n - 1}'))]"
        for n in range(1, 60)
    }
    with (
        pytest.raises(AmlauditError) as caught,
        deployed(
            tmp_path,
            template(
                vault(properties={"x": "[variables('v59')]"}), variables={"v0": "x", **doubling}
            ),
        ),
    ):
        pass
    assert caught.value.code == "E309"
