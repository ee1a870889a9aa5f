"""What a file declares twice is never judged by whichever happens to be read."""

import json
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from amlaudit.core.errors import AmlauditError, Exit
from amlaudit.core.gap import Reason
from amlaudit.core.relations import KEY_VAULT, WORKSPACE
from amlaudit.core.resource import Resource
from amlaudit.core.scope import Scope
from amlaudit.scanners.files.source import Files
from tests.scanners.deployments.templates import (
    deployed,
    nested,
    properties_of,
    resources,
    template,
    vault,
)
from tests.scanners.deployments.terraform.plans import GROUP, change, collect, plan

OPEN = {"publicNetworkAccess": "Enabled"}
SHUT = {"publicNetworkAccess": "Disabled"}
VAULT_ID = f"{GROUP}/providers/Microsoft.KeyVault/vaults/kv"


def refusal(folder: Path, content: object) -> AmlauditError:
    with pytest.raises(AmlauditError) as caught, deployed(folder, content):
        pass
    return caught.value


def test_a_duplicate_property_is_refused_with_its_line(tmp_path: Path) -> None:
    text = json.dumps(template(vault(properties={**SHUT, "twin": "Enabled"})), indent=2)
    error = refusal(tmp_path, text.replace("twin", "publicNetworkAccess"))
    assert (error.code, error.exit_code) == ("E302", Exit.INPUT_OUTPUT)
    assert error.cause.endswith("duplicate key 'publicNetworkAccess': line 11 column 9")


def test_a_duplicate_parameter_is_refused(tmp_path: Path) -> None:
    (tmp_path / "main.json").write_text(json.dumps(template(vault())), "utf-8")
    beside = '{"parameters": {"open": {"value": false}, "open": {"value": true}}}'
    (tmp_path / "main.parameters.json").write_text(beside, "utf-8")
    with pytest.raises(AmlauditError, match="E302") as caught:
        Files((tmp_path / "main.json",)).collect(Scope())
    assert "duplicate key 'open'" in caught.value.cause


def test_a_property_in_two_spellings_is_unknown(tmp_path: Path) -> None:
    both = {**SHUT, "PublicNetworkAccess": "Enabled", "enableRbacAuthorization": True}
    with deployed(tmp_path, template(vault(properties=both))) as estate:
        (found,) = resources(estate).values()
    ((path, gap),) = found.gaps
    assert (path, gap.reason) == (("properties", "publicnetworkaccess"), Reason.UNSUPPORTED)
    assert gap.detail == (
        "properties.publicNetworkAccess: it is declared as publicNetworkAccess and as "
        "PublicNetworkAccess, and Azure ignores case"
    )
    assert properties_of(found)["enableRbacAuthorization"] is True


def test_environment_variables_are_case_sensitive(tmp_path: Path) -> None:
    proxies = {"environmentVariables": {"HTTP_PROXY": "http://a", "http_proxy": "http://b"}}
    with deployed(tmp_path, template(vault(properties=proxies))) as estate:
        (found,) = resources(estate).values()
        assert set(properties_of(found)["environmentVariables"]) == {"HTTP_PROXY", "http_proxy"}
        assert found.gaps == ()


def test_an_azapi_body_with_duplicate_keys_is_unknown(tmp_path: Path) -> None:
    values = {
        "type": f"{WORKSPACE}@2025-06-01",
        "name": "mlw",
        "parent_id": GROUP,
        "body": '{"properties": {"publicNetworkAccess": "Disabled", "publicNetworkAccess": "x"}}',
    }
    estate = collect(tmp_path, plan(change("azapi_resource.ml", values)))
    (found,) = estate.of_type(WORKSPACE)
    details = {gap.detail for _, gap in found.gaps}
    assert any("duplicate key 'publicNetworkAccess'" in detail for detail in details)


def test_template_keys_keep_their_meaning_in_any_case(tmp_path: Path) -> None:
    shouted = {key.upper(): value for key, value in vault(properties=SHUT).items()}
    content = {"CONTENTVERSION": "1.0.0.0", "RESOURCES": [shouted]}
    with deployed(tmp_path, content) as estate:
        (found,) = resources(estate).values()
        assert properties_of(found) == SHUT


@pytest.mark.parametrize(
    "content",
    [
        template(vault(), Resources=[vault("hidden", properties=OPEN)]),
        template(vault(condition=False, Condition=True)),
        template(nested("inner", template(vault(), Resources=[vault("hidden")]))),
        template(
            nested("inner", template(vault()), properties={"Template": template(vault("hidden"))})
        ),
        template(
            vault("[parameters('name')]"),
            parameters={"name": {"type": "string", "defaultValue": "a", "DefaultValue": "b"}},
        ),
    ],
)
def test_a_template_key_in_two_spellings_is_refused(tmp_path: Path, content: Any) -> None:
    error = refusal(tmp_path, content)
    assert error.code == "E302"
    assert "duplicate key '" in error.cause
    assert error.cause.endswith("in two spellings")


