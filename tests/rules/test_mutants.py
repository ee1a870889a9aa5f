"""The cases of every YAML rule of the built-in pack pin down each part of its condition."""

import pytest

from amlaudit.core.rule import Rule
from amlaudit.resources import shipped
from amlaudit.rulebook.cases import read_cases, read_equivalents
from amlaudit.rulebook.mutants import mutants_of, unexplained
from amlaudit.rulebook.packs import cases_of, load_pack

FOLDER = shipped("rules")
_, PACK = load_pack(FOLDER, "built-in")
RULES = [rule for rule in PACK if rule.require]


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.id)
def test_no_change_to_a_rule_goes_unnoticed(rule: Rule) -> None:
    path = cases_of(FOLDER / rule.path)
    cases = list(read_cases(path, path.name, rule))
    assert unexplained(rule, cases, read_equivalents(path, path.name)) == []


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.id)
def test_every_mutant_has_its_own_name_and_condition(rule: Rule) -> None:
    mutants = list(mutants_of(rule))
    conditions = {(mutant.rule.require, mutant.rule.when) for mutant in mutants}
    assert (rule.require, rule.when) not in conditions
    assert len({mutant.change for mutant in mutants}) == len(conditions) == len(mutants)
