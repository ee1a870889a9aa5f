"""Rules of the kinds that people publish: each on a compliant and on a non-compliant resource.

The constructs are those of public collections; rules and resources are made up.
"""

from typing import Any

import pytest

from amlaudit.rulebook.policy_cases import evaluate_case

SUBSCRIPTION = "/subscriptions/00000000-0000-0000-0000-000000000001"
VNET = "Microsoft.Network/virtualNetworks"
SECURITY_RULE = "Microsoft.Network/networkSecurityGroups/securityRules"
SCALE_SET = "Microsoft.Compute/virtualMachineScaleSets"
STORAGE = "Microsoft.Storage/storageAccounts"
EXEMPTION = "Microsoft.Authorization/policyExemptions"
ENDPOINT = "Microsoft.Network/privateEndpoints"
ROLE = "Microsoft.Authorization/roleDefinitions"


def of(arm_type: str, *conditions: Any) -> dict[str, Any]:
    return {"allOf": [{"field": "type", "equals": arm_type}, *conditions]}


def outcome(condition: Any, arm_type: str, properties: object, **parameters: object) -> str:
    kinds = {list: "Array", int: "Integer"}
    declared = {
        name: {"type": kinds.get(type(value), "String"), "defaultValue": value}
        for name, value in parameters.items()
    }
    provider, *types = arm_type.split("/")
    path = "/".join(f"{each}/case-app" for each in types)
    case = {
        "policy": {
            "mode": "All",
            "parameters": declared,
            "policyRule": {"if": condition, "then": {"effect": "audit"}},
        },
        "resource": {
            "type": arm_type,
            "name": "case-app",
            "id": f"{SUBSCRIPTION}/resourceGroups/rg/providers/{provider}/{path}",
            "properties": properties,
        },
        "context": {"utcNow": "2026-01-01T00:00:00Z"},
    }
    return evaluate_case(case, "case").state.value


PORT = f"{SECURITY_RULE}/destinationPortRange"
HOLDS_SSH = {
    "anyOf": [
        {
            "value": f"[if(contains(field('{PORT}'), '-'), "
            f"and(lessOrEquals(int(first(split(field('{PORT}'), '-'))), 22), "
            f"greaterOrEquals(int(last(split(field('{PORT}'), '-'))), 22)), "
            f"equals(field('{PORT}'), '22'))]",
            "equals": "true",
        },
        {"not": {"field": f"{PORT}s[*]", "notEquals": "22"}},
    ]
}


@pytest.mark.parametrize(
    ("properties", "expected"),
    [
        ({"destinationPortRange": "22"}, "nonCompliant"),
        ({"destinationPortRange": "20-30"}, "nonCompliant"),
        ({"destinationPortRange": "80-90"}, "compliant"),
        ({"destinationPortRanges": ["80", "22"]}, "nonCompliant"),
        ({"destinationPortRanges": ["80", "443"]}, "compliant"),
        ({"destinationPortRange": "x-y"}, "error"),
    ],
)
def test_a_port_within_a_range(properties: dict[str, Any], expected: str) -> None:
    assert outcome(of(SECURITY_RULE, HOLDS_SSH), SECURITY_RULE, properties) == expected


ADDRESS = f"{STORAGE}/networkAcls.ipRules[*]"
OUTSIDE = {
    "count": {
        "field": ADDRESS,
        "where": {
            "count": {
                "value": "[parameters('allowed')]",
                "name": "range",
                "where": {
                    "value": f"[ipRangeContains(current('range'), current('{ADDRESS}.value'))]",
                    "equals": True,
                },
            },
            "less": 1,
        },
    },
    "greater": 0,
}


@pytest.mark.parametrize(
    ("addresses", "expected"),
    [
        (["40.0.1.1", "10.9.0.0/16"], "compliant"),
        (["40.0.1.1", "41.0.0.1"], "nonCompliant"),
        (["2001:db8::1"], "error"),
        ([], "compliant"),
    ],
)
def test_a_range_in_each_of_the_allowed_ones(addresses: list[str], expected: str) -> None:
    properties = {"networkAcls": {"ipRules": [{"value": each} for each in addresses]}}
    allowed = ["10.0.0.0/8", "40.0.0.0/16"]
    assert outcome(of(STORAGE, OUTSIDE), STORAGE, properties, allowed=allowed) == expected


NAMED = f"{VNET}/subnets[*]"
SUFFIX = {
    "count": {
        "field": NAMED,
        "where": {
            "value": f"[endsWith(string(field('{NAMED}.networkSecurityGroup.id')), "
            f"concat(last(split(first(field('{NAMED}.name')), '-')), '\"]'))]",
            "equals": False,
        },
    },
    "greater": 0,
}


@pytest.mark.parametrize(("group", "expected"), [("nsg-app", "compliant"), ("x", "nonCompliant")])
def test_an_array_of_one_as_text(group: str, expected: str) -> None:
    inner = {"networkSecurityGroup": {"id": f"/x/networkSecurityGroups/{group}"}}
    properties = {"subnets": [{"name": "snet-app", "properties": inner}]}
    assert outcome(of(VNET, SUFFIX), VNET, properties) == expected


EXTENSIONS = f"{SCALE_SET}/virtualMachineProfile.extensionProfile.extensions[*].type"
APPROVED = {"notIn": "[parameters('approved')]"}
ON_BOTH = {
    "anyOf": [
        of(f"{SCALE_SET}/extensions", {"field": f"{SCALE_SET}/extensions/type", **APPROVED}),
        {"allOf": [{"field": EXTENSIONS, **APPROVED}, {"field": EXTENSIONS, "exists": True}]},
    ]
}


