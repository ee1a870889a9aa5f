"""Findings: their resource, where it is declared, and the effects of crashes and blind spots."""

from collections.abc import Mapping
from typing import Any

import pytest
from msgspec.structs import replace

from amlaudit import fail, ok
from amlaudit.core.conditions import (
    FALSE,
    TRUE,
    UNKNOWN,
    AllOf,
    AnyOf,
    Comparison,
    Condition,
    CountNeighbours,
    Default,
    Exists,
    Not,
    Operator,
)
from amlaudit.core.gap import Gap, Reason
from amlaudit.core.path import parse_path
from amlaudit.core.place import Place
from amlaudit.core.relations import COMPUTE, STORAGE
from amlaudit.core.report import Finding
from amlaudit.core.resource import Resource
from amlaudit.core.rule import ANY_TYPE, Parameter, Rule
from amlaudit.core.subject import Subject
from amlaudit.core.verdict import Look, Other, Seen, Status, Verdict
from amlaudit.engine.checks import check_of
from amlaudit.engine.compile import compile_afresh
from amlaudit.engine.evaluate import evaluate, judge, reference_to
from tests.estates import STORAGE_ID, SUBSCRIPTION, WORKSPACE_ID, estate, gap, resource
from tests.estates import subject as alone
from tests.rulebook.rules import rule_of

OPEN: Mapping[str, Any] = {"properties": {"publicNetworkAccess": "Enabled"}, "kind": "Hub"}
ACCESS = parse_path("properties.publicNetworkAccess")
DECLARED = replace(
    resource(WORKSPACE_ID, OPEN),
    place=Place("main.bicep", 10, 1, 30, "ws"),
    lines={".kind": 2, ".properties": 3, ".properties.publicnetworkaccess": 5},
)


def only(rule: Rule, *resources: Resource, hidden: str = "", **options: Any) -> Finding:
    """Return the finding of a rule on a resource, or on the scope in which a type is hidden."""
    found = evaluate([rule], estate(*resources, **options))
    (one,) = (each for each in found if each.subject_key == hidden)
    return one


def required(condition: Condition) -> Rule:
    return replace(rule_of(check_of(condition)), require=condition)


def coded(subject: Subject) -> Verdict:
    subject.get("kind", default="")
    subject.get("properties.publicNetworkAccess", default="")
    return fail("open")


def test_a_fail_is_located_where_its_property_is_written() -> None:
    shut = Comparison(ACCESS, Operator.EQUALS, "Disabled")
    at = Place("main.bicep", 15, 1, 15, "ws")
    assert only(required(shut), DECLARED).place == at
    assert only(rule_of(coded), DECLARED).place == at
    assert only(required(Not(shut)), DECLARED).place is None
    mode = Comparison(parse_path("properties.mode"), Operator.EQUALS, "x", Default("y"))
    assert only(required(AllOf((shut, mode))), DECLARED).place == at
    hub = Comparison(("kind",), Operator.EQUALS, "Project")
    assert only(required(hub), DECLARED).place == Place("main.bicep", 12, 1, 12, "ws")
    assert only(required(shut), resource(WORKSPACE_ID, OPEN)).place is None


def test_a_fail_without_a_setting_is_located_at_its_resource() -> None:
    def check(subject: Subject) -> Verdict:
        subject.get("kind", default="")
        return fail("a hub")

    assert only(rule_of(check), DECLARED).place is None


def test_code_decides_by_what_it_read_last() -> None:
    def check(subject: Subject) -> Verdict:
        subject.get("properties.publicNetworkAccess", default="")
        subject.get("properties.mode", default="")
        return fail("no mode")

    assert only(rule_of(check), DECLARED).place is None


def test_a_resource_is_shown_with_its_location_and_its_place() -> None:
    plain = resource(WORKSPACE_ID, {"location": "westeurope"})
    found = reference_to(plain)
    assert (found.id, found.type, found.name) == (plain.id, plain.type, plain.name)
    assert (found.location, found.place, found.origin) == ("westeurope", None, plain.origin)
    assert reference_to(resource(WORKSPACE_ID, {"location": 7})).location == ""
    assert reference_to(DECLARED).place == DECLARED.place
    tagged = resource(WORKSPACE_ID, {"tags": {"AmlAudit-Source": "a.bicep:12", "other": "x:1"}})
    assert reference_to(tagged).place == Place("a.bicep", 12)


def test_parameters_reach_the_code_of_a_rule() -> None:
    def check(subject: Subject) -> Verdict:
        return ok(f"at most {subject.parameters['most']}")

    rule = replace(rule_of(check), parameters={"most": Parameter("nodes", 3, 5)})
    assert only(rule, resource(WORKSPACE_ID)).verdict.message == "at most 5"
    alone_in = estate(resource(WORKSPACE_ID))
    assert judge(rule, resource(WORKSPACE_ID), alone_in).message == "at most 5"


