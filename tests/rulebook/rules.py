"""Rules for tests."""

from amlaudit.core.relations import WORKSPACE
from amlaudit.core.rule import Check, Fix, Rule, Severity


def rule_of(
    check: Check,
    *,
    rule_id: str = "AML9001",
    applies_to: str = WORKSPACE,
    severity: Severity = Severity.HIGH,
) -> Rule:
    """Return a rule with the given check, and arbitrary values for everything else."""
    return Rule(
        id=rule_id,
        title=f"{rule_id} holds",
        severity=severity,
        severity_reason="for a test",
        area="test",
        applies_to=applies_to,
        because="for a test",
        fix=Fix("az fix"),
        sources=("https://example.com",),
        check=check,
        path=f"test/{rule_id.lower()}_holds.yaml",
    )
