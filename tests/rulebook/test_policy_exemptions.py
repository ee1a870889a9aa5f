"""An exemption marks what fails, and changes no verdict."""

import json
from pathlib import Path
from typing import Any

import pytest

from amlaudit.core.verdict import Status, Verdict
from amlaudit.engine.evaluate import judge
from amlaudit.rulebook.policy_rules import load_policies
from tests.estates import GROUP, SUBSCRIPTION, estate, resource

TYPE = "Test.Provider/things"
THING_ID = f"{GROUP}/providers/test.provider/things/thing"
AUTHORIZATION = "providers/Microsoft.Authorization"
RULE = {
    "if": {
        "allOf": [
            {"field": "type", "equals": TYPE},
            {"field": f"{TYPE}/public", "equals": "on"},
        ]
    },
    "then": {"effect": "audit"},
}
SET = {
    "policyDefinitions": [
        {"policyDefinitionId": "/x/p", "policyDefinitionReferenceId": "One"},
        {"policyDefinitionId": "/x/p", "policyDefinitionReferenceId": "Two"},
    ]
}
PLAIN = (
    "properties.public is on (equals on); "
    f"the path of {TYPE}/public follows from a rule of thumb, not from a table"
)
MARK = "exempted by Rebuilt weekly (waiver) until 2027-01-01T00:00:00Z: Ends with the pilot."


def exemption(scope: str = GROUP, of: str = SUBSCRIPTION, **properties: object) -> dict[str, Any]:
    return {
        "id": f"{scope}/{AUTHORIZATION}/policyExemptions/e",
        "name": "e",
        "type": "Microsoft.Authorization/policyExemptions",
        "properties": {
            "policyAssignmentId": f"{of}/{AUTHORIZATION}/policyAssignments/A",
            "exemptionCategory": "Waiver",
            "displayName": "Rebuilt weekly",
            "description": "Ends with the pilot.",
            "expiresOn": "2027-01-01T00:00:00Z",
            **properties,
        },
    }


def verdicts(folder: Path, exempt: object, of: str = "p", public: str = "on") -> dict[str, Verdict]:
    """Return the verdicts of a definition, assigned directly or as two members of a set."""
    assignment = {"policyDefinitionId": f"/x/{of}", "scope": SUBSCRIPTION}
    for name, document in {
        "p": {"name": "p", "properties": {"mode": "All", "policyRule": RULE}},
        "s": {"name": "s", "properties": SET},
        "a": {"name": "a", "type": "x/policyAssignments", "properties": assignment},
        "e": exempt,
    }.items():
        (folder / f"{name}.json").write_text(json.dumps(document), "utf-8")
    thing = resource(THING_ID, {"type": TYPE, "properties": {"public": public}})
    rules = load_policies(folder)[1]
    return {rule.id: judge(rule, thing, estate(thing)) for rule in rules}


def test_what_fails_is_marked_and_fails_all_the_same(tmp_path: Path) -> None:
    verdict = verdicts(tmp_path, exemption())["p"]
    assert verdict.status is Status.FAIL
    assert verdict.message == f"{PLAIN}; {MARK}"


def test_what_passes_is_not_marked(tmp_path: Path) -> None:
    verdict = verdicts(tmp_path, exemption(), public="off")["p"]
    assert verdict.status is Status.PASS
    assert "exempt" not in verdict.message


@pytest.mark.parametrize(
    "shown",
    [
        [exemption()],
        {"value": [exemption()]},
        {key: each for key, each in exemption().items() if key != "properties"}
        | exemption()["properties"],
        {"resources": [exemption()]},
        exemption(scope=THING_ID.upper().replace("/SUBSCRIPTIONS", "/subscriptions")),
        exemption(of=SUBSCRIPTION.upper().replace("/SUBSCRIPTIONS", "/subscriptions")),
    ],
)
def test_an_exemption_may_be_written_as_azure_shows_it(shown: object, tmp_path: Path) -> None:
    assert MARK in verdicts(tmp_path, shown)["p"].message


@pytest.mark.parametrize(
    "other",
    [
        exemption(scope=f"{GROUP}2"),
        exemption(of="/subscriptions/other"),
        exemption(policyAssignmentId=f"{SUBSCRIPTION}/{AUTHORIZATION}/policyAssignments/other"),
        exemption(
            resourceSelectors=[{"selectors": [{"kind": "resourceType", "in": ["Other/things"]}]}]
        ),
        exemption(policyDefinitionReferenceIds=["One"]),
        exemption(policyAssignmentId=None),
        exemption(exemptionCategory=None),
    ],
)
def test_an_exemption_of_another_assignment_marks_nothing(
    other: dict[str, Any], tmp_path: Path
) -> None:
    verdict = verdicts(tmp_path, other)["p"]
    assert verdict.status is Status.FAIL
    assert verdict.message == PLAIN


