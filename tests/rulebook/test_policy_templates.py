"""Definitions in templates: variables are evaluated, other computed values are unknown."""

import json
from pathlib import Path
from typing import Any

import pytest

from amlaudit.core.errors import AmlauditError
from amlaudit.core.gap import Reason
from amlaudit.core.verdict import Status, Verdict
from amlaudit.engine.evaluate import judge
from amlaudit.engine.policy.definition import Absent
from amlaudit.rulebook import policy_documents, policy_template_values, policy_templates
from amlaudit.rulebook.checking import validated
from amlaudit.rulebook.policy_files import policies_of, policy_files, read_policies
from amlaudit.rulebook.policy_rules import load_policies
from amlaudit.rulebook.policy_selectors import name_in
from tests.estates import STORAGE_ID, estate, resource
from tests.rulebook.test_policy_files import EFFECT, rule, write

WRITTEN = {"name": "written", "properties": {"policyRule": rule(), "parameters": EFFECT}}


def deploying(*resources: dict[str, Any], **variables: object) -> dict[str, Any]:
    """Return a template that creates definitions, escaped as templates require."""
    kind = {"type": "Microsoft.Authorization/policyDefinitions"}
    text = json.dumps(variables).replace('"[parameters', '"[[parameters')
    return {"variables": json.loads(text), "resources": [kind | each for each in resources]}


@pytest.mark.parametrize(
    "properties",
    [
        "[variables('file').properties]",
        "[variables('FILE')['Properties']]",
        "[variables('all')[0].properties]",
        "[variables('alias').properties]",
        "[json(variables('text')).properties]",
        {"policyRule": "[variables('file').properties.policyRule]", "parameters": EFFECT},
        {"mode": "[variables('mode')]", "policyRule": rule(), "parameters": EFFECT},
    ],
)
def test_what_a_template_takes_from_a_variable_is_read(properties: object, tmp_path: Path) -> None:
    template = deploying(
        {"name": "made", "properties": properties},
        file=WRITTEN, all=["[variables('file')]"], alias="[variables('all')[0]]", mode="All",
    )  # fmt: skip
    template["variables"]["text"] = json.dumps(WRITTEN)
    (found,) = read_policies(write(tmp_path / "main.json", template))
    (plain,) = read_policies(write(tmp_path / "plain.json", WRITTEN))
    assert (found.id, found.condition, found.effect) == ("made", plain.condition, plain.effect)


def test_a_definition_that_a_template_only_references_is_not_part_of_it(tmp_path: Path) -> None:
    template = deploying({"existing": True, "name": "built-in"}, WRITTEN)
    (found,) = read_policies(write(tmp_path / "main.json", template))
    assert found.id == "written"


@pytest.mark.parametrize("count", [2, "[length(variables('all'))]"])
def test_a_loop_in_a_template_creates_a_definition_per_iteration(
    count: object, tmp_path: Path
) -> None:
    made = {
        "copy": {"name": "each", "count": count},
        "name": "[variables('all')[copyIndex()].file.name]",
        "properties": "[variables('all')[copyIndex()].file.properties]",
    }
    other = {**WRITTEN, "name": "other"}
    template = deploying(
        made, all=[{"file": "[variables('one')]"}, {"file": other}], one=WRITTEN
    )  # fmt: skip
    path = write(tmp_path / "main.json", template)
    assert [each.id for each in read_policies(path)] == ["written", "other"]


@pytest.mark.parametrize(
    ("place", "names"),
    [
        ("copyIndex('each')", ["written", "other"]),
        ("copyIndex('EACH', 1)", ["other", "made"]),
        ("copyIndex(1)", ["other", "made"]),
        ("copyIndex('inner')", ["made", "made"]),
        ("copyIndex('each', variables('one'))", ["made", "made"]),
    ],
)
def test_a_round_may_be_called_by_its_loop(place: str, names: list[str]) -> None:
    file = f"[variables('all')[{place}]]"
    made = {"copy": {"Name": "Each", "Count": 2}, "name": "made", "properties": file}
    template = deploying(made, all=[{"name": "written"}, {"name": "other"}], one=1)
    found = [each["properties"] for each in policy_templates.definitions_in(template)]
    told = [each["name"] if isinstance(each, dict) else "made" for each in found]
    assert told == names