@pytest.mark.parametrize(
    ("arm_type", "kind", "expected"),
    [
        (f"{SCALE_SET}/extensions", "bad", "nonCompliant"),
        (f"{SCALE_SET}/extensions", "GOOD", "compliant"),
        (SCALE_SET, "bad", "nonCompliant"),
        (SCALE_SET, "good", "compliant"),
        (STORAGE, "bad", "compliant"),
    ],
)
def test_a_rule_on_a_child_and_on_the_list_of_its_parent(
    arm_type: str, kind: str, expected: str
) -> None:
    member = {"name": "e", "properties": {"type": kind}}
    profile = {"extensionProfile": {"extensions": [member]}}
    properties = {"type": kind, "virtualMachineProfile": profile}
    assert outcome(ON_BOTH, arm_type, properties, approved=["Good"]) == expected


EXPIRES = f"{EXEMPTION}/expiresOn"
LONG = {
    "anyOf": [
        {"field": EXPIRES, "exists": False},
        {"field": EXPIRES, "greaterOrEquals": "[addDays(utcNow(), parameters('days'))]"},
    ]
}


@pytest.mark.parametrize(
    ("properties", "expected"),
    [
        ({}, "nonCompliant"),
        ({"expiresOn": "2030-01-01T00:00:00Z"}, "nonCompliant"),
        ({"expiresOn": "2026-02-01T00:00:00Z"}, "compliant"),
    ],
)
def test_a_date_some_days_from_now(properties: dict[str, Any], expected: str) -> None:
    assert outcome(of(EXEMPTION, LONG), EXEMPTION, properties, days=90) == expected


LINKS = f"{ENDPOINT}/privateLinkServiceConnections"
ELSEWHERE = [
    {
        "field": f"{LINKS}[*].privateLinkServiceId",
        "notContains": "[concat('/subscriptions/', split(field('id'), '/')[2])]",
    },
    {"value": f"[length(field('{LINKS}'))]", "greater": 0},
]


@pytest.mark.parametrize(
    ("targets", "expected"),
    [
        ([f"{SUBSCRIPTION}/x"], "compliant"),
        (["/subscriptions/other/x"], "nonCompliant"),
        (None, "compliant"),
    ],
)
def test_a_part_of_the_own_id(targets: list[str] | None, expected: str) -> None:
    members = [{"properties": {"privateLinkServiceId": each}} for each in targets or ()]
    links = None if targets is None else members
    properties = {"privateLinkServiceConnections": links}
    assert outcome(of(ENDPOINT, *ELSEWHERE), ENDPOINT, properties) == expected


ALL_ACTIONS = {"not": {"field": f"{ROLE}/permissions[*].actions[*]", "notEquals": "*"}}


@pytest.mark.parametrize(
    ("actions", "expected"),
    [([["a/read"], ["*"]], "nonCompliant"), ([["a/read"]], "compliant"), ([], "compliant")],
)
def test_a_list_within_a_list(actions: list[list[str]], expected: str) -> None:
    permissions = [{"actions": each} for each in actions]
    assert outcome(of(ROLE, ALL_ACTIONS), ROLE, {"permissions": permissions}) == expected


DISK = "Microsoft.Compute/disks"
FROM_UBUNTU = {
    "allOf": [
        {"field": "Microsoft.Compute/imagePublisher", "equals": "canonical"},
        {"field": "Microsoft.Compute/imageSku", "like": "14.04*"},
    ]
}
IMAGE = "/Subscriptions/x/Providers/Microsoft.Compute/Locations/westus/Publishers/Canonical"


@pytest.mark.parametrize(
    ("image", "expected"),
    [
        (f"{IMAGE}/ArtifactTypes/VMImage/Offers/UbuntuServer/Skus/14.04.2-LTS", "compliant"),
        (f"{IMAGE}/ArtifactTypes/VMImage/Offers/UbuntuServer/Skus/16.04-LTS", "nonCompliant"),
        ("/subscriptions/x/resourceGroups/g/providers/M/images/own", "nonCompliant"),
        ("/Publishers", "nonCompliant"),
        (None, "nonCompliant"),
    ],
)
def test_the_image_of_a_disk_is_in_the_id_that_it_refers_to(
    image: str | None, expected: str
) -> None:
    properties = {"creationData": {"imageReference": {"id": image}}}
    assert outcome(of(DISK, {"not": FROM_UBUNTU}), DISK, properties) == expected


VERSION = "Microsoft.Compute/galleries/images/versions"
REGION = f"{VERSION}/publishingProfile.targetRegions[*]"
NOT_IN_ALL = {
    "value": f"[length(field('{REGION}.encryption.osDiskImage.diskEncryptionSetId'))]",
    "notEquals": f"[length(field('{REGION}'))]",
}


@pytest.mark.parametrize(
    ("sets", "expected"),
    [(["/a", "/b"], "compliant"), (["/a", None], "nonCompliant"), ([], "compliant")],
)
def test_fewer_values_than_members(sets: list[str | None], expected: str) -> None:
    images = [{"osDiskImage": {"diskEncryptionSetId": each}} for each in sets]
    regions = [{"name": "region", "encryption": image} for image in images]
    properties = {"publishingProfile": {"targetRegions": regions}}
    assert outcome(of(VERSION, NOT_IN_ALL), VERSION, properties) == expected


BEGINS = {
    "count": {
        "value": ["vm", "case"],
        "name": "prefix",
        "where": {"value": "[split(field('name'), '-')[0]]", "like": "[current('prefix')]"},
    },
    "notEquals": 1,
}


def test_a_name_of_agreed_parts() -> None:
    assert outcome(BEGINS, STORAGE, {}) == "compliant"
    assert outcome({"not": BEGINS}, STORAGE, {}) == "nonCompliant"
    third = {"value": "[split(field('name'), '-')[2]]", "equals": "x"}
    assert outcome(third, STORAGE, {}) == "error"