def test_neighbours_are_those_of_the_estate() -> None:
    def check(subject: Subject) -> Verdict:
        return ok(str([each.name for each in subject.follow("computes")]))

    compute = resource(f"{WORKSPACE_ID}/computes/one", {})
    seen = ((WORKSPACE_ID, COMPUTE),)
    rule, whole = rule_of(check), resource(WORKSPACE_ID)
    assert only(rule, whole, compute, seen=seen).verdict.message == "['one']"
    assert judge(rule, whole, estate(whole, compute, seen=seen)).message == "['one']"
    some = CountNeighbours("computes", None, Operator.GREATER, 0)
    assert only(required(some), whole, compute, seen=seen).verdict.status is Status.PASS


def test_a_finding_numbers_the_others_that_it_rests_on_and_not_its_own_resource() -> None:
    def check(subject: Subject) -> Verdict:
        own = subject.get("kind", default="")
        several = [each.get("kind", default="") for each in subject.follow("computes")]
        return ok(f"{own} {several}")

    computes = [resource(f"{WORKSPACE_ID}/computes/{name}", {"kind": "c"}) for name in "ab"]
    whole = resource(WORKSPACE_ID, {"kind": "w"})
    found = only(rule_of(check), whole, *computes, seen=((WORKSPACE_ID, COMPUTE),))
    assert found.others == tuple(Other(each.id, each.origin) for each in computes)
    looks = [each for each in found.verdict.looks if isinstance(each, Look)]
    assert [(each.path, each.at) for each in looks] == [
        ("kind", 0),
        ("kind", 1),
        ("kind", 2),
        ("-> computes", 0),
    ]
    assert {each.expected for each in looks} == {""}
    told = [(each.resource_id, each.observed, each.origin) for each in found.evidence]
    assert told[:2] == [(whole.id, "w", whole.origin), (computes[0].id, "c", computes[0].origin)]


def test_what_tags_of_the_judged_resource_tell_is_numbered_as_its_own() -> None:
    whole = resource(WORKSPACE_ID, {"tags": {"environment": "prod"}})
    found = only(rule_of(lambda workspace: ok(workspace.context("environment"))), whole)
    (look,) = found.verdict.looks
    assert (found.others, look) == ((), Look("tags.environment", "", "prod", Seen.PRESENT, at=0))


def test_what_is_not_known_shows_where_a_condition_looked() -> None:
    hidden = resource(WORKSPACE_ID, gaps=("properties.publicNetworkAccess",))
    found = only(required(Comparison(ACCESS, Operator.EQUALS, "Disabled")), hidden).verdict
    assert [(each.path, each.expected, each.seen) for each in found.looks] == [
        ("properties.publicNetworkAccess", "Disabled", Seen.GAP)
    ]


def test_identical_resources_share_a_verdict_for_every_kind_of_rule() -> None:
    access = Comparison(ACCESS, Operator.EQUALS, "Disabled")
    conditions: list[Condition] = [access, AllOf((access, Exists(("kind",), wanted=True)))]
    several = [resource(f"{WORKSPACE_ID}{at}", OPEN) for at in range(3)]
    for rule in (*map(required, conditions), rule_of(coded)):
        one, *more = evaluate([rule], estate(*several))
        judged = [each for each in (one, *more) if not each.subject_key]
        assert len({id(each.verdict) for each in judged}) == 1, rule
        assert len(judged) == len(several)


def test_a_rule_that_gives_no_verdict_has_crashed() -> None:
    found = only(rule_of(lambda _: None), resource(WORKSPACE_ID)).verdict  # type: ignore[arg-type, return-value] # as a bad rule may
    assert (found.status, found.reason) == (Status.UNKNOWN, Reason.RULE_ERROR)
    assert found.message == "rule AML9001 crashed: TypeError"


def test_what_is_not_known_keeps_the_permission_that_would_tell() -> None:
    hidden = Gap(WORKSPACE_ID, "kind", Reason.FORBIDDEN, "kind: forbidden", "x/read")
    whole = replace(resource(WORKSPACE_ID), gaps=((("kind",), hidden),))
    for rule in (rule_of(coded), required(Exists(("kind",), wanted=True))):
        found = only(rule, whole).verdict
        assert (found.reason, found.permission) == (Reason.FORBIDDEN, "x/read")
        assert found.message == "kind: forbidden"


