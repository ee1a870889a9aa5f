"""What a company sets decides: rules of identity and governance, judged with and without it."""

from collections.abc import Mapping

import pytest

from amlaudit.core.conditions import ParameterValue
from amlaudit.core.rule import Rule
from amlaudit.core.verdict import Status
from amlaudit.resources import shipped
from amlaudit.rulebook.cases import read_cases
from amlaudit.rulebook.packs import cases_of, load_pack

FOLDER = shipped("rules")
CASE = "/subscriptions/00000000-0000-0000-0000-000000000001"
WIDE = f"{CASE}/providers/microsoft.authorization/roleassignments/role-assignments-0"
SHARED = (
    f"{CASE}/resourceGroups/rg-case/providers/Microsoft.ManagedIdentity"
    "/userAssignedIdentities/identities-0"
)
NONE = "not_applicable"


def rule_with(rule_id: str, settings: Mapping[str, ParameterValue]) -> Rule:
    _, rules = load_pack(FOLDER, "built-in", settings)
    (rule,) = (each for each in rules if each.id == rule_id)
    return rule


@pytest.mark.parametrize(
    ("rule_id", "case", "settings", "verdict"),
    [
        ("AML1302", "the identity of the system", {"environments": ("dev",)}, NONE),
        (
            "AML1303",
            "contributor on the group, as older workspaces have it",
            {"accepted_roles": ("B24988AC-6180-42a0-ab88-20f7382dd24c",)},
            "pass",
        ),
        ("AML1304", "four owners", {"max_owners": 4}, "pass"),
        ("AML1304", "nobody owns it", {"min_owners": 0}, "pass"),
        ("AML1305", "a group that owns for ever", {"privileged_roles": ("another",)}, "pass"),
        (
            "AML1305",
            "a group that owns for ever",
            {"break_glass_principals": ("11111111-0000-0000-0000-000000000001",)},
            "pass",
        ),
        ("AML1308", "a foreign group that writes", {"allowed_guests": ("THEM",)}, "pass"),
        ("AML1308", "a user who writes may be a guest", {"allowed_guests": ("user",)}, "pass"),
        (
            "AML1309",
            "a data scientist of the whole subscription",
            {"allowed_wide_assignments": (WIDE,)},
            "pass",
        ),
        ("AML1307", "a single user on the resource group", {"max_direct_users": 1}, "pass"),
        (
            "AML1314",
            "a connection with a key",
            {"secret_actions": ("microsoft.machinelearningservices/workspaces/listkeys/action",)},
            "pass",
        ),
        ("AML1316", "development", {"environments": ("dev",)}, "unknown"),
        ("AML1316", "a group may for ever", {"allowed_human_deployers": ("team",)}, "pass"),
        ("AML1320", "another workspace has it", {"allowed_shared_identities": (SHARED,)}, NONE),
        ("AML1321", "somebody lists keys", {"allowed_storage_principals": ("Somebody",)}, "pass"),
        (
            "AML2201",
            "all in one region, as Azure shows it",
            {"allowed_locations": ("East US",)},
            "fail",
        ),
        ("AML2201", "the vault lies elsewhere", {"require_same_region": False}, NONE),
        ("AML2202", "production beside development", {"boundary": "subscription"}, "unknown"),
        (
            "AML2203",
            "a word that is none of the environments",
            {"environments": ("shared",)},
            "pass",
        ),
        (
            "AML2204",
            "the storage account is rated higher",
            {"classifications": ("restricted", "confidential")},
            "pass",
        ),
        (
            "AML2205",
            "an initiative in which one effect is off",
            {"required_policies": ("438c38d2-3772-465a-a9cc-7a6666a275ce",)},
            "pass",
        ),
        ("AML2209", "one instance", {"allowed_instances": ("CI-case",)}, "pass"),
        ("AML2210", "only one of them", {"classifications": ("secret",)}, NONE),
        (
            "AML2210",
            "only one of them",
            {"required_job_policies": ("77eeea86-7e81-4a7d-9067-de844d096752",)},
            "pass",
        ),
        ("AML2211", "no job for more than ninety days", {"idle_days": 91}, "pass"),
        ("AML2211", "two workspaces of one project", {"project_tag_names": ("team",)}, "pass"),
    ],
)
def test_a_setting_decides(
    rule_id: str, case: str, settings: Mapping[str, ParameterValue], verdict: str
) -> None:
    rule = rule_with(rule_id, settings)
    path = cases_of(FOLDER / rule.path)
    (written,) = (each for each in read_cases(path, path.name, rule) if each.name == case)
    assert written.judge(rule).status is Status(verdict)
    assert written.judge(rule_with(rule_id, {})).status is written.expected
    assert written.expected is not Status(verdict)
