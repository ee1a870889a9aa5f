"""Existence checks: which related resources are considered, and when one passes."""

from typing import Any

import pytest

from amlaudit.core.resource import Resource
from amlaudit.engine.policy.applicability import is_beneath
from amlaudit.engine.policy.evaluate import Outcome, State
from amlaudit.engine.policy.existence import is_named
from amlaudit.engine.policy.frame import Search
from tests.engine.policy.policies import NO, THING, THING_ID, YES, Around, policy, run
from tests.estates import resource

PART = f"{THING}/parts"
TYPE = {"field": "type", "equals": THING}
GOOD = {"field": f"{PART}/state", "equals": "on"}


def part(name: str = "p", state: object = "on", gaps: tuple[str, ...] = ()) -> Resource:
    return resource(f"{THING_ID}/parts/{name}", {"properties": {"state": state}}, gaps=gaps)


def exists(*others: Resource, missing: bool = False, **details: Any) -> Outcome:
    around = Around(others, missing)
    document = policy(TYPE, effect="AuditIfNotExists", details={"type": PART, **details})
    return run(document, around=around)


def test_one_related_resource_that_passes_is_enough() -> None:
    assert exists(part(), existenceCondition=GOOD).state is NO
    assert exists(part("a", "off"), part("b"), existenceCondition=GOOD).state is NO
    assert exists(part("a", "off"), existenceCondition=GOOD).state is YES
    assert exists(part("a", "off")).state is NO
    assert exists().state is YES


def test_a_name_that_is_not_known_leaves_open_what_passes_alone() -> None:
    name = "[uniqueString(policy().assignmentId)]"
    assert exists(name=name).state is YES
    assert exists(part("a", "off"), name=name, existenceCondition=GOOD).state is YES
    found = exists(part("a", "off"), part("b"), name=name, existenceCondition=GOOD)
    assert found.state is State.UNKNOWN
    assert "known only in the service" in found.message
    hidden = exists(part("a", gaps=("properties",)), name=name, existenceCondition=GOOD)
    assert "forbidden" in hidden.message


def told(outcome: Outcome) -> list[tuple[str, str, str, str]]:
    """Return for each look the name of the resource, the path, the expected and observed values."""
    return [
        (each.resource_id.rpartition("/")[2], each.path, each.expected, str(each.observed))
        for each in outcome.evidence
    ]


def test_the_one_that_passes_is_the_evidence() -> None:
    found = exists(part("a", "off"), part("b"), existenceCondition=GOOD)
    assert told(found) == [
        ("thing", f"related {PART}", "exists true", part("b").id),
        ("b", "properties.state", "equals on", "on"),
    ]


def test_where_none_passes_all_are_the_evidence() -> None:
    found = exists(part("a", "off"), part("b", "out"), existenceCondition=GOOD)
    assert told(found) == [
        ("thing", f"related {PART}", "exists true", "none of 2 passes"),
        ("a", "properties.state", "equals on", "off"),
        ("b", "properties.state", "equals on", "out"),
    ]
    assert found.message.startswith(f"related {PART}: none of 2 passes (exists true); ")


def test_where_one_may_pass_the_reason_is_the_evidence() -> None:
    hidden = part("a", gaps=("properties",))
    found = exists(hidden, part("b", "off"), existenceCondition=GOOD)
    assert found.gap
    assert found.gap.scope_id == hidden.id
    head, *_ = found.evidence
    assert (head.path, head.expected, str(head.seen)) == (f"related {PART}", "exists true", "gap")


def test_the_name_is_part_of_the_message() -> None:
    found = exists(part("a"), name="b")
    assert told(found) == [("thing", f"related {PART} b", "exists true", "none of 0 passes")]


def test_a_resource_that_the_rule_does_not_mean_is_not_concerned() -> None:
    document = policy({"not": TYPE}, effect="deployIfNotExists", details={"type": PART})
    assert run(document).state is State.NOT_APPLICABLE


def test_what_may_not_have_been_seen_leaves_it_unknown() -> None:
    assert exists(missing=True).state is State.UNKNOWN
    assert exists(part("a", "off"), missing=True, existenceCondition=GOOD).state is State.UNKNOWN
    assert exists(part(), missing=True, existenceCondition=GOOD).state is NO
    hidden = part("a", gaps=("properties",))
    assert exists(hidden, existenceCondition=GOOD).state is State.UNKNOWN
    assert exists(hidden, part("b"), existenceCondition=GOOD).state is NO


