"""A mutant is a rule with one change; cases must detect it, or say why they cannot."""

from collections.abc import Sequence
from pathlib import Path

import pytest

from amlaudit.core.conditions import AllOf, AnyOf, Comparison, Exists, Not, Operator
from amlaudit.core.errors import AmlauditError, Exit
from amlaudit.core.rule import Rule
from amlaudit.core.verdict import Status
from amlaudit.engine.checks import check_of
from amlaudit.rulebook.cases import Case, read_cases, read_equivalents
from amlaudit.rulebook.mutants import mutants_of, survivors, unexplained
from tests.estates import subject
from tests.rulebook.rules import rule_of
from tests.rulebook.test_yaml_rules import RULE, load

HUB = "{ field: kind, equals: Hub }"


def rule_with(tmp_path: Path, require: str, when: str = "") -> Rule:
    also = f"\nwhen: {when}" if when else ""
    return load(tmp_path, RULE.replace(f"require: {HUB}", f"require: {require}{also}"))


def changes(tmp_path: Path, require: str, when: str = "") -> list[str]:
    return [mutant.change for mutant in mutants_of(rule_with(tmp_path, require, when))]


@pytest.mark.parametrize(
    ("condition", "expected"),
    [
        ("{ field: x, equals: a }", ["equals a → notEquals"]),
        ("{ field: x, notEquals: '' }", ['notEquals "" → equals']),
        ("{ field: x, equals: true }", ["equals true → notEquals", "equals true → false"]),
        ("{ field: x, exists: true }", ["exists true → false"]),
        ("{ field: x, exists: false }", ["exists false → true"]),
        ("{ field: x, contains: a }", ["contains a → notContains"]),
        ("{ field: x, notContains: a }", ["notContains a → contains"]),
        (
            "{ field: x, notIn: [a, b] }",
            ["notIn (2 values) → in", "notIn (2 values) without a", "notIn (2 values) without b"],
        ),
        ("{ field: x, in: [a] }", ["in (1 values) → notIn"]),
        ("{ field: x, like: a*b }", ["like a*b → notLike", "like a*b → *a*b", "like a*b → a*b*"]),
        ("{ field: x, notLike: '*a*' }", ["notLike *a* → like"]),
        (
            "{ field: x, less: 7 }",
            ["less 7 → greaterOrEquals", "less 7 → lessOrEquals", "less 7 → 6", "less 7 → 8"],
        ),
        (
            "{ field: x, greaterOrEquals: 7 }",
            [
                "greaterOrEquals 7 → less",
                "greaterOrEquals 7 → greater",
                "greaterOrEquals 7 → 6",
                "greaterOrEquals 7 → 8",
            ],
        ),
        (
            "{ field: x, greater: 7, as: age_days }",
            [
                "greater 7 → lessOrEquals",
                "greater 7 → greaterOrEquals",
                "greater 7 → 6",
                "greater 7 → 8",
                "greater 7 without age_days",
            ],
        ),
        (
            "{ field: x, lessOrEquals: 60, as: seconds }",
            [
                "lessOrEquals 60 → greater",
                "lessOrEquals 60 → less",
                "lessOrEquals 60 → 59",
                "lessOrEquals 60 → 61",
                "lessOrEquals 60 without seconds",
            ],
        ),
        (
            "{ field: x, equals: a, known: [b, c] }",
            [
                "equals a → notEquals",
                "equals a without known",
                "equals a without known b",
                "equals a without known c",
            ],
        ),
        (
            "{ field: x, contains: a, default: [], since: '2025-01-01' }",
            [
                "contains a → notContains",
                "contains a without default",
                "contains a without since",
            ],
        ),
    ],
)
def test_every_kind_of_leaf_has_its_mutants(
    tmp_path: Path, condition: str, expected: list[str]
) -> None:
    assert changes(tmp_path, condition) == [f"require: x {words}" for words in expected]


def test_context_conditions_have_their_mutant(tmp_path: Path) -> None:
    assert changes(tmp_path, "{ context: criticality, exists: true }") == [
        "require: context criticality exists true → false"
    ]


def test_a_context_has_its_mutants(tmp_path: Path) -> None:
    assert changes(tmp_path, "{ context: environment, in: [dev, test] }") == [
        "require: context environment in (2 values) → notIn",
        "require: context environment in (2 values) without dev",
        "require: context environment in (2 values) without test",
    ]


@pytest.mark.parametrize(
    ("condition", "expected"),
    [
        ("{ field: x, equals: true, default: true }", "true → false"),
        ("{ field: x, equals: a, default: a }", "a → other1"),
        ("{ field: x, in: [other1, a], default: other2 }", "other2 → other3"),
        ("{ field: x, greaterOrEquals: 7, default: 0 }", "0 → 7"),
        ("{ field: x, lessOrEquals: 0, default: 0 }", "0 → 1"),
        ("{ field: x, in: [1, 3], default: 1 }", "1 → 0"),
        ("{ field: x, contains: 3, default: 3 }", "3 → 4"),
    ],
)
def test_a_default_is_replaced_by_another_of_its_kind(
    tmp_path: Path, condition: str, expected: str
) -> None:
    assert changes(tmp_path, condition)[-1].endswith(f" with default {expected}")


