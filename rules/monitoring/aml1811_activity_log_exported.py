"""AML1811: the activity log of a subscription is exported."""

from typing import Final

from amlaudit import Change, Fix, Subject, Verdict, adding, fail, not_applicable, ok, rule
from amlaudit.readings.logs import sending, unsent
from amlaudit.readings.parameters import listed

CATEGORIES: Final = ("Administrative", "Security", "Alert", "Policy")


@rule(
    id="AML1811",
    title="The activity log of a subscription with workspaces is exported to a log destination",
    severity="medium",
    severity_reason=(
        "Without the export, no evidence is left of who was behind an attack more than 90 days ago."
    ),
    applies_to="Microsoft.Resources/subscriptions",
    because=(
        "Role changes, key listings and deletions are recorded only in the activity log. Azure "
        "retains it for only 90 days, outside the queries and alerts that cover all other logs."
    ),
    fix=Fix(
        "az monitor diagnostic-settings subscription create --name central --location <region> "
        "--subscription {name} --workspace <log analytics id> "
        '--logs \'[{"category": "Administrative", "enabled": true}, '
        '{"category": "Security", "enabled": true}, {"category": "Alert", "enabled": true}, '
        '{"category": "Policy", "enabled": true}]\'',
        change=Change.CREATE_COMPANION,
        companions=(
            adding(
                "Microsoft.Insights/diagnosticSettings",
                "activity-log",
                {
                    "properties": {
                        "workspaceId": "<log analytics id>",
                        "logs": [{"category": each, "enabled": True} for each in CATEGORIES],
                    }
                },
            ),
        ),
    ),
    sources=(
        "https://github.com/Azure/FTALive-Sessions/tree/main/content/ai/enterprise-ml",
        "https://github.com/Azure/azure-policy/blob/master/built-in-policies/policyDefinitions/Monitoring/DataConnectorsAzureActivity.json",
    ),
    mappings={
        "cis_azure": [
            "3.0.0:6.1.1",
            "3.0.0:6.1.2",
            "4.0.0:7.1.1.1",
            "4.0.0:7.1.1.2",
            "5.0.0:6.1.1.1",
            "5.0.0:6.1.1.2",
            "6.0.0:6.1.1.1",
            "6.0.0:6.1.1.2",
        ],
        "nist_800_53_r5": ["AU-2", "AU-12"],
        "iso_27001_2022": ["A.5.16", "A.5.22", "A.8.15"],
        "azure_policy": ["2465583e-4e78-4c15-b6be-a36cbc7c8b0f"],
        "waf": ["Security"],
    },
    parameters={
        "activity_log_categories": (
            CATEGORIES,
            "Activity log categories that must be exported.",
        ),
    },
)
def activity_log_exported(subscription: Subject) -> Verdict:
    """Subtract from the required categories those that the subscription exports."""
    if not any(True for _ in subscription.follow("workspaces")):
        return not_applicable("the subscription has no workspace")
    exports = sending(subscription.follow("activity-log-exports"))
    missing = unsent(listed(subscription, "activity_log_categories"), exports)
    return fail(f"not exported: {', '.join(missing)}") if missing else ok()
