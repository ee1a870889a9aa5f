"""Rows in a service's own format become ARM documents, without private data."""

from amlaudit.core import arm_id
from amlaudit.core.relations import (
    ACTIVITY_LOG_EXPORT,
    DENY_ASSIGNMENT,
    QUOTA_USAGE,
    ROLE_ELIGIBILITY,
)
from amlaudit.scanners.areas import cost, monitoring, rbac
from amlaudit.scanners.scanner import without

SUBSCRIPTION = "/subscriptions/11111111-1111-4111-8111-111111111111"
GROUP = f"{SUBSCRIPTION}/resourceGroups/rg-ml"


def test_a_setting_of_a_subscription_exports_its_activity_log() -> None:
    """The service omits the first slash, and vouches for no resource of the subscription."""
    row = {
        "id": f"{SUBSCRIPTION[1:]}/providers/microsoft.insights/diagnosticSettings/to-siem",
        "type": "Microsoft.Insights/diagnosticSettings",
        "name": "to-siem",
        "properties": {"logs": [{"category": "Administrative", "enabled": True}]},
    }
    export = monitoring.document_of_export(row)
    written = arm_id.normalise(str(export["id"]))
    assert arm_id.type_of(written) == ACTIVITY_LOG_EXPORT == str(export["type"]).lower()
    assert arm_id.parent_of(written) == SUBSCRIPTION
    assert export["properties"] == row["properties"]


def test_a_property_is_omitted_in_any_spelling() -> None:
    row = {"id": "/x", "properties": {"Value": "hidden", "attributes": {"value": 1}}}
    assert without(row, "value") == {"id": "/x", "properties": {"attributes": {"value": 1}}}
    assert without({"id": "/x", "properties": None}, "value") == {"id": "/x", "properties": None}


def test_documents_that_apply_to_a_scope_are_under_it() -> None:
    row = {
        "id": "/providers/Microsoft.Authorization/x/y",
        "name": "e1",
        "properties": {"scope": GROUP},
    }
    for kind, arm_type in (
        ("roleEligibilityScheduleInstances", ROLE_ELIGIBILITY),
        ("denyAssignments", DENY_ASSIGNMENT),
    ):
        written = arm_id.normalise(str(rbac.document_at_scope(row, kind)["id"]))
        assert arm_id.type_of(written) == arm_type
        assert arm_id.parent_of(written) == arm_id.normalise(GROUP)


def test_what_names_no_scope_keeps_its_id() -> None:
    row = {"id": "/providers/Microsoft.Authorization/x/y", "name": "e1", "properties": {}}
    assert rbac.document_at_scope(row, "denyAssignments") == row


def test_what_is_used_of_a_limit_belongs_to_the_region() -> None:
    row = {"id": f"{GROUP}/x", "currentValue": 8, "limit": 100, "name": {"value": "cores"}}
    usage = cost.document_of_limit(row, "usages")
    assert str(usage["type"]).lower() == QUOTA_USAGE
    assert "id" not in usage
    assert usage["properties"] == row


def test_totals_of_a_subscription_are_distinguished_despite_a_shared_id() -> None:
    totals = [
        {"id": SUBSCRIPTION, "type": f"Microsoft.MachineLearningServices/{kind}/usages"}
        for kind in ("totalClusters", "totalDedicatedCores")
    ]
    assert len({cost.document_of_limit(row, "usages")["name"] for row in totals}) == len(totals)


def test_a_schedule_has_no_names_of_people_and_its_scope_as_others_spell_it() -> None:
    scope = "/providers/Microsoft.Subscription/subscriptions/s"
    people = {"principal": {"email": "a@example.com"}}
    row = {"name": "n", "properties": {"scope": scope, "expandedProperties": people}}
    kind = "roleAssignmentScheduleInstances"
    assert rbac.document_at_scope(row, kind) == {
        "id": f"/subscriptions/s/providers/Microsoft.Authorization/{kind}/n",
        "name": "n",
        "properties": {"scope": "/subscriptions/s"},
    }