DEFAULTED = "{ field: kind, equals: Hub, default: Default }"


@pytest.mark.parametrize(
    ("require", "when", "told"),
    [
        (DEFAULTED, "", True),
        (f"{{ not: {DEFAULTED} }}", "", True),
        (HUB, DEFAULTED, True),
        (HUB, f"{{ not: {DEFAULTED} }}", False),
        (f"{{ count: {{ field: x, where: {DEFAULTED} }}, greater: 3 }}", "", False),
    ],
)
def test_an_equivalent_default_is_mutated_only_where_messages_show_it(
    tmp_path: Path, require: str, when: str, *, told: bool
) -> None:
    found = changes(tmp_path, require, when)
    assert any(words.endswith("without default") for words in found)
    assert any(words.endswith("with default Default → other1") for words in found) is told


@pytest.mark.parametrize(
    ("compared", "expected"),
    [
        ("greaterOrEquals: 1", ["less 1", "greater 1", "equals 1", "greaterOrEquals 0"]),
        ("lessOrEquals: 2", ["greater 2", "less 2", "equals 2", "lessOrEquals 3"]),
        ("equals: 0", ["notEquals 0", "greaterOrEquals 0", "equals 1"]),
        (
            "equals: 1",
            [
                "notEquals 1",
                "greaterOrEquals 1",
                "lessOrEquals 1",
                "equals 2",
                "equals 0",
            ],
        ),
        ("greater: 0", ["lessOrEquals 0", "greaterOrEquals 0", "greater 1"]),
        ("greaterOrEquals: 0", ["less 0", "greater 0", "equals 0"]),
    ],
)
def test_a_count_comparison_is_mutated_wherever_the_meaning_changes(
    tmp_path: Path, compared: str, expected: list[str]
) -> None:
    operator, _, number = compared.partition(": ")
    found = changes(tmp_path, f"{{ count: {{ follow: computes }}, {compared} }}")
    assert found == [
        f"require: count -> computes {operator} {number} → {each}" for each in expected
    ]


@pytest.mark.parametrize("relation", ["hub", "resource-group"])
def test_a_relation_with_one_neighbour_has_no_mutant_with_two(
    tmp_path: Path, relation: str
) -> None:
    found = changes(tmp_path, f"{{ count: {{ follow: {relation} }}, greaterOrEquals: 1 }}")
    assert [words.partition(" → ")[2] for words in found] == [
        "less 1", "greater 1", "greaterOrEquals 0",
    ]  # fmt: skip


def test_of_several_neighbours_by_one_property_there_can_be_two(tmp_path: Path) -> None:
    found = changes(tmp_path, "{ count: { follow: identities }, greaterOrEquals: 1 }")
    assert "require: count -> identities greaterOrEquals 1 → equals 1" in found


def test_a_count_is_left_without_default_since_and_where(tmp_path: Path) -> None:
    found = changes(
        tmp_path,
        "{ count: { field: a.b, where: { field: x, equals: y }, default: [], since: '2025-01-01' },"
        " notEquals: 0 }",
    )
    head = "require: count a.b notEquals 0"
    assert found == [
        f"{head} → equals 0",
        f"{head} → notEquals 1",
        f"{head} without default",
        f"{head} without since",
        f"{head} without where",
        "require.count.where: x equals y → notEquals",
    ]


def test_members_are_dropped_and_all_becomes_any(tmp_path: Path) -> None:
    rule = rule_with(tmp_path, f"{{ allOf: [{HUB}, {{ field: x, exists: true }}] }}")
    hub, there = Comparison(("kind",), Operator.EQUALS, "Hub"), Exists(("x",), wanted=True)
    not_hub = Comparison(("kind",), Operator.NOT_EQUALS, "Hub")
    assert [(mutant.change, mutant.rule.require) for mutant in mutants_of(rule)] == [
        ("require: allOf → anyOf", AnyOf((hub, there))),
        ("require.allOf[0] left out", AllOf((there,))),
        ("require.allOf[1] left out", AllOf((hub,))),
        ("require.allOf[0]: kind equals Hub → notEquals", AllOf((not_hub, there))),
        ("require.allOf[1]: x exists true → false", AllOf((hub, Exists(("x",), wanted=False)))),
    ]


def test_one_member_is_all_of_one_or_any(tmp_path: Path) -> None:
    found = changes(tmp_path, f"{{ anyOf: [{HUB}] }}")
    assert found == ["require.anyOf[0]: kind equals Hub → notEquals"]