def test_a_variable_may_be_created_by_a_loop(tmp_path: Path) -> None:
    names = {
        "name": "made",
        "count": "[length(variables('files'))]",
        "input": {"file": "[variables('files')[copyIndex('made')]]", "place": "[copyIndex()]"},
    }
    unknown = {"name": "other", "count": "[parameters('count')]", "input": 1}
    made = {
        "copy": {"name": "each", "count": "[length(variables('made'))]"},
        "name": "[variables('made')[copyIndex()].file.name]",
        "properties": "[variables('made')[copyIndex()].file.properties]",
    }
    template = deploying(
        made, files=[WRITTEN, {**WRITTEN, "name": "other"}], copy=[names, unknown, {}, 1]
    )  # fmt: skip
    path = write(tmp_path / "main.json", template)
    assert [each.id for each in read_policies(path)] == ["written", "other"]


def test_a_set_may_list_its_definitions_by_a_loop_within_one(tmp_path: Path) -> None:
    one = "[variables('sets')[copyIndex()].members[copyIndex('policyDefinitions')].{}]"
    members = {
        "name": "policyDefinitions",
        "count": "[length(variables('sets')[copyIndex()].members)]",
        "input": {"policyDefinitionId": one.format("id"), "parameters": one.format("given")},
    }
    group = {
        "type": "Microsoft.Authorization/policySetDefinitions",
        "copy": {"name": "sets", "count": "[length(variables('sets'))]"},
        "name": "[variables('sets')[copyIndex()].name]",
        "properties": {"copy": [members], "parameters": EFFECT},
    }
    spelled = "[format('{0}/providers/Microsoft.Authorization/policyDefinitions/written', 'x')]"
    given = {"effect": {"value": "[[parameters('effect')]"}}
    sets = [{"name": "s", "members": [{"id": spelled, "given": given}]}]
    template = deploying(WRITTEN)
    template = {"variables": {"sets": sets}, "resources": [*template["resources"], group]}
    found = policies_of(write(tmp_path / "main.json", template))
    assert [each.id for each in found] == ["written", "written"]
    assert [getattr(each, "bound", None) for each in found] == [
        None, {"effect": "[parameters('effect')]"}
    ]  # fmt: skip


def test_a_loop_with_unknown_count_gives_no_list(tmp_path: Path) -> None:
    loops = [
        {"name": "policyDefinitions", "count": "[parameters('count')]", "input": 1},
        {"name": "known", "count": 1, "input": {"copy": "[copyIndex('known')]"}},
    ]
    kind = {"type": "Microsoft.Authorization/policySetDefinitions", "name": "s"}
    template = {"resources": [{**kind, "properties": {"copy": loops}}]}
    (made,) = policy_templates.definitions_in(template)
    assert made["properties"] == {"copy": [loops[0]], "known": [{"copy": 0}]}
    (found,) = policies_of(write(tmp_path / "main.json", template))
    assert isinstance(found, Absent)
    assert found.why.startswith("policyDefinitions is computed by the template")


@pytest.mark.parametrize(
    ("spelled", "name"),
    [
        ("[concat(variables('scope'), '/x/policyDefinitions/one')]", "one"),
        ("[resourceId('Microsoft.Authorization/policyDefinitions', 'one')]", "one"),
        ("[format('{0}/x/policyDefinitions/{1}', variables('scope'), 'one')]", "one"),
        ("[format('{0}/x/policyDefinitions/one', variables('scope'))]", "one"),
        ("[format('{0}/x/policyDefinitions/{1}', variables('scope'))]", "{1}"),
        ("[format('{0}', concat('/x/', 'one'))]", "one"),
        ("[subscriptionResourceId('x', variables('one'))]", "one"),
        ("[format(]", "format("),
        ("/x/policyDefinitions/one", "one"),
    ],
)
def test_an_id_built_by_a_function_ends_with_the_name(spelled: str, name: str) -> None:
    assert name_in(spelled).lstrip("[") == name


