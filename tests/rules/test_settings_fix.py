"""What a rule says to declare fixes its fails: tried on every failing case."""

import pytest
from msgspec.structs import replace

from amlaudit.core.edits import with_settings
from amlaudit.core.estate import Estate
from amlaudit.core.memory import MemoryStore
from amlaudit.core.resource import Resource
from amlaudit.core.rule import Rule
from amlaudit.core.verdict import Status
from amlaudit.engine.evaluate import judge
from amlaudit.resources import shipped
from amlaudit.rulebook.cases import Case, read_cases
from amlaudit.rulebook.packs import cases_of, load_pack

FOLDER = shipped("rules")
_, RULES = load_pack(FOLDER, "built-in")
FAILS = [
    (rule, case)
    for rule in RULES
    if rule.fix.settings
    for case in read_cases(cases_of(FOLDER / rule.path), rule.path, rule)
    if case.expected is Status.FAIL
]

NOT_ENOUGH = {
    (
        "AML1605",
        "an instance that has a public address, whatever its settings say",
    ): "Azure gives the addresses; the instance that is created in its place has others",
}
"""Failing cases that the settings of the rule do not fix, and why."""


@pytest.mark.parametrize(
    ("rule", "case"), FAILS, ids=[f"{rule.id}: {case.name}" for rule, case in FAILS]
)
def test_a_resource_that_declares_the_settings_passes(rule: Rule, case: Case) -> None:
    mended = with_settings(case.subject, rule.fix.settings)
    verdict = judge(rule, mended, _with(case, mended))
    remains = (rule.id, case.name) in NOT_ENOUGH
    assert verdict.status is (Status.FAIL if remains else Status.PASS), verdict.message


def _with(case: Case, resource: Resource) -> Estate:
    """Return the estate of a case with a resource replacing the one with the same id."""
    store = case.estate.store
    assert isinstance(store, MemoryStore)
    kept = tuple(each for each in store.resources if each.id != resource.id)
    return Estate(replace(store, resources=(*kept, resource)))
