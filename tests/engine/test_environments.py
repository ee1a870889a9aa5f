"""A rule may be off or have another severity in an environment; if that is unknown, it counts."""

from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from amlaudit import fail, not_applicable, ok
from amlaudit.core.report import Finding, Override, Profile, ResourceRef
from amlaudit.core.rule import Severity
from amlaudit.core.verdict import Other, Status, Verdict
from amlaudit.engine.environments import in_environments
from amlaudit.spool import Spool
from tests.estates import GROUP, SUBSCRIPTION, WORKSPACE_ID, estate, resource
from tests.rulebook.rules import rule_of

RULE = rule_of(lambda _: ok())
OFF = Override("dev", "AML9001", None, "our desks", "ciso@contoso.com")
MILD = Override("dev", "AML9001", Severity.LOW, "no data there")


def found(
    override: Override, environment: str | None, verdict: Verdict, subject_key: str = ""
) -> Finding:
    tags = {"tags": {"environment": environment}} if environment else {}
    own = resource(WORKSPACE_ID, tags, gaps=() if environment else ("tags",))
    held = estate(own, resource(GROUP), resource(SUBSCRIPTION))
    finding = Finding(RULE, ResourceRef(WORKSPACE_ID, "t", "ws"), verdict, subject_key)
    (made,) = in_environments([finding], [override], held)
    return made


def test_a_rule_disabled_in_an_environment_is_not_applicable_there_with_the_reason() -> None:
    off = found(OFF, "dev", fail("wrong"))
    assert off.verdict.status is Status.NOT_APPLICABLE
    assert off.verdict.message == "disabled in dev: our desks"
    (told,) = off.evidence
    assert (told.path, told.observed) == ("tags.environment", "dev")
    assert found(OFF, "prod", fail("wrong")).verdict == fail("wrong")


def test_a_disabled_rule_has_no_other_evidence() -> None:
    own = resource(WORKSPACE_ID, {"tags": {"environment": "dev"}})
    place, others = ResourceRef(WORKSPACE_ID, "t", "ws"), (Other("/elsewhere", None),)
    (off,) = in_environments(
        [Finding(RULE, place, fail("wrong"), others=others)], [OFF], estate(own)
    )
    assert off.others == ()


def test_a_rule_weighs_otherwise_there() -> None:
    mild = found(MILD, "Development", fail("wrong"))
    assert (mild.rule.severity, mild.verdict) == (Severity.LOW, fail("wrong"))
    assert found(MILD, "prod", fail("wrong")).rule is RULE


def test_where_the_environment_is_not_known_the_rule_counts_as_everywhere() -> None:
    assert found(OFF, None, fail("wrong")).verdict == fail("wrong")
    assert found(MILD, None, fail("wrong")).rule is RULE


def test_unseen_resources_are_in_no_environment() -> None:
    assert found(OFF, "dev", fail("wrong"), "some/type").verdict == fail("wrong")


@given(most=st.integers(1, 3))
def test_the_overridden_severity_survives_a_file(most: int) -> None:
    findings = [found(MILD, name, fail("wrong")) for name in ("dev", "prod")]
    back = list(Spool(findings, [RULE], most))
    assert {each.rule.severity for each in back} == {Severity.LOW, Severity.HIGH}


def test_a_rule_is_as_bad_as_in_the_worst_environment() -> None:
    severe = Override("prod", "AML9001", Severity.CRITICAL)
    assert Profile("p", "", overrides=(MILD, severe)).at_worst(RULE).severity is Severity.CRITICAL
    assert Profile("p", "", overrides=(MILD, OFF)).at_worst(RULE) is RULE
    medium = Override("prod", "AML9001", Severity.MEDIUM)
    assert (
        Profile("p", "", overrides=(MILD, medium))
        .at_worst(replace(RULE, severity=Severity.INFO))
        .severity
        is Severity.MEDIUM
    )


def test_what_does_not_apply_anyway_keeps_its_own_reason() -> None:
    other = not_applicable("no hub")
    assert found(OFF, "dev", other).verdict == other


def test_each_variant_of_a_rule_is_created_once() -> None:
    own = resource(WORKSPACE_ID, {"tags": {"environment": "dev"}})
    finding = Finding(RULE, ResourceRef(WORKSPACE_ID, "t", "ws"), fail("wrong"))
    one, other = in_environments([finding, finding], [MILD], estate(own))
    assert one.rule is other.rule


def test_an_override_applies_regardless_of_the_preceding_ones() -> None:
    own = resource(WORKSPACE_ID, {"tags": {"environment": "dev"}})
    place = ResourceRef(WORKSPACE_ID, "t", "ws")
    other = Finding(rule_of(lambda _: ok(), rule_id="AML9002"), place, fail("wrong"))
    found = [other, Finding(RULE, place, fail("wrong")), other]
    made = list(in_environments(found, [MILD], estate(own)))
    assert [each.rule.severity for each in made] == [Severity.HIGH, Severity.LOW, Severity.HIGH]


def test_variants_of_two_rules_are_two_rules() -> None:
    own = resource(WORKSPACE_ID, {"tags": {"environment": "dev"}})
    other = rule_of(lambda _: ok(), rule_id="AML9002")
    wanted = [MILD, Override("dev", "AML9002", Severity.LOW)]
    place = ResourceRef(WORKSPACE_ID, "t", "ws")
    findings = [Finding(each, place, fail("wrong")) for each in (RULE, other)]
    made = list(in_environments(findings, wanted, estate(own)))
    assert [each.rule.id for each in made] == ["AML9001", "AML9002"]


def test_a_nested_resource_is_in_the_environment_of_its_parent() -> None:
    own = resource(WORKSPACE_ID, {"tags": {"environment": "dev"}})
    inside = ResourceRef(f"{WORKSPACE_ID}/computes/cpu", "t", "cpu")
    held = estate(own, resource(GROUP), resource(SUBSCRIPTION))
    (made,) = in_environments([Finding(RULE, inside, fail("wrong"))], [OFF], held)
    assert made.verdict.message == "disabled in dev: our desks"


def test_resources_outside_the_estate_are_in_no_environment() -> None:
    elsewhere = Finding(RULE, ResourceRef(WORKSPACE_ID, "t", "ws"), fail("wrong"))
    assert list(in_environments([elsewhere], [OFF], estate())) == [elsewhere]