def test_keys_of_a_template_are_read_in_any_case(tmp_path: Path) -> None:
    secret = {"key": {"Type": "secureString", "DefaultValue": "hunter2"}}
    inner = {"Resources": [vault("kv2")]}
    loop = vault("[concat('kv', copyIndex())]", Copy={"name": "all", "count": 2})
    hidden = vault("never", Condition=False)
    made = nested("inner", {**inner, "$schema": "", "contentVersion": "1.0.0.0"})
    tagged = vault("tagged", properties={"text": "[parameters('key')]"})
    content = template(loop, hidden, made, tagged, parameters=secret)
    with deployed(tmp_path, content) as estate:
        found = resources(estate)
    assert sorted(each.rpartition("/")[2] for each in found) == ["kv0", "kv1", "kv2", "tagged"]
    (shown,) = (each for each in found.values() if each.name == "tagged")
    assert "hunter2" not in str(shown.body)
    assert [path for path, _ in shown.gaps] == [("properties", "text")]


def test_keys_of_loops_outputs_and_functions_are_read_in_any_case(tmp_path: Path) -> None:
    inner = {
        "$schema": "",
        "contentVersion": "1.0.0.0",
        "Parameters": {"text": {"Type": "string"}},
        "resources": [],
        "Outputs": {
            "one": {"Type": "string", "Value": "[parameters('text')]"},
            "all": {"Type": "array", "Copy": {"Count": 2, "Input": "[copyIndex()]"}},
        },
    }
    made = nested("inner", inner)
    made["properties"] |= {"Parameters": {"text": {"Value": "given"}}}
    made["properties"]["ExpressionEvaluationOptions"] = {"Scope": "Inner"}
    del made["properties"]["expressionEvaluationOptions"]
    loop = {"Name": "list", "Count": 2, "Input": "[copyIndex('list')]"}
    double = {
        "Parameters": [{"Name": "text", "Type": "string"}],
        "Output": {"Type": "string", "Value": "[concat(parameters('text'), parameters('text'))]"},
    }
    said = {
        "Copy": [loop],
        "one": "[reference('inner').outputs.one.value]",
        "all": "[reference('inner').outputs.all.value]",
        "looped": "[variables('list')]",
        "twice": "[own.double('a')]",
    }
    content = template(
        made,
        vault(properties=said),
        variables={"Copy": [loop]},
        functions=[{"Namespace": "own", "Members": {"double": double}}],
    )
    with deployed(tmp_path, content) as estate:
        (found,) = resources(estate).values()
    assert properties_of(found) == {
        "list": [0, 1],
        "one": "given",
        "all": [0, 1],
        "looped": [0, 1],
        "twice": "aa",
    }


def predicted_twice(folder: Path, kind: str, *bodies: dict[str, Any]) -> Resource:
    documents: list[dict[str, Any]] = [{"id": VAULT_ID, "name": "kv", **each} for each in bodies]
    changes = [
        {"resourceId": VAULT_ID, "changeType": "Create", "after": each} for each in documents
    ]
    content = {"snapshot": {"predictedResources": documents}, "what-if": {"changes": changes}}
    path = folder / f"{kind}.json"
    path.write_text(json.dumps(content[kind]), "utf-8")
    with closing(Files((path,)).collect(Scope())) as estate:
        (found,) = estate.of_type(KEY_VAULT)
    return found


@pytest.mark.parametrize("kind", ["snapshot", "what-if"])
@pytest.mark.parametrize(("first", "second"), [(OPEN, SHUT), (SHUT, OPEN), (OPEN, {}), ({}, OPEN)])
def test_where_two_predictions_of_a_resource_differ_nothing_is_known(
    tmp_path: Path, kind: str, first: dict[str, Any], second: dict[str, Any]
) -> None:
    both = {"location": "westeurope", "apiVersion": "2024-11-01"}
    later = {**both, "apiVersion": "2023-07-01", "tags": {"a": "b"}}
    found = predicted_twice(
        tmp_path,
        kind,
        {**both, "properties": {**first, "enableRbacAuthorization": True}},
        {**later, "properties": {**second, "enableRbacAuthorization": True}},
    )
    assert {path for path, _ in found.gaps} == {("properties", "publicnetworkaccess"), ("tags",)}
    assert all("declared twice" in gap.detail for _, gap in found.gaps)
    assert properties_of(found)["enableRbacAuthorization"] is True
    assert found.body["location"] == "westeurope"


@pytest.mark.parametrize("kind", ["snapshot", "what-if"])
def test_two_predictions_that_agree_are_one(tmp_path: Path, kind: str) -> None:
    found = predicted_twice(tmp_path, kind, *[{"apiVersion": "2024-11-01", "properties": SHUT}] * 2)
    assert found.gaps == ()
    assert properties_of(found)["publicNetworkAccess"] == "Disabled"


def test_a_prediction_without_properties_hides_those_of_another(tmp_path: Path) -> None:
    found = predicted_twice(tmp_path, "what-if", {"properties": SHUT}, {})
    assert ("properties",) in dict(found.gaps)


def test_two_predictions_for_different_versions_have_the_defaults_of_neither(
    tmp_path: Path,
) -> None:
    versions = ({"apiVersion": each, "properties": SHUT} for each in ("2024-11-01", "2026-02-01"))
    found = predicted_twice(tmp_path, "what-if", *versions)
    assert ("properties", "enablerbacauthorization") in dict(found.gaps)