def test_a_not_is_removed_and_when_left_out(tmp_path: Path) -> None:
    rule = rule_with(tmp_path, HUB, "{ not: { field: x, equals: y } }")
    other = Comparison(("x",), Operator.NOT_EQUALS, "y")
    assert [(mutant.change, mutant.rule.when) for mutant in mutants_of(rule)] == [
        ("require: kind equals Hub → notEquals", rule.when),
        ("when left out", None),
        ("when: not removed", Comparison(("x",), Operator.EQUALS, "y")),
        ("when.not: x equals y → notEquals", Not(other)),
    ]


def test_a_when_of_several_members_is_negated(tmp_path: Path) -> None:
    rule = rule_with(
        tmp_path, HUB, "{ anyOf: [{ field: x, equals: y }, { field: x, exists: false }] }"
    )
    (negated,) = (mutant for mutant in mutants_of(rule) if mutant.change == "when negated")
    body = {"kind": "Hub", "x": "y"}
    assert rule.check(subject(body)).status is Status.PASS
    assert negated.rule.check(subject(body)).status is Status.NOT_APPLICABLE


def test_a_mutant_judges_by_what_was_changed(tmp_path: Path) -> None:
    (mutant,) = mutants_of(rule_with(tmp_path, HUB))
    assert mutant.rule.id == "AML9001"
    assert mutant.rule.check(subject({"kind": "Hub"})).status is Status.FAIL


def test_python_rules_have_no_mutants() -> None:
    condition = Comparison(("kind",), Operator.EQUALS, "Hub")
    assert not list(mutants_of(rule_of(check_of(condition))))


PASSES = "pass:\n  - name: a hub\n    body: { kind: Hub }\n"
FAILS = "fail:\n  - name: no hub\n    body: { kind: Default }\n"
SAYS = "fail:\n  - name: no kind\n    message: which means Default\n"
KNOWN = 'equivalent:\n  - { mutant: "require: kind equals Hub → notEquals", because: a test }\n'


def cases_in(tmp_path: Path, text: str, rule: Rule) -> Sequence[Case]:
    path = tmp_path / "aml9001_holds.cases.yaml"
    path.write_text(text, "utf-8")
    return list(read_cases(path, path.name, rule))


def equivalents_in(tmp_path: Path, text: str) -> dict[str, str]:
    path = tmp_path / "aml9001_holds.cases.yaml"
    path.write_text(text, "utf-8")
    return read_equivalents(path, path.name)


def test_a_mutant_survives_where_no_case_tells_it_apart(tmp_path: Path) -> None:
    rule = rule_with(tmp_path, DEFAULTED)
    head = "require: kind equals Hub"
    alive = survivors(rule, cases_in(tmp_path, PASSES, rule))
    assert [mutant.change for mutant in alive] == [
        f"{head} without default",
        f"{head} with default Default → other1",
    ]
    assert not survivors(rule, cases_in(tmp_path, PASSES + SAYS, rule))


def test_a_survivor_with_a_reason_is_explained(tmp_path: Path) -> None:
    rule = rule_with(tmp_path, HUB)
    excepted = equivalents_in(tmp_path, KNOWN)
    assert excepted == {"require: kind equals Hub → notEquals": "a test"}
    assert unexplained(rule, [], {}) == list(excepted)
    assert unexplained(rule, [], excepted) == []


def test_exceptions_are_not_cases(tmp_path: Path) -> None:
    rule = rule_with(tmp_path, HUB)
    cases = cases_in(tmp_path, KNOWN + FAILS, rule)
    assert [case.name for case in cases] == ["no hub"]
    assert equivalents_in(tmp_path, FAILS) == {}


@pytest.mark.parametrize("change", ["require: kind equals Hub → notEquals", "require: no such"])
def test_a_stale_exception_is_an_error(tmp_path: Path, change: str) -> None:
    rule = rule_with(tmp_path, HUB)
    cases = cases_in(tmp_path, PASSES, rule)
    with pytest.raises(AmlauditError, match="AML9001: the exception for") as caught:
        unexplained(rule, cases, {change: "once true"})
    assert change in caught.value.message
    assert caught.value.exit_code == Exit.INVALID


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("equivalent: []", ":1:13 the list is empty"),
        ("equivalent: [{ mutant: x }]", ':1:14 an exception has no "because"'),
        ("equivalent: [{ because: x }]", ':1:14 an exception has no "mutant"'),
        ("equivalent: [{ mutant: x, why: y }]", 'unknown key "why" in an exception'),
        (
            "equivalent: [{ mutant: x, because: y }, { mutant: x, because: z }]",
            ':1:41 duplicate exception "x"',
        ),
    ],
)
def test_an_invalid_exception_states_its_position(tmp_path: Path, text: str, message: str) -> None:
    with pytest.raises(AmlauditError) as caught:
        equivalents_in(tmp_path, text)
    assert message in caught.value.message
