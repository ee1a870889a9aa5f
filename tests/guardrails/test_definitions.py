"""A policy written from a rule reaches the rule's verdict on every case of the rule."""

from collections.abc import Iterable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace

from amlaudit.core.rule import Rule
from amlaudit.core.verdict import Status
from amlaudit.engine.evaluate import judge
from amlaudit.engine.policy.definition import read_definition
from amlaudit.guardrails.conditions import NotExpressibleError
from amlaudit.guardrails.definitions import Definition, definition_of
from amlaudit.resources import shipped
from amlaudit.rulebook.azure_policy import policy_check
from amlaudit.rulebook.cases import Case, read_cases
from amlaudit.rulebook.packs import cases_of, load_pack
from tests.rules.test_settings import SETTINGS, case_of, parameter, rule_with

FOLDER = shipped("rules")
_, RULES = load_pack(FOLDER, "built-in")


def _written(rules: Iterable[Rule]) -> Iterator[Definition]:
    for rule in rules:
        with suppress(NotExpressibleError):
            yield definition_of(rule)


DEFINITIONS = list(_written(RULES))
SAID_WHOLE = {each.rule.id for each in DEFINITIONS if not each.beyond}
SET = [each for each in SETTINGS if each["rule"] in SAID_WHOLE]
NOT_FOUND = {Status.PASS, Status.NOT_APPLICABLE}
# What a rule does not know, a policy treats as absent, and it may not see what decides whether a
# rule applies: docs/guardrails.md says so, and there is nothing to agree on.
CASES = [
    (definition, case)
    for definition in DEFINITIONS
    for case in read_cases(
        cases_of(FOLDER / definition.rule.path), definition.rule.path, definition.rule
    )
    if case.expected in (Status.PASS, Status.FAIL)
    or (case.expected is Status.NOT_APPLICABLE and not definition.beyond)
]


def test_texts_are_no_longer_than_azure_accepts() -> None:
    long = replace(DEFINITIONS[0].rule, title="t" * 200, because="b" * 600)
    written = definition_of(long).properties
    assert len(str(written["displayName"])) == 128
    assert len(str(written["description"])) == 512


def _as_policy(definition: Definition) -> Rule:
    policy = read_definition({"name": definition.name, "properties": definition.properties}, "x")
    return replace(definition.rule, check=policy_check(policy), require=None)


@pytest.mark.parametrize(
    ("definition", "case"), CASES, ids=[f"{each.rule.id}: {case.name}" for each, case in CASES]
)
def test_policy_and_rule_agree(definition: Definition, case: Case) -> None:
    told = judge(_as_policy(definition), case.subject, case.estate)
    wanted = {case.expected} if case.expected is not Status.NOT_APPLICABLE else NOT_FOUND
    assert told.status in wanted, told.message


@pytest.mark.parametrize("setting", SET, ids=[f"{each['rule']}: {each['name']}" for each in SET])
def test_policy_and_rule_agree_on_what_is_set(setting: dict[str, Any], tmp_path: Path) -> None:
    case = case_of(setting, rule_with(setting["rule"], {}), tmp_path)
    given = {name: parameter(value, case) for name, value in setting["set"].items()}
    rule = rule_with(setting["rule"], given)
    definition = next(_written([rule]), None)
    if definition is None or definition.beyond:
        pytest.skip("as it is set, a policy has no words for it, or not for all of it")
    told = judge(_as_policy(definition), case.subject, case.estate)
    assert (told.status is Status.FAIL) == (case.judge(rule).status is Status.FAIL), told.message


def test_many_rules_can_be_policies() -> None:
    assert len(DEFINITIONS) >= 35


@pytest.mark.parametrize(
    ("rule_id", "why"),
    [
        ("AML1801", "other resources"),
        ("AML1304", "Python"),
        ("AML1608", "a duration"),
        ("AML2203", "depends on the tags"),
        ("AML2003", "no alias for properties.systemDatastoresAuthMode"),
        ("AML1722", "one *"),
    ],
)
def test_a_rule_without_a_policy_equivalent_states_the_reason(rule_id: str, why: str) -> None:
    rule = next(each for each in RULES if each.id == rule_id)
    with pytest.raises(NotExpressibleError, match=why.replace("*", r"\*")):
        definition_of(rule)
