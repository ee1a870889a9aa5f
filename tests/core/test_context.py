"""The purpose of a workspace, according to the nearest tag."""

import pytest
from msgspec.structs import replace

from amlaudit.core.conditions import FALSE, TRUE, UNKNOWN, InContext, Operator, Tagged, Truth
from amlaudit.core.context import LABELS, Assigned, Where
from amlaudit.core.estate import Estate
from amlaudit.core.gap import NoDataError, Reason
from amlaudit.core.resource import Resource
from amlaudit.core.subject import Subject
from amlaudit.core.verdict import Seen, evidence_of
from amlaudit.engine.compile import compile_condition
from tests.estates import GROUP, STORAGE_ID, SUBSCRIPTION, WORKSPACE_ID, estate, resource, subject

COMPUTE_ID = f"{WORKSPACE_ID}/computes/c"


def tagged(resource_id: str, **tags: object) -> Resource:
    return resource(resource_id, {"tags": tags})


def seen(own: Resource, *above: Resource) -> Subject:
    return Subject(own, estate(own, *above))


@pytest.mark.parametrize(
    ("tags", "environment"),
    [
        ({"environment": "Dev"}, "dev"),
        ({"ENVIRONMENT": "dev"}, "dev"),
        ({"env": "dev"}, "dev"),
        ({"environment": "test", "env": "dev"}, "test"),
        ({"environment": " Production "}, "prod"),
        ({"environment": "blue"}, "blue"),
    ],
)
def test_a_tag_on_the_workspace_tells(tags: dict[str, object], environment: str) -> None:
    assert seen(tagged(WORKSPACE_ID, **tags)).context("environment") == environment


def test_the_nearest_place_counts() -> None:
    group, subscription = tagged(GROUP, environment="test"), tagged(SUBSCRIPTION, env="dev")
    bare = resource(WORKSPACE_ID)
    assert seen(bare, group, subscription).context("environment") == "test"
    assert seen(bare, resource(GROUP), subscription).context("environment") == "dev"
    assert seen(tagged(WORKSPACE_ID, environment=""), group).context("environment") == "test"


def test_what_is_part_of_a_workspace_is_what_the_workspace_is() -> None:
    compute = tagged(COMPUTE_ID, environment="dev")
    assert seen(compute, tagged(WORKSPACE_ID, environment="test")).context("environment") == "test"


def test_a_resource_outside_workspaces_uses_its_own_tags() -> None:
    group = tagged(GROUP, environment="test")
    assert seen(tagged(STORAGE_ID, environment="dev")).context("environment") == "dev"
    assert seen(resource(STORAGE_ID), group).context("environment") == "test"
    assert seen(group).context("environment") == "test"


@pytest.mark.parametrize(
    ("label", "assumed"),
    [("environment", "prod"), ("classification", "internal"), ("criticality", "")],
)
def test_without_a_tag_a_default_is_assumed_and_stated(label: str, assumed: str) -> None:
    bare = seen(resource(WORKSPACE_ID), resource(GROUP), resource(SUBSCRIPTION))
    assert bare.context(label) == assumed
    (evidence,) = evidence_of(bare.trail, WORKSPACE_ID, None)
    assert (evidence.resource_id, evidence.seen) == (WORKSPACE_ID, Seen.DEFAULT)


def test_a_tag_is_evidence_where_it_was_found() -> None:
    own = seen(resource(WORKSPACE_ID), tagged(GROUP, env="qa"))
    own.context("environment")
    (evidence,) = evidence_of(own.trail, WORKSPACE_ID, None)
    assert (evidence.resource_id, evidence.path, evidence.observed) == (GROUP, "tags.env", "test")


@pytest.mark.parametrize(
    ("own", "reason"),
    [
        (resource(WORKSPACE_ID), Reason.NOT_COLLECTED),  # nor was its resource group
        (resource(WORKSPACE_ID, gaps=("tags",)), Reason.FORBIDDEN),
        (tagged(WORKSPACE_ID, environment=3), Reason.UNSUPPORTED),
        (resource(WORKSPACE_ID, {"tags": ["dev"]}), Reason.UNSUPPORTED),
    ],
)
def test_what_cannot_be_read_is_not_assumed(own: Resource, reason: Reason) -> None:
    subject_of = seen(own)
    with pytest.raises(NoDataError) as error:
        subject_of.context("environment")
    assert error.value.gap.reason is reason
    assert [(each.path, each.seen) for each in subject_of.trail] == [("tags", Seen.GAP)]
    outcome = compile_condition(InContext("environment", Operator.EQUALS, "prod"))(seen(own))
    assert (outcome.truth, outcome.gap) == (UNKNOWN, error.value.gap)


def test_an_unknown_context_is_refused() -> None:
    with pytest.raises(ValueError, match="unknown context 'colour'"):
        subject({}).context("colour")


