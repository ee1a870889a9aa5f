"""Every rule on every resource: a verdict for each, whatever happens."""

from typing import cast

import pytest

from amlaudit import Subject, Verdict, fail, ok
from amlaudit.core.conditions import (
    Comparison,
    Condition,
    CountMembers,
    Default,
    Exists,
    Operator,
)
from amlaudit.core.coverage import SUBSCRIPTION_PARTS
from amlaudit.core.errors import AmlauditError, Exit
from amlaudit.core.gap import Reason
from amlaudit.core.relations import COMPUTE, STORAGE, WORKSPACE
from amlaudit.core.resource import Origin
from amlaudit.core.verdict import Evidence, Look, Seen, Status
from amlaudit.engine.checks import check_of
from amlaudit.engine.evaluate import evaluate, judge
from tests.estates import STORAGE_ID, SUBSCRIPTION, WORKSPACE_ID, estate, gap, resource
from tests.rulebook.rules import rule_of

EVERYTHING = tuple((SUBSCRIPTION, part) for part in SUBSCRIPTION_PARTS)


def passes(subject: Subject) -> Verdict:
    subject.get("kind", default="Default")
    return ok()


def crashes(_subject: Subject) -> Verdict:
    raise ZeroDivisionError("a secret")


def reads_what_is_absent(subject: Subject) -> Verdict:
    return ok() if subject["properties.nothing"] else fail("off")


def test_a_pass_without_a_message_shows_the_title_and_the_evidence() -> None:
    workspace = resource(WORKSPACE_ID, {"kind": "Default", "location": "westeurope"})
    verdict = judge(rule_of(passes), workspace, estate(workspace))
    assert (verdict.status, verdict.message) == (Status.PASS, "AML9001 holds")
    assert [each.path for each in verdict.looks] == ["kind"]


def test_a_crash_is_unknown_and_does_not_quote_what_the_rule_saw() -> None:
    workspace = resource(WORKSPACE_ID)
    verdict = judge(rule_of(crashes), workspace, estate(workspace))
    assert (verdict.status, verdict.reason) == (Status.UNKNOWN, Reason.RULE_ERROR)
    assert "ZeroDivisionError" in verdict.message
    assert "secret" not in verdict.message


@pytest.mark.parametrize("end", [SystemExit(0), GeneratorExit(), RecursionError()])
def test_a_rule_cannot_end_the_audit(end: BaseException) -> None:
    def ends(_subject: Subject) -> Verdict:
        raise end

    workspace = resource(WORKSPACE_ID)
    verdict = judge(rule_of(ends), workspace, estate(workspace))
    assert (verdict.status, verdict.reason) == (Status.UNKNOWN, Reason.RULE_ERROR)


def test_a_damaged_input_ends_the_audit_and_is_not_a_rule_crash() -> None:
    def reads_a_damaged_snapshot(_subject: Subject) -> Verdict:
        raise AmlauditError("E302", "Cannot read snapshot", exit_code=Exit.INPUT_OUTPUT)

    workspace = resource(WORKSPACE_ID)
    with pytest.raises(AmlauditError, match="E302"):
        judge(rule_of(reads_a_damaged_snapshot), workspace, estate(workspace))


