"""Every rule of the built-in pack gives the verdicts that its cases expect."""

import pytest

from amlaudit.core.rule import Rule
from amlaudit.core.verdict import Status
from amlaudit.resources import shipped
from amlaudit.rulebook.cases import Case, read_cases
from amlaudit.rulebook.packs import cases_of, load_pack

FOLDER = shipped("rules")
_, RULES = load_pack(FOLDER, "built-in")
CASES = [
    (rule, case)
    for rule in RULES
    for case in read_cases(cases_of(FOLDER / rule.path), cases_of(FOLDER / rule.path).name, rule)
]


@pytest.mark.parametrize(
    ("rule", "case"), CASES, ids=[f"{rule.id}: {case.name}" for rule, case in CASES]
)
def test_rule_gives_the_expected_verdict(rule: Rule, case: Case) -> None:
    verdict = case.judge(rule)
    assert case.agrees(verdict), (
        f"{case.place}: expected {case.expected} with {case.message!r}, got {verdict.status}: "
        f"{verdict.message}"
    )


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.id)
def test_cases_show_every_way_a_rule_can_come_out(rule: Rule) -> None:
    shown = {case.expected for judged, case in CASES if judged is rule}
    asked = {Status.MANUAL, Status.UNKNOWN, Status.NOT_APPLICABLE}  # of people, where it matters
    assert shown in ({Status.MANUAL}, asked) or shown >= {Status.PASS, Status.FAIL, Status.UNKNOWN}


@pytest.mark.parametrize(("rule", "case"), CASES, ids=lambda value: getattr(value, "id", ""))
def test_every_verdict_but_a_question_rests_on_evidence(rule: Rule, case: Case) -> None:
    verdict = case.judge(rule)
    assert verdict.looks or verdict.status is Status.MANUAL


def test_no_rule_is_mapped_to_the_policy_that_demands_the_opposite() -> None:
    """A built-in policy requires v1 legacy mode: what AML1105 passes, it does not."""
    demands_legacy_mode = "e413671a-dd10-4cc1-a943-45b598596cb7"
    mapped = {each.id: each.mappings.get("azure_policy", ()) for each in RULES}
    assert [
        rule_id for rule_id, policies in mapped.items() if demands_legacy_mode in policies
    ] == []