def test_a_candidate_that_fails_the_evaluation_counts_where_none_passes() -> None:
    failing = {"value": "[int('x')]", "equals": 1}
    either = {"anyOf": [GOOD, failing]}
    assert exists(part("a", "off"), part("b"), existenceCondition=either).state is NO
    assert exists(part("a", "off"), existenceCondition=either).state is State.ERROR
    assert exists(part("a", "off"), missing=True, existenceCondition=either).state is (
        State.UNKNOWN
    )


def test_field_in_an_existence_condition_refers_to_the_resource_of_the_rule() -> None:
    condition = {
        "allOf": [
            {"field": "name", "equals": "p"},
            {"value": "[field('name')]", "equals": "thing"},
            {"field": f"{PART}/state", "equals": f"[toLower(field('{THING}/text'))]"},
        ]
    }
    assert exists(part(state="ABC"), existenceCondition=condition).state is NO


def test_members_of_a_candidate_are_counted() -> None:
    where = {"value": f"[current('{PART}/state[*]')]", "equals": "b"}
    condition = {"count": {"field": f"{PART}/state[*]", "where": where}, "equals": 1}
    assert exists(part(state=["a", "b"]), existenceCondition=condition).state is NO


@pytest.mark.parametrize(
    ("name", "state"),
    [("p", NO), ("[field('kind')]", YES), ("thing/P", NO), ("thing/?", NO), ("other/?", YES)],
)
def test_a_name_narrows_what_is_looked_at(name: str, state: State) -> None:
    assert exists(part(), name=name).state is state


def test_names_are_compared_with_and_without_parents() -> None:
    assert is_named(part(), "")
    assert not is_named(part(), "x/p")


def test_the_details_say_where_to_look() -> None:
    around = Around()
    details = {
        "type": f"[concat('{THING}', '/parts')]",
        "resourceGroupName": "[toLower('NET')]",
        "existenceScope": "Subscription",
        "evaluationDelay": "AfterProvisioning",
    }
    run(policy(TYPE, effect="auditIfNotExists", details=details), around=around)
    assert around.asked == [Search(PART.lower(), "net", everywhere=True)]


@pytest.mark.parametrize(
    ("wanted", "everywhere", "beneath"),
    [
        ("a.b/cs/ds", False, True),
        ("a.b/cs/ds", True, True),
        ("a.b/csx", False, False),
        ("microsoft.insights/diagnosticsettings", False, True),
        ("microsoft.insights/diagnosticsettings", True, False),
        ("microsoft.dataprotection/backupinstances", False, True),
        ("microsoft.dataprotection/backupvaults/backupinstances", False, False),
        ("microsoft.recoveryservices/backupprotecteditems", False, True),
        ("microsoft.recoveryservices/vaults", False, False),
        ("microsoft.eventgrid/eventsubscriptions", False, True),
        ("microsoft.resources/links", False, True),
        ("microsoft.resources/links", True, False),
        ("microsoft.insights/guestdiagnosticsettingsassociation", False, True),
        ("microsoft.security/assessments", False, True),
        ("microsoft.security/automations", False, False),
        ("microsoft.security/securityconnectors/devops", False, False),
        ("microsoft.kubernetesconfiguration/extensions", False, True),
        ("microsoft.azurestackhci/virtualmachineinstances", False, True),
        ("microsoft.azurestackhci/virtualmachines", False, False),
        ("microsoft.kubernetesconfiguration/privatelinkscopes", False, False),
        ("microsoft.network/privateendpoints", False, False),
        ("microsoft.network/privateendpoints", True, False),
    ],
)
def test_children_and_extensions_are_looked_for_beneath_a_resource(
    wanted: str,
    everywhere: bool,  # noqa: FBT001 - a case
    beneath: bool,  # noqa: FBT001 - a case
) -> None:
    assert is_beneath(Search(wanted, everywhere=everywhere), "a.b/cs") is beneath


def test_details_that_are_not_text_fail() -> None:
    outcome = exists(name="[createArray()]")
    assert outcome.state is State.ERROR
    assert "must be a string, not a list" in outcome.message


def test_the_evidence_names_what_was_looked_for() -> None:
    outcome = exists(part("a", "off"), existenceCondition=GOOD)
    assert [(each.path, each.observed) for each in outcome.evidence] == [
        (f"related {PART}", "none of 1 passes"),
        ("properties.state", "off"),
    ]
