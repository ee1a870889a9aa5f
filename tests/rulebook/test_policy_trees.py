"""Trees of assignments, in the layout of Enterprise Policy as Code."""

import json
from pathlib import Path
from typing import Any

import pytest

from amlaudit.core.verdict import Status
from amlaudit.engine.evaluate import judge
from amlaudit.rulebook.policy_files import policies_of, policy_files
from amlaudit.rulebook.policy_rules import load_policies
from amlaudit.rulebook.policy_trees import assignments_in
from tests.estates import GROUP, SUBSCRIPTION, estate, resource

TYPE = "Test.Provider/things"
DEFINITION = {
    "name": "require-tag",
    "properties": {
        "mode": "All",
        "parameters": {"tagName": {"type": "String"}},
        "policyRule": {
            "if": {
                "allOf": [
                    {"field": "type", "equals": TYPE},
                    {"field": "[concat('tags[', parameters('tagName'), ']')]", "exists": "false"},
                ]
            },
            "then": {"effect": "audit"},
        },
    },
}
ENTRY = {"definitionEntry": {"policyName": "require-tag"}}
HERE = {"tenant": [SUBSCRIPTION]}


def leaf(name: str, **said: Any) -> dict[str, Any]:
    return {"nodeName": name, "assignment": {"name": name, "displayName": "x"}, **said}


def found(tree: dict[str, Any]) -> list[tuple[str, dict[str, Any]]]:
    return [(each["name"], each["properties"]) for each in assignments_in(tree)]


def test_a_tree_gives_its_values_to_what_it_assigns(tmp_path: Path) -> None:
    (tmp_path / "d.jsonc").write_text(json.dumps(DEFINITION), "utf-8")
    leaves = [leaf(each, parameters={"tagName": each}) for each in ("owner", "env")]
    tree = {"nodeName": "/tags/", "scope": HERE, **ENTRY, "children": leaves}
    (tmp_path / "a.jsonc").write_text(json.dumps(tree), "utf-8")
    assert policy_files(tmp_path) == [tmp_path / "d.jsonc"]
    rules = load_policies(tmp_path)[1]
    body = {"type": TYPE, "tags": {"owner": "x"}}
    thing = resource(f"{GROUP}/providers/test.provider/things/t", body)
    verdicts = {each.id: judge(each, thing, estate(thing)).status for each in rules}
    assert verdicts == {"require-tag@owner": Status.PASS, "require-tag@env": Status.FAIL}


def test_settings_of_a_node_apply_beneath_it() -> None:
    override = {"kind": "policyEffect", "value": "Disabled"}
    tree = {
        "nodeName": "/",
        **ENTRY,
        "parameters": {"a": 1, "B": 2},
        "scope": {"dev": ["/subscriptions/1"], "prod": ["/subscriptions/2", "/subscriptions/3"]},
        "notScope": {"*": ["/subscriptions/1/resourceGroups/x"]},
        "overrides": [override],
        "resourceSelectors": [{"name": "all"}],
        "children": [
            leaf("one", parameters={"b": 3, "c": [4]}, notScopes=["/subscriptions/2/y"]),
            leaf("two", scope="/subscriptions/4", overrides=[{"kind": "policyEffect"}]),
            "no node",
        ],
    }
    one, *others, two = found(tree)
    assert [one[0], *(name for name, _ in others), two[0]] == ["one", "one", "one", "two"]
    assert [each["scope"] for _, each in (one, *others, two)] == [
        f"/subscriptions/{number}" for number in (1, 2, 3, 4)
    ]
    assert one[1] == {
        "policyDefinitionId": "require-tag",
        "scope": "/subscriptions/1",
        "notScopes": ["/subscriptions/1/resourceGroups/x", "/subscriptions/2/y"],
        "parameters": {"a": {"value": 1}, "b": {"value": 3}, "c": {"value": [4]}},
        "overrides": [override],
        "resourceSelectors": [{"name": "all"}],
    }
    assert two[1]["parameters"] == {"a": {"value": 1}, "b": {"value": 2}}
    assert two[1]["overrides"] == [override, {"kind": "policyEffect"}]


@pytest.mark.parametrize(
    ("entry", "name", "assigned"),
    [
        ({"policyName": "p", "assignment": {"name": "e-"}}, "e-n", "p"),
        ({"policySetName": "s", "assignment": {"name": "-e", "append": True}}, "n-e", "s"),
        ({"policySetId": "/x/s", "assignment": {"name": "e-", "append": False}}, "e-n", "/x/s"),
        ({"InitiativeId": "/x/i", "assignment": "none"}, "n", "/x/i"),
        ({"policyId": "/x/p"}, "n", "/x/p"),
        ({"displayName": "nothing"}, "n", None),
    ],
)
def test_an_entry_adds_to_the_name_of_the_assignment(
    entry: dict[str, Any], name: str, assigned: str | None
) -> None:
    ((told, properties),) = found({"definitionEntryList": [entry], **leaf("n")})
    assert (told, properties["policyDefinitionId"]) == (name, assigned)
    assert properties["scope"] is None


def test_values_that_lie_in_a_table_are_not_known(tmp_path: Path) -> None:
    tree = {
        "nodeName": "/",
        **ENTRY,
        "parameterFile": "values.csv",
        "children": [leaf("n", parameters={"tagName": "x"})],
    }
    (tmp_path / "a.json").write_text(json.dumps(tree), "utf-8")
    (tmp_path / "d.json").write_text(json.dumps(DEFINITION), "utf-8")
    (policy,) = policies_of(tmp_path / "d.json")
    assert "only a deployment computes what the assignment n gives" in getattr(policy, "why", "")


def test_assignments_of_one_name_go_by_their_scopes(tmp_path: Path) -> None:
    tree = {**leaf("n", parameters={"tagName": "x"}), **ENTRY}
    scopes = ["/providers/Microsoft.Management/managementGroups/Corp", SUBSCRIPTION, "${unknown}"]
    (tmp_path / "a.json").write_text(json.dumps({**tree, "scope": {"all": scopes}}), "utf-8")
    (tmp_path / "d.json").write_text(json.dumps(DEFINITION), "utf-8")
    names = [each.id for each in policies_of(tmp_path / "d.json")]
    last = SUBSCRIPTION.rpartition("/")[2]
    assert names == ["require-tag@n@corp", f"require-tag@n@{last}", "require-tag@n"]
