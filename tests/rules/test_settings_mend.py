"""What a rule says to declare mends what it fails: tried on every failing case."""

from collections.abc import Mapping
from dataclasses import replace

import pytest

from amlaudit.core.estate import Estate
from amlaudit.core.memory import MemoryStore
from amlaudit.core.path import parse_path
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


def _declared(body: Mapping[str, object], rule: Rule) -> dict[str, object]:
    """Return a document in which the settings of a rule stand."""
    mended: dict[str, object] = dict(body)
    for path, value in rule.fix.settings.items():
        *holders, last = parse_path(path)
        place = mended
        for step in holders:
            held = place.get(step)
            inner = dict(held) if isinstance(held, Mapping) else {}
            place[step] = inner
            place = inner
        place[last] = list(value) if isinstance(value, tuple) else value
    return mended


@pytest.mark.parametrize(
    ("rule", "case"), FAILS, ids=[f"{rule.id}: {case.name}" for rule, case in FAILS]
)
def test_a_resource_that_declares_the_settings_passes(rule: Rule, case: Case) -> None:
    mended = replace(case.subject, body=_declared(case.subject.body, rule))
    verdict = judge(rule, mended, _with(case, mended))
    assert verdict.status is Status.PASS, verdict.message


def _with(case: Case, resource: Resource) -> Estate:
    """Return the estate of a case in which a resource stands for the one of its id."""
    store = case.estate.store
    assert isinstance(store, MemoryStore)
    kept = tuple(each for each in store.resources if each.id != resource.id)
    return Estate(replace(store, resources=(*kept, resource)))