def test_a_loop_may_be_over_the_items_of_an_object(tmp_path: Path) -> None:
    made = {
        "copy": {"name": "each", "count": "[length(items(variables('all')))]"},
        "name": "[items(variables('all'))[copyIndex()].key]",
        "properties": "[items(variables('all'))[copyIndex()].value.properties]",
    }
    path = write(tmp_path / "main.json", deploying(made, all={"b": WRITTEN, "a": WRITTEN}))
    assert [each.id for each in read_policies(path)] == ["a", "b"]


@pytest.mark.parametrize(
    "properties",
    [
        "[variables('absent')]",
        "[items(variables('all'))[0]]",
        "[variables('file').absent]",
        "[variables('all')[1]]",
        "[variables('all')[copyIndex()]]",
        "[json(variables('file'))]",
        "[json(variables('bad'))]",
        "[variables('round')]",
        "[variables(]",
        "[length(variables('absent'))]",
        "[reference('x').properties]",
    ],
)
def test_what_variables_do_not_decide_stays_unknown(properties: str, tmp_path: Path) -> None:
    template = deploying(
        {"name": "made", "properties": properties},
        file=WRITTEN, all=[WRITTEN], bad="{", round="[variables('round')]",
    )  # fmt: skip
    (found,) = policies_of(write(tmp_path / "main.json", template))
    assert isinstance(found, Absent)


def test_a_loop_with_unknown_count_gives_unknown_resources(tmp_path: Path) -> None:
    for count in ("[parameters('count')]", 801):
        made = {"copy": {"count": count}, "name": "made", "properties": "[variables('x')]"}
        (found,) = policies_of(write(tmp_path / "main.json", deploying(made)))
        assert isinstance(found, Absent)


def test_variables_that_unfold_without_end_are_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(policy_template_values, "_MAX_STEPS", 5_000)
    several = {f"v{level}": [f"[variables('v{level + 1}')]"] * 10 for level in range(9)}
    template = deploying({"name": "made", "properties": {"x": "[variables('v0')]"}}, **several)
    with pytest.raises(AmlauditError, match="variables: they come to more than 5000 values"):
        policies_of(write(tmp_path / "main.json", template))


@pytest.mark.parametrize(
    ("properties", "key"),
    [
        ("[variables('policies')[copyIndex()].properties]", "properties"),
        ({"policyRule": "[variables('rule')]", "parameters": EFFECT}, "policyRule"),
        ({"policyRule": rule(), "Parameters": "[parameters('declared')]"}, "Parameters"),
        ({"policyRule": rule(), "parameters": EFFECT, "mode": "[parameters('mode')]"}, "mode"),
        ({"PolicyDefinitions": "[parameters('members')]"}, "PolicyDefinitions"),
        ({"copy": [{"name": "other"}, {"Name": "policyDefinitions"}, 5]}, "policyDefinitions"),
    ],
)
def test_a_definition_that_a_template_computes_is_not_known(
    tmp_path: Path, properties: object, key: str
) -> None:
    made = {"type": "Microsoft.Authorization/policyDefinitions", "name": "made"}
    path = write(tmp_path / "main.json", {"resources": [made | {"properties": properties}]})
    why = f"{key} is computed by the template, which only a deployment does"
    assert policies_of(path) == (Absent("made", why),)
    assert policy_files(tmp_path) == [path]
    assert [(row["status"], row["detail"]) for row in validated(tmp_path)] == [("unsupported", why)]
    member = {"policyDefinitionId": "/x/made"}
    whole = write(tmp_path / "set.json", {"properties": {"policyDefinitions": [member]}})
    assert policies_of(whole) == (
        Absent("made", "no file beside the set or below holds the definition made"),
    )


def test_a_member_that_a_template_computes_is_not_known(tmp_path: Path) -> None:
    write(tmp_path / "written.json", WRITTEN)
    members = ["[parameters('member')]", {"policyDefinitionId": "/x/written"}]
    made = {"type": "x/policySetDefinitions", "name": "s"}
    inner = {"properties": {"policyDefinitions": members}}
    path = write(tmp_path / "main.json", {"resources": [made | inner]})
    first, second = policies_of(path)
    why = (
        "properties.policyDefinitions[0] is computed by the template, which only a deployment does"
    )
    assert (first, second.id) == (Absent("s/0", why), "written")