@pytest.mark.parametrize(
    "given",
    [
        cast("Verdict", None),
        cast("Verdict", "pass"),
        Verdict(cast("Status", "pass"), "fine"),
        Verdict(Status.PASS, cast("str", ["fine"])),
        Verdict(Status.PASS, "fine", looks=cast("tuple[Look, ...]", ("seen",))),
        Verdict(Status.PASS, "fine", looks=(Look("kind", "", None, Seen.ABSENT, at=1),)),
        Verdict(
            Status.PASS, "fine", looks=cast("tuple[Look]", [Look("kind", "", None, Seen.ABSENT)])
        ),
        Verdict(Status.PASS, "fine", looks=(Look(cast("str", None), "", None, Seen.ABSENT),)),
        Verdict(Status.PASS, "fine", looks=(Look("kind", cast("str", 1), None, Seen.ABSENT),)),
        Verdict(Status.PASS, "fine", looks=(Look("kind", "", None, cast("Seen", "absent")),)),
        Verdict(
            Status.PASS, "fine", looks=(Evidence(cast("str", []), "kind", "", None, Seen.ABSENT),)
        ),
        Verdict(
            Status.PASS,
            "fine",
            looks=(Evidence("/a", "kind", "", None, Seen.ABSENT, cast("Origin", [])),),
        ),
        Verdict(Status.PASS, "fine", permission=cast("str", ["x"])),
        Verdict(Status.PASS, "fine", Reason.ABSENT),
        Verdict(Status.UNKNOWN, "no reason"),
        Verdict(Status.UNKNOWN, "no reason of ours", cast("Reason", "absent")),
    ],
)
def test_a_rule_that_gives_no_verdict_is_unknown(given: Verdict) -> None:
    workspace = resource(WORKSPACE_ID)
    verdict = judge(rule_of(lambda _: given), workspace, estate(workspace))
    assert (verdict.status, verdict.reason) == (Status.UNKNOWN, Reason.RULE_ERROR)


def test_a_verdict_and_its_evidence_may_be_made_by_the_rule_itself() -> None:
    workspace = resource(WORKSPACE_ID)
    looks = (
        Look("kind", "", None, Seen.ABSENT),
        Evidence(STORAGE_ID, "kind", "", None, Seen.ABSENT, workspace.origin),
        Evidence(STORAGE_ID, "sku", "", None, Seen.ABSENT),
    )
    given = Verdict(Status.UNKNOWN, "cannot tell", Reason.STALE, "x/read", looks)
    assert judge(rule_of(lambda _: given), workspace, estate(workspace)) == given


def test_what_a_rule_lacks_is_the_reason_it_does_not_know() -> None:
    workspace = resource(WORKSPACE_ID, {"properties": {}})
    verdict = judge(rule_of(reads_what_is_absent), workspace, estate(workspace))
    assert (verdict.status, verdict.reason) == (Status.UNKNOWN, Reason.ABSENT)


def test_findings_of_a_resource_are_consecutive_however_many_there_are() -> None:
    ids = [f"{each}{at}" for at in range(150) for each in (WORKSPACE_ID, STORAGE_ID)]
    rules = [
        rule_of(passes, rule_id=f"AML900{at}", applies_to=arm_type)
        for at in range(2)
        for arm_type in (WORKSPACE, STORAGE)
    ]
    found = list(evaluate(rules, estate(*map(resource, ids), seen=EVERYTHING)))
    judged = [each.resource.id for each in found if not each.subject_key]
    assert len(judged) == 2 * len(ids)
    assert sorted(dict.fromkeys(judged)) == sorted(ids)
    assert [judged[at] == judged[at + 1] for at in range(0, len(judged), 2)] == [True] * len(ids)


def test_resources_of_other_types_are_left_alone() -> None:
    whole = estate(resource(WORKSPACE_ID), seen=(*EVERYTHING, (WORKSPACE_ID, COMPUTE)))
    found = list(evaluate([rule_of(passes), rule_of(crashes, applies_to=STORAGE)], whole))
    assert [(each.rule.applies_to, each.resource.id) for each in found] == [
        (WORKSPACE, WORKSPACE_ID)
    ]


def test_a_type_that_could_not_be_read_is_unknown_for_each_of_its_rules() -> None:
    hidden = gap(WORKSPACE_ID, COMPUTE, permission="x/computes/read")
    whole = estate(resource(WORKSPACE_ID), seen=EVERYTHING, missing=(hidden,))
    rules = [rule_of(passes, rule_id=f"AML900{n}", applies_to=COMPUTE) for n in (1, 2)]
    found = list(evaluate(rules, whole))
    assert [each.resource.id for each in found] == [WORKSPACE_ID, WORKSPACE_ID]
    assert {each.verdict.status for each in found} == {Status.UNKNOWN}
    assert {each.verdict.permission for each in found} == {"x/computes/read"}


