import pytest

from amlaudit import Fix, Subject, Verdict, fail, not_applicable, ok, rule
from amlaudit.core.report import Finding, ResourceRef
from amlaudit.core.rule import Change, Rule, Severity
from amlaudit.core.scope import Scope
from amlaudit.core.texts import cut
from amlaudit.core.verdict import Status
from tests.estates import SUBSCRIPTION, WORKSPACE_ID


@rule(
    id="AML9001",
    title="It is well",
    severity="high",
    severity_reason="because",
    applies_to="Microsoft.MachineLearningServices/workspaces",
    because="so",
    fix="az fix",
    sources=["https://example.com"],
    mappings={"mcsb": ["NS-2"]},
)
def well(_subject: Subject) -> Verdict:
    return ok()


def test_the_decorator_turns_a_function_into_a_rule() -> None:
    assert isinstance(well, Rule)
    assert well.applies_to == "microsoft.machinelearningservices/workspaces"
    assert (well.severity, well.fix) == (Severity.HIGH, Fix("az fix", Change.IN_PLACE))
    assert well.mappings == {"mcsb": ("NS-2",)}


def test_severities_are_ordered_worst_first() -> None:
    assert [each.rank for each in Severity] == [0, 1, 2, 3, 4]
    assert Severity.HIGH.at_least(Severity.HIGH)
    assert not Severity.LOW.at_least(Severity.MEDIUM)


def test_verdicts_are_created_by_name() -> None:
    assert (ok("fine").status, fail("bad").message) == (Status.PASS, "bad")
    assert not_applicable("other kind").status is Status.NOT_APPLICABLE


def test_the_id_of_a_finding_depends_on_rule_and_resource_alone() -> None:
    place = ResourceRef(WORKSPACE_ID, "t", "ws")
    one, other = Finding(well, place, ok()), Finding(well, place, fail("now bad"))
    assert one.id == other.id
    assert len(one.id) == 32
    assert one.rank() == (1, "AML9001", WORKSPACE_ID, "")
    elsewhere = Finding(well, ResourceRef(f"{WORKSPACE_ID}x", "t", "ws"), ok())
    hidden = Finding(well, place, ok(), "microsoft.storage/storageaccounts")
    assert len({one.id, elsewhere.id, hidden.id}) == 3


@pytest.mark.parametrize(
    ("scope", "holds"),
    [
        (Scope(), True),
        (Scope(resource_groups=("RG",)), True),
        (Scope(resource_groups=("other",)), False),
        (Scope(workspaces=("WS",)), True),
        (Scope(workspaces=("w",)), False),
        (Scope(resource_groups=("rg",), workspaces=("ws",)), True),
    ],
)
def test_a_scope_contains_what_it_names(scope: Scope, holds: bool) -> None:  # noqa: FBT001
    assert scope.holds(f"{WORKSPACE_ID}/computes/c") is holds


def test_only_names_below_a_subscription_narrow() -> None:
    assert not Scope(subscriptions=("a",)).narrows
    assert Scope(workspaces=("ws",)).narrows
    assert not Scope(workspaces=("ws",)).holds(SUBSCRIPTION)


def test_a_text_that_is_too_long_ends_in_an_ellipsis() -> None:
    assert [cut("abcd", longest) for longest in (5, 4, 3)] == ["abcd", "abcd", "ab…"]
