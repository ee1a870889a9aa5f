"""Budgets of subscriptions."""

from amlaudit.core.arm_id import SUBSCRIPTION_TYPE
from amlaudit.core.relations import BUDGET
from amlaudit.scanners.scanner import ArmRead, Scanner

SCANNER = Scanner(
    name="cost",
    reads=(
        ArmRead(
            of=SUBSCRIPTION_TYPE,
            path="/providers/Microsoft.Consumption/budgets",
            api_version="2024-08-01",
            action="Microsoft.Consumption/budgets/read",
            yields=BUDGET,
        ),
    ),
)
