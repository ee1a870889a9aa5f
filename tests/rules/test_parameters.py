"""What a company sets changes what a rule of the built-in pack says, in the way that it should."""

import pytest

from amlaudit.core.conditions import ParameterValue
from amlaudit.core.verdict import Status
from amlaudit.resources import shipped
from amlaudit.rulebook.cases import read_cases
from amlaudit.rulebook.packs import cases_of, load_pack

FOLDER = shipped("rules")
_, RULES = load_pack(FOLDER, "built-in")
STRANGER = "00000000-0000-0000-0000-000000000002"
CASES = [
    ("AML1102", "production with the keys", "environments", ("live",), Status.NOT_APPLICABLE),
    ("AML1104", "internal data", "classifications", ("internal",), Status.FAIL),
    ("AML1103", "the vault lies elsewhere", "require_same_region", False, Status.PASS),
    ("AML1105", "legacy mode is on", "legacy_mode", True, Status.PASS),
    ("AML1105", "a workspace as Azure", "legacy_mode", True, Status.FAIL),
    ("AML1204", "a narrow range", "min_prefix_length", 25, Status.FAIL),
    ("AML1204", "the second range", "min_prefix_length", 16, Status.PASS),
    ("AML1204", "the older list", "allowed_egress_ranges", ("203.0.113.0/24",), Status.PASS),
    ("AML1204", "the older list", "allowed_egress_ranges", ("198.51.100.0/24",), Status.FAIL),
    ("AML1204", "a narrow range", "allowed_egress_ranges", ("203.0.0.0/8",), Status.FAIL),
    ("AML1204", "a narrow range", "allowed_egress_ranges", ("home",), Status.UNKNOWN),
    ("AML1204", "a wide range of the new", "allowed_egress_ranges", ("0.0.0.0/0",), Status.FAIL),
    ("AML1206", "an endpoint of a stranger", "allowed_subscriptions", (STRANGER,), Status.PASS),
    ("AML1207", "the endpoint enters", "custom_dns_managed", True, Status.NOT_APPLICABLE),
    ("AML1207", "both zones answer", "api_zone", "privatelink.api.ml.azure.cn", Status.FAIL),
    ("AML1210", "confidential data", "classifications", ("secret",), Status.NOT_APPLICABLE),
    ("AML1212", "a wildcard on a", "allowed_fqdns", ("*.contoso.example",), Status.PASS),
    ("AML1212", "a wildcard on a", "allowed_fqdns", ("contoso.example",), Status.FAIL),
    ("AML1212", "a wildcard on a", "shared_cloud_domains", ("contoso.example",), Status.FAIL),
    ("AML1212", "every storage", "shared_cloud_domains", ("azurewebsites.net",), Status.UNKNOWN),
    ("AML1213", "storage of one region", "denied_service_tags", ("Sql*",), Status.UNKNOWN),
    ("AML1214", "a storage account in", "allowed_subscriptions", (STRANGER,), Status.UNKNOWN),
    ("AML1217", "web pages", "management_ports", (443,), Status.FAIL),
    ("AML1218", "a gateway will not do", "environments", ("live",), Status.PASS),
    ("AML1219", "a policy for a whole group", "environments", ("live",), Status.NOT_APPLICABLE),
    ("AML1219", "no policy", "compensating_controls", ("{id}",), Status.NOT_APPLICABLE),
    ("AML1223", "the network is recorded", "min_days", 91, Status.FAIL),
]


@pytest.mark.parametrize(("rule_id", "begins", "name", "value", "status"), CASES)
def test_a_parameter_changes_the_verdict(
    rule_id: str, begins: str, name: str, value: ParameterValue, status: Status
) -> None:
    (rule,) = (each for each in RULES if each.id == rule_id)
    cases = read_cases(cases_of(FOLDER / rule.path), rule.path, rule)
    (case,) = (each for each in cases if each.name.startswith(begins))
    if value == ("{id}",):
        value = (case.subject.id,)
    _, changed = load_pack(FOLDER, "built-in", {f"{rule_id}.{name}": value})
    (rule,) = (each for each in changed if each.id == rule_id)
    assert case.judge(rule).status is status