@pytest.mark.parametrize(
    ("ends", "said"),
    [
        (
            "2026-01-01T00:00:01Z",
            "; exempted by Rebuilt weekly (waiver) until 2026-01-01T00:00:01Z",
        ),
        ("2026-01-01T00:00:00Z", "; no longer exempted by Rebuilt weekly (waiver) until 2026"),
        ("2025-12-31", "; no longer exempted by Rebuilt weekly (waiver) until 2025-12-31:"),
        ("some day", "; exempted by Rebuilt weekly (waiver) until some day:"),
    ],
)
def test_an_expired_exemption_is_marked_as_such(ends: str, said: str, tmp_path: Path) -> None:
    assert said in verdicts(tmp_path, exemption(expiresOn=ends))["p"].message


def test_whether_what_had_ended_was_for_a_resource_does_not_matter(tmp_path: Path) -> None:
    vague = exemption(scope="/providers/Microsoft.Management/managementGroups/g")
    assert "is unknown" in verdicts(tmp_path, vague)["p"].message
    vague["properties"]["expiresOn"] = "2025-01-01"
    assert verdicts(tmp_path, vague)["p"].message == PLAIN


def test_an_exemption_may_be_from_some_members_of_a_set(tmp_path: Path) -> None:
    found = verdicts(tmp_path, exemption(policyDefinitionReferenceIds=["ONE", "x"]), of="s")
    assert MARK in found["One"].message
    assert "exempt" not in found["Two"].message
    whole = verdicts(tmp_path, exemption(policyDefinitionReferenceIds=[]), of="s")
    assert all(MARK in whole[each].message for each in ("One", "Two"))


@pytest.mark.parametrize(
    "vague",
    [
        exemption() | {"id": ""},
        exemption() | {"id": "", "scope": "[subscription().id]"},
        exemption(scope="/providers/Microsoft.Management/managementGroups/corp"),
        exemption(resourceSelectors=[{"selectors": [{"kind": "userPrincipalId", "in": ["x"]}]}]),
    ],
)
def test_whether_an_exemption_is_for_a_resource_may_not_be_known(
    vague: dict[str, Any], tmp_path: Path
) -> None:
    verdict = verdicts(tmp_path, vague)["p"]
    assert verdict.status is Status.FAIL
    assert verdict.message.endswith(
        "; whether the exemption Rebuilt weekly applies to the resource is unknown"
    )


def test_an_exemption_without_display_name_uses_its_name_or_that_of_its_file(
    tmp_path: Path,
) -> None:
    bare = exemption(displayName=None, description=None, expiresOn=None)
    assert verdicts(tmp_path, bare)["p"].message.endswith("; exempted by e (waiver)")
    (tmp_path / "Own.json").write_text(json.dumps(bare | {"name": None}), "utf-8")
    assert "; exempted by Own (waiver)" in verdicts(tmp_path, {})["p"].message


def code(**more: object) -> dict[str, Any]:
    own = {"exemptionCategory": "Waiver", "displayName": "Rebuilt weekly", "name": "e"}
    return {"exemptions": [own | more, "none", {"name": "other"}]}


@pytest.mark.parametrize(
    ("told", "of"),
    [
        (
            {
                "policyAssignmentId": f"{SUBSCRIPTION}/{AUTHORIZATION}/policyAssignments/a",
                "scope": GROUP,
            },
            "p",
        ),
        ({"policyDefinitionName": "P", "scopes": ["/subscriptions/other", GROUP]}, "p"),
        ({"policyDefinitionId": "/x/policyDefinitions/p", "scopes": [f"mine:{GROUP}"]}, "p"),
        ({"policySetDefinitionName": "s", "scope": SUBSCRIPTION}, "s"),
        ({"policySetDefinitionId": "/x/s", "scope": SUBSCRIPTION}, "s"),
    ],
)
def test_exemptions_of_policies_as_code_are_read(
    told: dict[str, Any], of: str, tmp_path: Path
) -> None:
    found = verdicts(tmp_path, code(**told), of)
    fails = [found["p"]] if of == "p" else [found["One"], found["Two"]]
    assert {each.message for each in fails} == {f"{PLAIN}; exempted by Rebuilt weekly (waiver)"}


@pytest.mark.parametrize(
    "told",
    [
        {"policyDefinitionName": "other", "scope": GROUP},
        {"policyDefinitionName": "p"},
        {"policyDefinitionName": 5, "scope": GROUP},
        {"scope": GROUP},
    ],
)
def test_exemptions_as_code_of_another_assignment_mark_nothing(
    told: dict[str, Any], tmp_path: Path
) -> None:
    assert verdicts(tmp_path, code(**told))["p"].message == PLAIN


def test_a_scope_that_is_not_text_is_unknown(tmp_path: Path) -> None:
    message = verdicts(tmp_path, code(policyDefinitionName="p", scopes=[5]))["p"].message
    assert message.endswith(
        "; whether the exemption Rebuilt weekly applies to the resource is unknown"
    )