@pytest.mark.parametrize(
    "conditions",
    [
        {"allOf": "[variables('absent')]"},
        {
            "anyOf": [
                {"field": "name", "equals": "x"},
                "[createObject('field', parameters('name'))]",
            ]
        },
        {"allOf": [{"field": "name", "equals": "x"}, {"copy": [{"name": "anyOf", "count": 2}]}]},
        {"not": "[parameters('condition')]"},
        "[parameters('condition')]",
    ],
)
def test_a_condition_that_a_template_computes_is_not_known(
    conditions: object, tmp_path: Path
) -> None:
    made = {"if": conditions, "then": {"effect": "audit"}}
    template = deploying({"name": "made", "properties": {"policyRule": made}})
    (found,) = policies_of(write(tmp_path / "main.json", template))
    assert isinstance(found, Absent)
    assert found.why.startswith("policyRule.if")
    assert found.why.endswith("is computed by the template, which only a deployment does")


IS_STORAGE = {"field": "type", "equals": "Microsoft.Storage/storageAccounts"}
ESCAPED = {"value": "[[field('name')]", "equals": "[[parameters('named')]"}
NAMED = {"named": {"type": "String", "defaultValue": "other"}}


def verdict_by(folder: Path, template: dict[str, Any], rule_id: str = "made") -> Verdict:
    found = {each.id: each for each in load_policies(write(folder / "main.json", template))[1]}
    account = resource(STORAGE_ID, {"location": "westeurope"})
    return judge(found[rule_id], account, estate(account))


@pytest.mark.parametrize(
    ("condition", "effect"),
    [
        ({"field": "location", "in": "[parameters('locations')]"}, "audit"),
        ({"field": "location", "in": ["[parameters('location')]"]}, "audit"),
        ({"field": "location", "equals": "westeurope"}, "[parameters('effect')]"),
        ({"field": "location", "equals": "[[parameters('wanted')]"}, "audit"),
    ],
)
def test_what_a_template_computes_beside_expressions_of_a_policy_is_not_known(
    condition: dict[str, Any], effect: str, tmp_path: Path
) -> None:
    other: dict[str, Any] = {"not": ESCAPED}
    made = {"if": {"allOf": [IS_STORAGE, other, condition]}, "then": {"effect": effect}}
    wanted: dict[str, Any] = {
        "wanted": {"type": "String", "defaultValue": "[parameters('location')]"}
    }
    properties = {"mode": "All", "policyRule": made, "parameters": NAMED | wanted}
    template = deploying({"name": "made", "properties": properties})
    assert verdict_by(tmp_path, template).reason in (Reason.UNSUPPORTED, Reason.NOT_COLLECTED)
    other["not"] = {"not": ESCAPED}
    decided = effect == "audit"
    assert (verdict_by(tmp_path, template).status is Status.PASS) is decided


@pytest.mark.parametrize(
    "spelled", ["/x/made", "[resourceId('x/policyDefinitions', 'made')]", "[variables('id')]"]
)
def test_a_set_in_a_template_passes_its_values_on(spelled: str, tmp_path: Path) -> None:
    made = {"if": {"allOf": [IS_STORAGE, ESCAPED]}, "then": {"effect": "audit"}}
    declared = NAMED | {"other": {"type": "String"}}
    properties = {"mode": "All", "policyRule": made, "parameters": declared}
    given: dict[str, Any] = {"named": {"value": "[[parameters('account')]"}}
    member: dict[str, Any] = {
        "policyDefinitionId": spelled,
        "policyDefinitionReferenceId": "member",
        "parameters": given,
    }
    outer = {"account": {"type": "String", "defaultValue": STORAGE_ID.rpartition("/")[2]}}
    template = deploying(
        {"name": "made", "properties": properties},
        {
            "type": "x/policySetDefinitions",
            "name": "set",
            "properties": {"parameters": outer, "policyDefinitions": [member]},
        },
        id="[resourceId('x/policyDefinitions', 'made')]",
    )
    assert verdict_by(tmp_path, template).status is Status.PASS
    assert verdict_by(tmp_path, template, "member").status is Status.FAIL
    given |= {"other": given["named"], "named": {"value": "[parameters('account')]"}}
    assert verdict_by(tmp_path, template, "member").status is Status.UNKNOWN