@pytest.mark.parametrize(
    ("operator", "operand", "truth"),
    [
        (Operator.EQUALS, "prod", TRUE),
        (Operator.NOT_EQUALS, "prod", FALSE),
        (Operator.IN, ("dev", "Prod"), TRUE),
        (Operator.NOT_IN, ("dev",), TRUE),
        (Operator.LIKE, "p*", TRUE),
    ],
)
def test_conditions_compare_a_context(
    operator: Operator, operand: str | tuple[str, ...], truth: Truth
) -> None:
    own = tagged(WORKSPACE_ID, environment="production")
    outcome = compile_condition(InContext("environment", operator, operand))(seen(own))
    (evidence,) = outcome.evidence(own)
    assert (outcome.truth, evidence.path) == (truth, "tags.environment")
    assert evidence.expected


@pytest.mark.parametrize(
    ("wanted", "tags", "truth"),
    [
        (True, {"env": "dev"}, TRUE),
        (False, {"env": "dev"}, FALSE),
        (True, {}, FALSE),
        (False, {}, TRUE),
    ],
)
def test_conditions_check_what_a_tag_states(
    *, wanted: bool, tags: dict[str, object], truth: Truth
) -> None:
    own = seen(tagged(WORKSPACE_ID, **tags), resource(GROUP), resource(SUBSCRIPTION))
    outcome = compile_condition(Tagged("environment", wanted))(own)
    assert (outcome.truth, outcome.looks[0].expected) == (truth, "set" if wanted else "not set")
    alone = seen(tagged(WORKSPACE_ID))
    assert compile_condition(Tagged("environment", wanted))(alone).truth == UNKNOWN


def test_a_part_of_a_resource_is_in_its_context() -> None:
    own = resource(WORKSPACE_ID, {"tags": {"environment": "dev"}, "list": [{"tags": {}}]})
    (member,) = seen(own).each("list")
    assert member.context("environment") == "dev"


GROUPS = {
    "displayName": "ML Production",
    "properties": {"managementGroupAncestorsChain": [{"name": "MG-ML"}, {"name": "root"}]},
}


def assigned(*parts: Assigned, tags: str = "dev", chain: object = GROUPS) -> Subject:
    own = tagged(WORKSPACE_ID, environment=tags)
    held = estate(own, resource(SUBSCRIPTION, chain))  # type: ignore[arg-type] # a document
    label = replace(LABELS["environment"], assigned=parts)
    return Subject(own, Estate(held.store, {**LABELS, "environment": label}))


BY_RESOURCE = Assigned(Where.RESOURCES, "*/resourcegroups/rg", "test")
BY_GROUP = Assigned(Where.MANAGEMENT_GROUPS, "mg-ml", "staging")
BY_SUBSCRIPTION = Assigned(Where.SUBSCRIPTIONS, SUBSCRIPTION.rpartition("/")[2], "prod")


@pytest.mark.parametrize(
    ("parts", "environment"),
    [
        ([], "dev"),
        ([BY_SUBSCRIPTION], "prod"),
        ([BY_GROUP, BY_SUBSCRIPTION], "staging"),
        ([BY_RESOURCE, BY_GROUP, BY_SUBSCRIPTION], "test"),
        ([Assigned(Where.SUBSCRIPTIONS, "ml prod*", "prod")], "prod"),
        ([Assigned(Where.SUBSCRIPTIONS, "ml dev*", "prod")], "dev"),
        ([Assigned(Where.MANAGEMENT_GROUPS, "mg-*", "staging")], "staging"),
        ([BY_GROUP, Assigned(Where.SUBSCRIPTIONS, "ml*", "prod")], "staging"),
        ([Assigned(Where.RESOURCES, "*/workspaces/other", "test")], "dev"),
        ([Assigned(Where.MANAGEMENT_GROUPS, "mg", "test")], "dev"),
    ],
)
def test_assignments_in_the_profile_override_tags(parts: list[Assigned], environment: str) -> None:
    assert assigned(*parts).context("environment") == environment


def test_what_is_assigned_is_evidence_and_no_tag() -> None:
    workspace = assigned(BY_GROUP)
    found = workspace.find_context("environment")
    assert found.path == "environment['by management_groups mg-ml']"
    assert (found.seen, found.expected, found.observed) == (Seen.PRESENT, "", "staging")
    assert workspace.find_tag("environment").observed == "dev"


def test_where_the_name_of_the_subscription_is_not_known_neither_is_what_it_tells() -> None:
    own = tagged(WORKSPACE_ID, environment="dev")
    named = Assigned(Where.SUBSCRIPTIONS, "ml prod*", "prod")
    by_id = Assigned(Where.SUBSCRIPTIONS, "99999999-1111-4111-8111-111111111111", "prod")

    def of(part: Assigned) -> Subject:
        label = replace(LABELS["environment"], assigned=(part,))
        return Subject(own, Estate(estate(own).store, {**LABELS, "environment": label}))

    with pytest.raises(NoDataError):
        of(named).context("environment")
    assert of(by_id).context("environment") == "dev"


@pytest.mark.parametrize("named", ["None", "X*"])
def test_a_subscription_without_a_name_is_found_by_no_name(named: str) -> None:
    part = Assigned(Where.SUBSCRIPTIONS, named, "prod")
    assert assigned(part, chain={}).context("environment") == "dev"


def test_where_the_management_groups_are_not_known_neither_is_what_they_tell() -> None:
    with pytest.raises(NoDataError):
        assigned(BY_GROUP, chain={}).context("environment")
    assert assigned(BY_RESOURCE, BY_GROUP, chain={}).context("environment") == "test"
