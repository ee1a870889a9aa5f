"""AML1816: activity log alerts report changes of roles, policies and workspaces."""

from collections.abc import Collection, Mapping
from typing import Final

from amlaudit import Change, Fix, Subject, Verdict, adding, fail, not_applicable, ok, rule
from amlaudit.readings.activity_alerts import CATEGORY, clauses_of, is_heard, parts_of, values_of
from amlaudit.readings.parameters import texts_of
from amlaudit.readings.partial import any_does, known_to_lack

# https://learn.microsoft.com/azure/azure-monitor/alerts/alerts-create-activity-log-alert-rule
OPERATION: Final = "operationname"
NARROWING: Final = frozenset({"caller", "resourcegroup", "resourceid", "substatus"})
"""Fields whose conditions leave some of an operation's events out, whatever they ask for."""
WATCHED: Final = (
    "Microsoft.Authorization/policyAssignments/delete",
    "Microsoft.Authorization/policyAssignments/write",
    "Microsoft.Authorization/roleAssignments/write",
    "Microsoft.MachineLearningServices/workspaces/listKeys/action",
    "Microsoft.MachineLearningServices/workspaces/write",
)


@rule(
    id="AML1816",
    title="Activity log alerts notify of role, policy and workspace changes and of key listings",
    severity="low",
    severity_reason="Whoever opens the estate from inside is otherwise noticed by chance, if ever.",
    applies_to="Microsoft.Resources/subscriptions",
    because=(
        "A new role assignment, a removed policy, a workspace that is opened to the internet and a "
        "listing of its keys are the usual steps of someone who prepares access to data. Each of "
        "them is in the activity log at once, and an alert on it costs nothing. Without one, the "
        "next audit finds them."
    ),
    fix=Fix(
        "az monitor activity-log alert create --name security-changes --resource-group <group> "
        "--scope {id} --condition category=Administrative and operationName=<operation> "
        "--action-group <action group id>",
        change=Change.CREATE_COMPANION,
        note="The command makes an alert for one operation; a template can list several in one.",
        companions=(
            adding(
                "Microsoft.Insights/activityLogAlerts",
                "security-changes",
                {
                    "location": "global",
                    "properties": {
                        "enabled": True,
                        "scopes": ["{id}"],
                        "condition": {
                            "allOf": [
                                {"field": "category", "equals": "Administrative"},
                                {
                                    "anyOf": [
                                        {"field": "operationName", "equals": each}
                                        for each in WATCHED
                                    ]
                                },
                            ]
                        },
                        "actions": {"actionGroups": [{"actionGroupId": "<action group id>"}]},
                    },
                },
                under="{id}/resourceGroups/<resource group>",
            ),
        ),
    ),
    sources=(
        "https://learn.microsoft.com/azure/azure-monitor/alerts/alerts-create-activity-log-alert-rule",
        "https://learn.microsoft.com/azure/role-based-access-control/role-assignments-alert",
        "https://github.com/Azure/azure-policy/blob/master/built-in-policies/policyDefinitions/Monitoring/ActivityLog_PolicyOperations_Audit.json",
    ),
    mappings={
        "mcsb": ["LT-1", "LT-3"],
        "cis_azure": [
            "4.0.0:7.1.2.1",
            "4.0.0:7.1.2.2",
            "5.0.0:6.1.2.1",
            "5.0.0:6.1.2.2",
            "6.0.0:6.1.2.1",
            "6.0.0:6.1.2.2",
        ],
        "azure_policy": ["c5447c04-a4d7-4ba8-a263-c9ee321a6858"],
        "waf": ["Security"],
    },
    parameters={"operations": (WATCHED, "Operations of which an alert must notify somebody.")},
)
def security_changes_alert(subscription: Subject) -> Verdict:
    """Look for an alert on every operation, on the whole subscription."""
    if not any(True for _ in subscription.follow("workspaces")):
        return not_applicable("the subscription has no workspace")
    operations = sorted(texts_of(subscription, "operations"))
    if unheard := known_to_lack(operations, lambda each: _is_reported(subscription, each)):
        return fail(f"no activity log alert notifies anybody of {', '.join(unheard)}")
    return ok()


def _is_reported(subscription: Subject, operation: str) -> bool:
    """Tell whether an alert on a subscription notifies somebody of an operation."""
    facts = _facts_of(operation)
    return is_heard(
        subscription,
        lambda alert: not any_does(clauses_of(alert), lambda each: not _admits(each, facts)),
    )


def _facts_of(operation: str) -> Mapping[str, Collection[str]]:
    """Return what the event of a successful operation says, by the fields of conditions.

    https://learn.microsoft.com/azure/azure-monitor/platform/activity-log-schema
    """
    provider, _, name = operation.partition("/")
    depth = 2 if name.endswith("/action") else 1
    return {
        CATEGORY: ("administrative",),
        OPERATION: (operation,),
        "resourceprovider": (provider,),
        "resourcetype": (operation.rsplit("/", depth)[0],),
        "level": ("informational",),
        "status": ("accepted", "started", "succeeded"),
    }


def _admits(clause: Subject, facts: Mapping[str, Collection[str]]) -> bool:
    """Tell whether a condition holds for an event."""
    return any_does(parts_of(clause), lambda part: _holds(part, facts))


def _holds(part: Subject, facts: Mapping[str, Collection[str]]) -> bool:
    """Tell whether a part of a condition holds for an event."""
    field = part.text("field")
    if field in NARROWING:
        return False
    if field not in facts:
        raise part.unfamiliar("field", field)
    return any(value in facts[field] for value in values_of(part))