def test_what_a_template_passes_on_altogether_is_not_known(tmp_path: Path) -> None:
    write(tmp_path / "written.json", WRITTEN)
    members = [{"policyDefinitionId": "/x/written", "parameters": "[variables('x')]"}]
    path = write(tmp_path / "set.json", {"properties": {"policyDefinitions": members}})
    (found,) = policies_of(path)
    at = "properties.policyDefinitions[0].parameters"
    assert found == Absent(
        "written", f"{at} is computed by the template, which only a deployment does"
    )


@pytest.mark.parametrize("given", [["x"], 5])
def test_what_a_set_passes_on_is_an_object(given: object, tmp_path: Path) -> None:
    write(tmp_path / "written.json", WRITTEN)
    members = [{"policyDefinitionId": "/x/written", "parameters": given}]
    path = write(tmp_path / "set.json", {"properties": {"policyDefinitions": members}})
    with pytest.raises(
        AmlauditError, match=r"policyDefinitions\[0\]\.parameters: must be an object"
    ):
        policies_of(path)


@pytest.mark.parametrize(
    "spelled",
    [
        "[resourceId('Microsoft.Authorization/policyDefinitions', variables('name'))]",
        "[concat(managementGroup().id, '/policyDefinitions/', Variables( 'NAME' ))]",
        "[variables('id')]",
    ],
)
def test_an_assignment_in_a_template_finds_its_definition_by_a_variable(
    spelled: str, tmp_path: Path
) -> None:
    template = deploying(
        {"name": "[variables('name')]", "properties": WRITTEN["properties"]},
        {
            "type": "Microsoft.Authorization/policyAssignments",
            "name": "assigned",
            "properties": {
                "policyDefinitionId": spelled,
                "parameters": {"effect": {"value": "Deny"}},
            },
        },
        name="deny-x",
        id="[resourceId('Microsoft.Authorization/policyDefinitions', variables('name'))]",
    )
    (found,) = read_policies(write(tmp_path / "main.json", template))
    assert (found.id, found.parameters["effect"].default) == ("deny-x", "Deny")


@pytest.mark.parametrize("name", ["[reference('x')]", ["x"]])
def test_a_variable_that_is_not_text_stays_an_expression(name: object, tmp_path: Path) -> None:
    computed = "[concat('a-', variables('name'))]"
    template = deploying({"name": computed, "properties": WRITTEN["properties"]}, name=name)
    (found,) = read_policies(write(tmp_path / "main.json", template))
    assert found.id == computed


TYPES = {"kinds": ["Web/sites", "Sql/servers"], "on": False, "file": WRITTEN}


def made_by(*resources: dict[str, Any], **variables: object) -> list[dict[str, Any]]:
    """Return what a template deploys, as the service gets it."""
    return [
        dict(each) for each in policy_templates.definitions_in(deploying(*resources, **variables))
    ]


@pytest.mark.parametrize(
    ("written", "values"),
    [
        ("[concat('x.', variables('kinds')[copyIndex()])]", ["x.Web/sites", "x.Sql/servers"]),
        ("[toLower(take(variables('kinds')[copyIndex()], 3))]", ["web", "sql"]),
        (
            "[variables('kinds')[mod(copyIndex(1), length(variables('kinds')))]]",
            ["Sql/servers", "Web/sites"],
        ),
        ("[if(equals(copyIndex(), 0), 'first', variables('kinds')[1])]", ["first", "Sql/servers"]),
        ("[join(variables('kinds'), ',')]", ["Web/sites,Sql/servers"] * 2),
        ("[createArray('a', 'b')[copyIndex()]]", ["a", "b"]),
        ("[string(union(createObject('a', 1), createObject('b', 2)))]", ['{"a":1,"b":2}'] * 2),
    ],
)  # fmt: skip
def test_what_functions_make_of_the_texts_of_a_template_is_known(
    written: str, values: list[str]
) -> None:
    made = {"name": "made", "copy": {"name": "each", "count": 2}, "x": written}
    assert [each["x"] for each in made_by(made, **TYPES)] == values