def test_unseen_parents_hide_their_children() -> None:
    hidden = gap(SUBSCRIPTION, WORKSPACE)
    found = list(evaluate([rule_of(passes, applies_to=COMPUTE)], estate(missing=(hidden,))))
    assert [(each.resource.id, each.verdict.status) for each in found] == [
        (SUBSCRIPTION, Status.UNKNOWN)
    ]


@pytest.mark.parametrize(
    ("body", "status", "message"),
    [
        ({"kind": "Hub", "on": "yes"}, Status.PASS, "on is yes"),
        ({"kind": "Hub", "on": "no"}, Status.FAIL, "on is no (expected: yes)"),
        ({"kind": "Project"}, Status.NOT_APPLICABLE, "kind is Project"),
        ({"kind": 7}, Status.UNKNOWN, "kind holds a number where a string was expected"),
        ({"kind": "Hub", "on": "x" * 99}, Status.FAIL, f"on is {'x' * 79}… (expected: yes)"),
        ({"kind": "Hub"}, Status.UNKNOWN, "on is absent, and Azure documents no default for it"),
    ],
)
def test_a_condition_states_what_it_observed(
    body: dict[str, object], status: Status, message: str
) -> None:
    workspace = resource(WORKSPACE_ID, body)
    when: Condition = Comparison(("kind",), Operator.EQUALS, "Hub")
    check = check_of(Comparison(("on",), Operator.EQUALS, "yes"), when)
    verdict = judge(rule_of(check), workspace, estate(workspace))
    assert (verdict.status, verdict.message) == (status, message)


@pytest.mark.parametrize(
    ("value", "words"),
    [
        (True, "x is true"),
        (3, "x is 3"),
        ([1, 2], "x is a list of 2"),
        ({"a": 1}, "x is an object of 1"),
    ],
)
def test_lists_and_objects_are_shown_by_their_size(value: object, words: str) -> None:
    workspace = resource(WORKSPACE_ID, {"x": value})
    verdict = judge(rule_of(check_of(Exists(("x",), wanted=True))), workspace, estate(workspace))
    assert verdict.message == words


@pytest.mark.parametrize(
    ("comparison", "words"),
    [
        (
            Comparison(("x",), Operator.NOT_EQUALS, "", default=Default("")),
            'x is absent, which means "" (expected: not "")',
        ),
        (
            Comparison(("x",), Operator.IN, (), default=Default("none")),
            "x is absent, which means none (expected: one of an empty list)",
        ),
        (
            Comparison(("x",), Operator.IN, ("a" * 50, "b" * 50), default=Default("none")),
            f"x is absent, which means none (expected: one of {'a' * 50}, {'b' * 20}…)",
        ),
    ],
)
def test_a_message_shows_empty_values_and_not_all_of_a_long_list(
    comparison: Comparison, words: str
) -> None:
    workspace = resource(WORKSPACE_ID, {})
    verdict = judge(rule_of(check_of(comparison)), workspace, estate(workspace))
    assert verdict.message == words


def test_a_count_is_shown_as_a_number_not_member_by_member() -> None:
    workspace = resource(WORKSPACE_ID, {"list": [{"on": "yes"}, {"on": "no"}]})
    on = Comparison(("on",), Operator.EQUALS, "yes")
    check = check_of(CountMembers(("list",), on, Operator.EQUALS, 0))
    verdict = judge(rule_of(check), workspace, estate(workspace))
    assert verdict.message == "list: 1 of 2 match (expected: 0)"
    assert [each.path for each in verdict.looks] == ["list", "list[0].on"]


def test_a_type_hidden_twice_is_one_finding() -> None:
    hidden = (gap(WORKSPACE_ID, COMPUTE), gap(WORKSPACE_ID, WORKSPACE))
    whole = estate(missing=hidden)
    assert len(list(evaluate([rule_of(passes, applies_to=COMPUTE)], whole))) == 1


def test_an_absent_value_is_stated_as_absent() -> None:
    workspace = resource(WORKSPACE_ID, {"location": 7})
    (found,) = (
        each
        for each in evaluate(
            [rule_of(check_of(Exists(("x",), wanted=True)))],
            estate(workspace, seen=EVERYTHING),
        )
    )
    assert found.verdict.message == "x is absent (expected: set)"
    assert found.resource.location == ""
