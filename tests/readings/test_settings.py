"""What a company sets changes what rules about logs, data and recovery say."""

from collections.abc import Mapping
from typing import Final

import pytest

from amlaudit.core.conditions import ParameterValue
from amlaudit.core.scope import Scope
from amlaudit.core.verdict import Status
from amlaudit.demo.source import READ_AT, Demo
from amlaudit.pipeline import Policy, audit
from amlaudit.resources import shipped
from amlaudit.rulebook.packs import load_pack

PRODUCTION: Final = "/subscriptions/11111111-1111-4111-8111-111111111111/resourceGroups"
ML: Final = "providers/Microsoft.MachineLearningServices/workspaces"
CREDIT: Final = f"{PRODUCTION}/rg-ml-credit-prod/{ML}/mlw-credit-prod"
FORECAST: Final = f"{PRODUCTION}/rg-ml-forecast-prod"

SETTINGS: Final[Mapping[str, ParameterValue]] = {
    "AML1802.central_workspaces": ("*/log-ml-dev",),
    "AML1802.required_categories": ("AmlComputeJobEvent", "AmlRunStatusChangedEvent"),
    "AML1803.min_days": 30,
    "AML1808.environments": ("dev",),
    "AML1812.required_plans": ("KeyVaults", "Arm"),
    "AML1813.monitors_elsewhere": (f"{CREDIT}/onlineEndpoints/credit-limit/deployments/v3",),
    "AML2002.datastore_exceptions": ("partner_feed",),
    "AML2005.approved_databases": ("erp-prod.database.windows.net",),
    "AML2006.connection_exceptions": ("Git-Notebooks",),
    "AML2008.allowed_data_regions": ("north*",),
    "AML2008.approved_external_accounts": ("stlogisticsfeed",),
    "AML2014.write_roles": ("Owner", "Data Mover"),
    "AML2301.accepted_single_region": (f"{FORECAST}/{ML}/mlw-forecast-prod",),
    "AML2301.pair_tag": "twin",
    "AML2303.accept_grs": True,
    "AML2304.residency_locked": (
        f"{FORECAST}/providers/Microsoft.Storage/storageAccounts/stforecastprod01",
    ),
    "AML2306.min_regions": 3,
    "AML2307.classifications": ("internal",),
}

CHANGES: Final = [
    ("AML1802", "mlw-fraud-prod", Status.PASS, Status.FAIL),
    ("AML1802", "mlw-sandbox-dev", Status.FAIL, Status.PASS),
    ("AML1803", "mlw-sandbox-dev", Status.FAIL, Status.PASS),
    ("AML1808", "mlw-sandbox-dev", Status.NOT_APPLICABLE, Status.FAIL),
    ("AML1812", "ML Development", Status.FAIL, Status.PASS),
    ("AML1813", "v3", Status.FAIL, Status.NOT_APPLICABLE),
    ("AML2002", "partner_feed", Status.FAIL, Status.PASS),
    ("AML2005", "erp-sql", Status.FAIL, Status.PASS),
    ("AML2006", "git-notebooks", Status.FAIL, Status.PASS),
    ("AML2008", "partner_feed", Status.FAIL, Status.PASS),
    ("AML2008", "transactions", Status.PASS, Status.FAIL),
    ("AML2014", "stfraudprod01", Status.PASS, Status.PASS),
    ("AML2301", "mlw-forecast-prod", Status.FAIL, Status.NOT_APPLICABLE),
    ("AML2301", "mlw-fraud-prod", Status.PASS, Status.FAIL),
    ("AML2303", "fabrikamcreditml", Status.FAIL, Status.PASS),
    ("AML2304", "stforecastprod01", Status.FAIL, Status.NOT_APPLICABLE),
    ("AML2306", "contoso-models", Status.PASS, Status.FAIL),
    ("AML2307", "stforecastprod01", Status.FAIL, Status.NOT_APPLICABLE),
]


def verdicts(settings: Mapping[str, ParameterValue]) -> dict[tuple[str, str], Status]:
    pack, rules = load_pack(shipped("rules"), "built-in", settings)
    concerned = tuple(rule for rule in rules if rule.id in {each[0] for each in CHANGES})
    report = audit(Scope(), Demo(), Policy((pack,), concerned), READ_AT)
    return {(each.rule.id, each.resource.name): each.verdict.status for each in report.findings}


@pytest.fixture(scope="module", name="both")
def before_and_after() -> tuple[dict[tuple[str, str], Status], ...]:
    return verdicts({}), verdicts(SETTINGS)


@pytest.mark.parametrize(
    ("rule", "resource", "expected"),
    [(rule, resource, expected) for rule, resource, *expected in CHANGES],
)
def test_settings_change_verdicts(
    rule: str,
    resource: str,
    expected: list[Status],
    both: tuple[dict[tuple[str, str], Status], ...],
) -> None:
    assert [each[rule, resource] for each in both] == expected
