"""AML1811: the activity log of a subscription is kept elsewhere."""

from typing import Final

from amlaudit import Change, Fix, Subject, Verdict, adding, fail, not_applicable, ok, rule
from amlaudit.readings.logs import sending, unsent
from amlaudit.readings.parameters import listed

CATEGORIES: Final = ("Administrative", "Security", "Alert", "Policy")


@rule(
    id="AML1811",
    title="The activity log of a subscription with workspaces is sent to a place that keeps it",
    severity="medium",
    severity_reason="Without it an attack of last quarter has left no trace of who did it.",
    applies_to="Microsoft.Resources/subscriptions",
    because=(
        "Changes of roles, listings of keys and deletions stand in the activity log and nowhere "
        "else. Azure keeps it for 90 days, out of reach of the queries and alerts of whoever "
        "watches the rest."
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
            "categories of the activity log that must be sent",
        ),
    },
)
def activity_log_exported(subscription: Subject) -> Verdict:
    """Take away from the required categories what exports of the subscription send anywhere."""
    if not any(True for _ in subscription.follow("workspaces")):
        return not_applicable("the subscription holds no workspace")
    exports = sending(subscription.follow("activity-log-exports"))
    missing = unsent(listed(subscription, "activity_log_categories"), exports)
    return fail(f"not sent anywhere: {', '.join(missing)}") if missing else ok()