def test_a_blind_spot_is_a_finding_on_the_scope_that_could_not_be_read() -> None:
    rule = rule_of(lambda _: ok("fine"), applies_to=STORAGE)
    missing = (gap(SUBSCRIPTION, STORAGE),)
    found = only(rule, missing=missing, hidden=STORAGE)
    assert (found.resource.id, found.resource.name) == (
        SUBSCRIPTION, SUBSCRIPTION.rpartition("/")[2]
    )  # fmt: skip
    assert (found.resource.type, found.subject_key) == (
        "microsoft.resources/subscriptions", STORAGE
    )  # fmt: skip
    named = replace(resource(SUBSCRIPTION, {}), name="ML Production")
    assert only(rule, named, missing=missing, hidden=STORAGE).resource.name == "ML Production"


def test_a_rule_for_any_type_judges_every_present_or_missing_type() -> None:
    rule = rule_of(lambda _: ok("fine"), applies_to=ANY_TYPE)
    missing = (gap(SUBSCRIPTION, COMPUTE), gap(WORKSPACE_ID, "properties.x"))
    here = estate(resource(STORAGE_ID), resource(WORKSPACE_ID), missing=missing)
    found = [(each.resource.id, each.subject_key) for each in evaluate([rule, rule], here)]
    for wanted in ((STORAGE_ID, ""), (WORKSPACE_ID, ""), (SUBSCRIPTION, COMPUTE)):
        assert found.count(wanted) == 2
    assert not {key for _, key in found} & {"properties.x"}


KNOWN: Mapping[str, Any] = {"text": "Disabled", "number": 3, "list": ["a"]}


@pytest.mark.parametrize(
    ("condition", "status"),
    [
        (AllOf((Exists(("text",), wanted=True), Exists(("number",), wanted=True))), Status.PASS),
        (AllOf((Exists(("text",), wanted=True), Exists(("none",), wanted=True))), Status.FAIL),
        (AnyOf((Exists(("none",), wanted=True), Exists(("number",), wanted=True))), Status.PASS),
        (AnyOf((Exists(("none",), wanted=True), Exists(("nil",), wanted=True))), Status.FAIL),
        (Not(Exists(("text",), wanted=True)), Status.FAIL),
        (Not(Not(Exists(("text",), wanted=True))), Status.PASS),
        (Not(Comparison(("none",), Operator.EQUALS, "x")), Status.UNKNOWN),
        (AllOf((Comparison(("none",), Operator.EQUALS, "x"), Exists(("text",), wanted=True))),
         Status.UNKNOWN),
        (AllOf((Comparison(("none",), Operator.EQUALS, "x"), Exists(("text",), wanted=False))),
         Status.FAIL),
        (AnyOf((Comparison(("none",), Operator.EQUALS, "x"), Exists(("text",), wanted=True))),
         Status.PASS),
        (Comparison(("list",), Operator.CONTAINS, "a"), Status.PASS),
        (Comparison(("none",), Operator.EQUALS, "x", Default("x")), Status.PASS),
    ],
)  # fmt: skip
def test_conditions_decide_the_same_with_and_without_memory(
    condition: Condition, status: Status
) -> None:
    judge_afresh = compile_afresh(condition)
    truths = {Status.PASS: TRUE, Status.FAIL: FALSE, Status.UNKNOWN: UNKNOWN}
    for body in (KNOWN, dict(KNOWN), {**KNOWN, "other": 1}):
        assert check_of(condition)(alone(body)).status is status
        assert judge_afresh(alone(body)).truth == truths[status]
    again = check_of(condition)
    assert [again(alone(KNOWN)).status for _ in range(3)] == [status] * 3


def test_an_inapplicable_rule_states_what_it_observed() -> None:
    check = check_of(
        Exists(("number",), wanted=True), when=Comparison(("text",), Operator.EQUALS, "Enabled")
    )
    found = check(alone(KNOWN))
    assert (found.status, found.message) == (Status.NOT_APPLICABLE, "text is Disabled")
    assert check(alone({"text": "Enabled"})).status is Status.FAIL
    assert check(alone({"text": "Enabled", "number": 1})).status is Status.PASS
    assert check(alone({"number": 1})).status is Status.UNKNOWN


def test_evidence_is_listed_once_and_part_by_part() -> None:
    both = AllOf((Exists(("number",), wanted=True), Exists(("text",), wanted=True)))
    found = check_of(both)(alone(KNOWN))
    assert found.message == "number is 3; text is Disabled"
    twice = AllOf((Exists(("text",), wanted=True), Exists(("text",), wanted=True)))
    assert check_of(twice)(alone(KNOWN)).message == "text is Disabled"


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        ("x" * 80, "x" * 80),
        ("x" * 81, "x" * 79 + "…"),
        (["a", "b"], "a list of 2"),
        ({"a": 1}, "an object of 1"),
        (True, "true"),
        ([], "a list of 0"),
    ],
)
def test_a_value_is_quoted_up_to_the_length_of_a_line(value: object, shown: str) -> None:
    found = check_of(Exists(("value",), wanted=True))(alone({"value": value}))
    assert found.message == f"value is {shown}"
