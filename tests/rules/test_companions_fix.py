"""What a rule says to do with other resources fixes its fails: tried on every failing case."""

import pytest

from amlaudit.core.companions import Deed
from amlaudit.core.declarations import bicep_of, terraform_of, undeclared_of
from amlaudit.core.report import Finding
from amlaudit.core.rule import Rule
from amlaudit.core.verdict import Status
from amlaudit.engine.evaluate import reference_to
from amlaudit.rehearsal.fixing import smallest_fix
from amlaudit.resources import shipped
from amlaudit.rulebook.cases import Case, read_cases
from amlaudit.rulebook.packs import cases_of, load_pack

FOLDER = shipped("rules")
_, RULES = load_pack(FOLDER, "built-in")
FAILS = [
    (rule, case)
    for rule in RULES
    if rule.fix.companions
    for case in read_cases(cases_of(FOLDER / rule.path), rule.path, rule)
    if case.expected is Status.FAIL
]
NOT_ENOUGH = {
    (
        "AML1207",
        "the zones of another cloud answer nobody in Azure Government",
    ): "people choose the zones, and they have to be those of the cloud",
    (
        "AML1808",
        "an alert processing rule suppresses all notifications",
    ): "people disable what suppresses notifications",
    (
        "AML1808",
        "an alert processing rule suppresses the notifications of one alert for decades",
    ): "people disable what suppresses notifications",
    (
        "AML1808",
        "suppression has priority over what another alert processing rule adds",
    ): "people disable what suppresses notifications",
    ("AML2004", "an empty string is no vault that could be safe"): "there is no vault to be mended",
    (
        "AML1226",
        "it has one in another network, and no peering leads there",
    ): "people choose the subnet, and it has to be one of that network",
    (
        "AML1226",
        "it has one in a peered network, but no traffic may pass",
    ): "people choose the subnet, and it has to be one of that network",
    (
        "AML1227",
        "serverless compute of three workspaces in one subnet",
    ): "some of the workspaces have to move to another subnet",
    ("AML1708", "it may scale in to one"): "the setting that is there is not known by its name",
    (
        "AML1708",
        "a profile for the weekend leaves two, and has no rules",
    ): "the setting that is there is not known by its name",
    ("AML1709", "the endpoint failed"): "an endpoint that failed has to be looked into",
    ("AML1712", "a public registry, by its id"): "the case holds no workspace to have the model",
    ("AML1712", "an address on the internet"): "the case holds no workspace to have the model",
    (
        "AML1715",
        "a deployment as Azure returns it, whose compute is gone",
    ): "the case holds no compute to take its place",
    ("AML2108", "a retention policy, and no room"): "people decide which images go",
    ("AML2306", "a single region"): "the case knows no second region",
    ("AML2304", "the copy is not there"): "Azure makes the copy when it can",
}
"""Failing cases that the rule's declarations do not fix, and why; AML2109 declares only a plan."""


@pytest.mark.parametrize(
    ("rule", "case"), FAILS, ids=[f"{rule.id}: {case.name}" for rule, case in FAILS]
)
def test_companions_fix_the_resource(rule: Rule, case: Case) -> None:
    status = _status_after(rule, case)
    if (rule.id, case.name) in NOT_ENOUGH:
        assert status is Status.FAIL
    elif rule.id != "AML2109":  # people rebuild images, whatever Defender sees
        # What a case cannot see stays unknown, and is never assumed to be good.
        assert status is not Status.FAIL


@pytest.mark.parametrize(
    "rule", [rule for rule in RULES if rule.fix.companions], ids=lambda rule: rule.id
)
def test_at_least_one_case_of_each_rule_passes_then(rule: Rule) -> None:
    if rule.id == "AML2109":
        pytest.skip("without images that were scanned it is not known")
    cases = [case for found, case in FAILS if found is rule]
    good = (Status.PASS, Status.NOT_APPLICABLE)
    assert any(_status_after(rule, case) in good for case in cases)


def _status_after(rule: Rule, case: Case) -> Status:
    """Return what the rule says after the smallest sufficient fix."""
    found = smallest_fix(Finding(rule, reference_to(case.subject), case.judge(rule)), case.estate)
    assert found
    return found.status


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.id)
def test_every_rule_declares_its_fix_or_the_reason_for_none(rule: Rule) -> None:
    told = bicep_of(rule)
    assert bool(told) is bool(terraform_of(rule))
    assert bool(told) is not bool(undeclared_of(rule))
    removes = [each for each in rule.fix.companions if each.deed is Deed.REMOVE]
    assert told or rule.fix.undeclared or removes