@pytest.mark.parametrize(
    "written",
    [
        "[if(parameters('on'), 'a', 'b')]",
        "[concat('a', parameters('b'))]",
        "[join(createArray('a', parameters('b')), ',')]",
        "[string(variables('open'))]",
        "[toLower()]",
        "[substring('a')]",
        "[toLower('a', 'b')]",
        "[substring('a', 2)]",
        "[json('{')]",
        "[newGuid()]",
        "[padLeft('a', 200000)]",
    ],
)
def test_what_functions_make_of_what_only_a_deployment_knows_is_left(written: str) -> None:
    (made,) = made_by(
        {"name": "made", "x": written},
        open={"a": "[[parameters('b')]"} | {"c": "[resourceGroup().id]"},
    )
    assert made["x"] == written


X, Y = "lambdaVariables('x')", "lambdaVariables('Y')"
THREE = "createArray('b', 'c', 'a')"


@pytest.mark.parametrize(
    ("written", "value"),
    [
        (f"[map({THREE}, lambda('x', concat({X}, '/', variables('on'))))]", ["b/1", "c/1", "a/1"]),
        (f"[Map({THREE}, lambda('X', 'y', concat({X}, string({Y}))))]", ["b0", "c1", "a2"]),
        (f"[filter({THREE}, lambda('x', not(equals({X}, 'c'))))]", ["b", "a"]),
        (f"[filter({THREE}, lambda('x', 'y', less({Y}, 2)))]", ["b", "c"]),
        (f"[reduce({THREE}, '', lambda('x', 'y', concat({X}, {Y})))]", "bca"),
        (f"[sort({THREE}, lambda('x', 'y', less({X}, {Y})))]", ["a", "b", "c"]),
        (f"[toObject({THREE}, lambda('x', {X}))]", {"b": "b", "c": "c", "a": "a"}),
        (
            f"[toObject(take({THREE}, 1), lambda('x', {X}), lambda('x', toUpper({X})))]",
            {"b": "B"},
        ),
        (
            f"[map({THREE}, lambda('x', length(filter({THREE}, lambda('y', equals({X}, {Y}))))))]",
            [1, 1, 1],
        ),
        (
            f"[map(variables('kept'), lambda('x', createObject('k', {X})))]",
            [{"k": "[[parameters('p')]"}],
        ),
    ],
)
def test_what_lambda_functions_of_a_template_make_of_its_texts_is_known(
    written: str, value: object
) -> None:
    (made,) = made_by({"name": "made", "x": written}, on="1", kept=["[[parameters('p')]"])
    assert made["x"] == value


@pytest.mark.parametrize(
    "written",
    [
        "[map(parameters('p'), lambda('x', 1))]",
        "[map(createArray(1), lambda('x', parameters('p')))]",
        "[map(createArray(1), lambda('x', lambdaVariables('y')))]",
        "[map(createArray(1))]",
        "[map(createArray(1), lambda('x', 1), 2)]",
        "[map()]",
        "[map('a', lambda('x', 1))]",
        "[filter(createArray(1), lambda('x', 'yes'))]",
        "[filter(variables('open'), lambda('x', startsWith(lambdaVariables('x'), 'a')))]",
        "[toObject(variables('open'), lambda('x', lambdaVariables('x')))]",
        "[groupBy(createArray('a'), lambda('x', lambdaVariables('x')))]",
    ],
)
def test_what_a_lambda_function_makes_of_what_only_a_deployment_knows_is_left(written: str) -> None:
    (made,) = made_by({"name": "made", "x": written}, open=["[resourceGroup().id]"])
    assert made["x"] == written


def test_members_that_only_a_deployment_knows_are_handed_on_and_counted() -> None:
    members = ["[resourceGroup().id]", "a"]
    both = {
        "name": "made",
        "x": "[concat(variables('m'), variables('m'))]",
        "y": "[length(variables('m'))]",
    }
    (made,) = made_by(both, m=members)
    assert (made["x"], made["y"]) == (members * 2, 2)


