"""Children shown by parents: if declared separately, they are also in the parent's document."""

from pathlib import Path
from typing import Any

import pytest

from amlaudit.core.gap import Gap, Reason
from amlaudit.core.resource import Resource
from amlaudit.scanners.deployments.parts import is_part, with_part
from tests.estates import GROUP, resource
from tests.scanners.deployments.templates import deployed, properties_of, resources, template

NETWORK = f"{GROUP}/providers/microsoft.network"
GROUP_ID = f"{NETWORK}/networksecuritygroups/nsg"
VAULT_ID = f"{GROUP}/providers/microsoft.keyvault/vaults/kv"
SECURITY = "Microsoft.Network/networkSecurityGroups"


def parent(*rules: str) -> Resource:
    """Return a security group with rules of the given names."""
    return resource(GROUP_ID, {"properties": {"securityRules": [{"name": each} for each in rules]}})


def rule(name: str, *gaps: str, access: str = "Allow") -> Resource:
    """Return a separately declared rule."""
    body = {"name": name, "apiVersion": "x", "properties": {"access": access}}
    return resource(f"{GROUP_ID}/securityrules/{name.lower()}", body, gaps=gaps)


def listed(found: Resource, name: str = "securityRules") -> Any:
    """Return a list in the properties of a resource."""
    properties = found.body["properties"]
    assert isinstance(properties, dict)
    return properties[name]


def paths(found: Resource) -> list[str]:
    """Return the paths of the gaps of a resource."""
    return [".".join(path) for path, _ in found.gaps]


def test_a_rule_by_itself_is_one_of_its_group() -> None:
    found = with_part(parent("first"), rule("ssh"))
    assert is_part(rule("ssh"))
    assert not is_part(parent())
    assert [each["name"] for each in listed(found)] == ["first", "ssh"]
    assert listed(found)[1] == {"name": "ssh", "properties": {"access": "Allow"}}


def test_a_rule_of_the_same_name_is_the_same_rule() -> None:
    found = with_part(parent("first", "SSH", "last"), rule("ssh", access="Deny"))
    assert [each["name"] for each in listed(found)] == ["first", "ssh", "last"]
    assert listed(found)[1]["properties"] == {"access": "Deny"}


def test_a_parent_without_a_list_gets_one() -> None:
    assert listed(with_part(resource(GROUP_ID, {}), rule("ssh")))[0]["name"] == "ssh"


def test_what_is_not_known_of_a_rule_is_not_known_of_the_group() -> None:
    found = with_part(parent("first"), rule("ssh", "properties.access"))
    assert paths(found) == ["properties.securityrules.1.properties.access"]


def test_a_conditional_rule_is_a_conditional_member() -> None:
    doubted = rule("ssh")
    why = Gap(doubted.id, "", Reason.UNRESOLVED, "its condition is not known")
    found = with_part(
        parent(), Resource(doubted.id, doubted.type, "ssh", {}, doubted.origin, (((), why),))
    )
    assert listed(found) == [None]
    assert paths(found) == ["properties.securityrules.0"]


def test_a_list_that_is_not_known_stays_unknown() -> None:
    hidden = resource(GROUP_ID, {}, gaps=("properties",))
    assert with_part(hidden, rule("ssh")) is hidden


@pytest.mark.parametrize(
    ("name", "gaps", "policies", "unknown"),
    [
        ("add", (), ["old", "new"], []),
        ("replace", (), ["new"], []),
        ("add", ("properties.accessPolicies.0.objectId",), ["old", "new"], ["1.objectid"]),
        ("add", ("properties.accessPolicies.0",), ["old", "new"], ["1"]),
    ],
)
def test_access_policies_by_themselves_are_those_of_their_vault(
    name: str, gaps: tuple[str, ...], policies: list[str], unknown: list[str]
) -> None:
    def body(each: str) -> dict[str, Any]:
        return {"properties": {"accessPolicies": [{"objectId": each}]}}

    part = resource(f"{VAULT_ID}/accesspolicies/{name}", body("new"), gaps=gaps)
    found = with_part(resource(VAULT_ID, body("old")), part)
    assert [each["objectId"] for each in listed(found, "accessPolicies")] == policies
    assert paths(found) == [f"properties.accesspolicies.{each}" for each in unknown]


def test_access_policies_that_are_not_known_are_a_member_that_is_not() -> None:
    part = resource(f"{VAULT_ID}/accesspolicies/add", {}, gaps=("properties",))
    found = with_part(resource(VAULT_ID, {"properties": {}}), part)
    assert listed(found, "accessPolicies") == [None]
    assert paths(found) == ["properties.accesspolicies.0"]


def test_a_template_declares_rules_inside_and_beside_their_group(tmp_path: Path) -> None:
    open_rule = {"access": "Allow", "destinationPortRange": "22"}
    inside = {"type": "securityRules", "name": "inside", "properties": open_rule}
    content = template(
        {"type": f"{SECURITY}/securityRules", "name": "nsg/beside", "properties": open_rule},
        {"type": SECURITY, "name": "nsg", "properties": {}, "resources": [inside]},
        {"type": "Microsoft.Network/routeTables/routes", "name": "rt/alone", "properties": {}},
    )
    with deployed(tmp_path, content) as estate:
        found = resources(estate)["microsoft.network/networksecuritygroups/nsg"]
    assert [each["name"] for each in properties_of(found)["securityRules"]] == ["beside", "inside"]