@pytest.mark.parametrize(
    "properties",
    [
        "[json(variables('text')).properties]",
        "[json(replace(string(variables('file')), 'nothing', 'more')).properties]",
        "[union(variables('file').properties, createObject('mode', 'All'))]",
    ],
)
def test_the_expressions_of_a_policy_are_kept_by_the_functions_of_a_template(
    properties: str, tmp_path: Path
) -> None:
    template = deploying({"name": "made", "properties": properties}, file=WRITTEN)
    template["variables"]["text"] = json.dumps(WRITTEN)
    (found,) = read_policies(write(tmp_path / "main.json", template))
    (plain,) = read_policies(write(tmp_path / "plain.json", WRITTEN))
    assert (found.condition, found.effect) == (plain.condition, plain.effect)


def test_a_template_may_put_together_an_expression_of_a_policy(tmp_path: Path) -> None:
    built = "[concat('[', 'parameters(''effect'')', ']')]"
    made = {"if": IS_STORAGE, "then": {"effect": built}}
    template = deploying({"name": "made", "properties": {"policyRule": made, "parameters": EFFECT}})
    (found,) = read_policies(write(tmp_path / "main.json", template))
    assert found.effect == "[parameters('effect')]"


def test_what_a_template_does_not_deploy_is_not_read() -> None:
    conditions = ("[variables('on')]", False, "[not(variables('on'))]", "[parameters('on')]", True)
    several = [{"name": f"{place}", "condition": each} for place, each in enumerate(conditions)]
    other = {"type": "Microsoft.Storage/storageAccounts", "name": "other"}
    found = made_by(*several, other, **TYPES)
    assert [each["name"] for each in found] == ["2", "3", "4"]


def nested(scope: str = "", given: object = None, **more: Any) -> dict[str, Any]:
    """Return a deployment of a template that makes one definition out of two parameters."""
    made = {
        "type": "Microsoft.Authorization/policyDefinitions",
        "name": "[concat(parameters('name'), variables('end'))]",
        "x": "[parameters('x')]",
    }
    template = {
        "parameters": {"name": {"type": "string", "DefaultValue": "made"}, "x": {"type": "string"}},
        "variables": {"end": "-inner"},
        "resources": [made],
    }
    inner = {"template": template, "parameters": given}
    if scope:
        inner["expressionEvaluationOptions"] = {"scope": scope}
    return {"type": "Microsoft.Resources/deployments", "properties": inner, **more}


@pytest.mark.parametrize(
    ("given", "found"),
    [
        ({"x": {"value": "[variables('kinds')[0]]"}}, [("made-inner", "Web/sites")]),
        ({"X": {"Value": 1}, "NAME": {"value": "given"}}, [("given-inner", 1)]),
        (None, [("made-inner", "[parameters('x')]")]),
        (
            {"name": {"value": "[parameters('name')]"}},
            [("[concat(parameters('name'), '-inner')]", "[parameters('x')]")],
        ),
        (
            {"name": {"reference": {"secretName": "s"}}},
            [("[concat(parameters('name'), '-inner')]", "[parameters('x')]")],
        ),
        ("[parameters('all')]", [("[concat(parameters('name'), '-inner')]", "[parameters('x')]")]),
        ({"name": {"value": None}, "x": {"value": 2}}, [("made-inner", 2)]),
    ],
)
def test_a_nested_template_has_the_values_that_it_is_given(
    given: object, found: list[tuple[str, object]]
) -> None:
    template = {"variables": TYPES, "resources": [nested("Inner", given)]}
    made = policy_templates.definitions_in(template)
    assert [(each["name"], each["x"]) for each in made] == found


TEMPLATE = {
    "parameters": {
        "kind": {"type": "string", "defaultValue": "Web/sites"},
        "prefix": {"type": "string", "DefaultValue": "[concat(parameters('kind'), '-x')]"},
        "where": {"type": "string", "defaultValue": "[deployment().location]"},
        "open": {"type": "string"},
    },
    "resources": [
        {
            "type": "Microsoft.Authorization/policyDefinitions",
            "name": "[parameters('prefix')]",
            "a": "[parameters('kind')]",
            "b": "[parameters('open')]",
            "c": "[concat(parameters('where'), '')]",
            "d": "[parameters('undeclared')]",
        }
    ],
}
"""A template with parameters of all kinds."""


def read_beside(folder: Path, parameters: object = None, name: str = "main.parameters") -> object:
    """Return what a template deploys that lies in a folder with a file of its parameters."""
    path = write(folder / "main.json", TEMPLATE)
    if parameters is not None:
        write(folder / f"{name}.json", parameters)
    (made,) = policy_documents.documents_in(policy_documents.with_parameters(TEMPLATE, path))
    return tuple(made[key] for key in ("name", "a", "b"))


def test_a_template_has_the_defaults_of_its_parameters() -> None:
    (made,) = policy_templates.definitions_in(TEMPLATE)
    kept = TEMPLATE["resources"][0]  # type: ignore[index]
    assert (made["name"], made["a"]) == ("Web/sites-x", "Web/sites")
    assert [made[key] for key in "bcd"] == [kept[key] for key in "bcd"]


@pytest.mark.parametrize(
    ("given", "found"),
    [
        ({"kind": {"value": "A/b"}, "Open": {"Value": 5}}, ("A/b-x", "A/b", 5)),
        ({"kind": {"value": None}, "other": {"value": 1}}, ("Web/sites-x", "Web/sites", None)),
        ({"kind": {"reference": {"secretName": "s"}}}, (None, None, None)),
        ({"kind": {"value": "#{kind}#"}, "open": {"value": "$(open)"}}, (None, None, None)),
        ({"kind": {"value": "[concat('a')]"}}, (None, None, None)),
    ],
)
def test_a_template_has_the_values_of_the_file_of_its_parameters(
    given: object, found: tuple[object, ...], tmp_path: Path
) -> None:
    left = ("[concat(parameters('kind'), '-x')]", "[parameters('kind')]", "[parameters('open')]")
    wanted = tuple(
        each if each is not None else kept for each, kept in zip(found, left, strict=True)
    )
    assert read_beside(tmp_path, {"$schema": "x", "parameters": given}) == wanted
    assert read_beside(tmp_path, given) == wanted


def test_a_template_has_no_values_of_the_file_of_another(tmp_path: Path) -> None:
    other = {"kind": {"value": "A/b"}}
    assert read_beside(tmp_path, other, "other.parameters") == read_beside(tmp_path)


def test_a_loop_over_nested_templates_gives_each_its_values() -> None:
    given = {
        "name": {"value": "[concat('n', copyIndex())]"},
        "x": {"value": "[variables('kinds')[copyIndex('Each')]]"},
    }
    loop = {"copy": {"name": "each", "count": 2}}
    template = {"variables": TYPES, "resources": {"several": nested("inner", given, **loop)}}
    made = policy_templates.definitions_in(template)
    assert [(each["name"], each["x"]) for each in made] == [
        ("n0-inner", "Web/sites"),
        ("n1-inner", "Sql/servers"),
    ]


@pytest.mark.parametrize("scope", ["", "outer"])
def test_a_nested_template_without_a_scope_has_the_variables_of_the_one_around_it(
    scope: str,
) -> None:
    deployment = nested(scope, copy={"name": "each", "count": 2})
    (made,) = deployment["properties"]["template"]["resources"]
    made |= {
        "name": "[concat(variables('end'), copyIndex('each'))]",
        "copy": {"name": "own", "count": 1},
    }
    template = {"variables": {"end": "outer"}, "resources": [deployment]}
    found = [each["name"] for each in policy_templates.definitions_in(template)]
    assert found == ["outer0", "outer1"]


def test_functions_with_long_results_are_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(policy_template_values, "_MAX_STEPS", 5_000)
    long = "[length(concat(" + ", ".join(["range(0, 9000)"] * 6) + "))]"
    template = deploying({"name": "made", "properties": {"x": long}})
    with pytest.raises(AmlauditError, match="variables: they come to more than 5000 values"):
        policies_of(write(tmp_path / "main.json", template))
