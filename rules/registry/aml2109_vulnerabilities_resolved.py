"""AML2109: images are scanned, and vulnerabilities in them are remediated in time."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Final

from amlaudit import Fix, Subject, Verdict, adding, fail, not_applicable, ok, rule
from amlaudit.readings.enumerations import one_of
from amlaudit.readings.parameters import number_of, texts_of
from amlaudit.readings.partial import known_of
from amlaudit.readings.registries import serves_machine_learning

STATE: Final = "properties.status.code"
SEVERITIES: Final = ("critical", "high", "medium", "low", "informational")
STATES: Final = ("healthy", "unhealthy", "notapplicable")
CATEGORY: Final = "properties.metadata.recommendationCategory"
FOUND: Final = "properties.status.firstEvaluationDate"
PUSHED: Final = "properties.additionalData.artifactDetails.lastPushedToRegistryUTC"
# https://learn.microsoft.com/azure/defender-for-cloud/transition-grouped-individual-recommendations
OF_ALL_IMAGES: Final = (
    "c0b7cfc6-3172-465a-b378-53c7ff2cc0d5",
    "33422d8f-ab1e-42be-bc9a-38685bb567b9",
)
SCANNERS: Final = ("containers", "cloudposture", "containerregistry")  # plans

SCAN: Final = "containerregistriesvulnerabilityassessments"  # an extension of two plans


@rule(
    id="AML2109",
    title="Images are scanned, and serious vulnerabilities are remediated in time",
    severity="high",
    severity_reason="Jobs and endpoints run these images with direct access to the data.",
    applies_to="Microsoft.ContainerRegistry/registries",
    because=(
        "An image is as old as the day it was built, and new vulnerabilities in its packages are "
        "published every week. Azure ML does not rebuild environments on its own. Without an "
        "assessment by Defender for Cloud, nobody knows which vulnerabilities the images contain."
    ),
    fix=Fix(
        "az ml environment create --file <environment file> --resource-group <group> "
        "--workspace-name <workspace>",
        note=(
            "Enable Defender for Containers so that images are scanned; delete the old images "
            "after the new ones are deployed."
        ),
        companions=(
            adding(
                "Microsoft.Security/pricings",
                "Containers",
                {"properties": {"pricingTier": "Standard"}},
                under="{subscription}",
            ),
        ),
    ),
    sources=(
        "https://learn.microsoft.com/azure/machine-learning/concept-vulnerability-management",
        "https://learn.microsoft.com/azure/machine-learning/concept-enterprise-security",
        "https://learn.microsoft.com/azure/defender-for-cloud/subassessment-rest-api",
        "https://learn.microsoft.com/azure/defender-for-cloud/transition-grouped-individual-recommendations",
        "https://github.com/Azure/azure-policy/blob/master/built-in-policies/policyDefinitions/Security%20Center/MDC_AzureContainerRegistryVulnerabilityAssessment_Audit.json",
    ),
    mappings={
        "mcsb": ("DS-6", "PV-6"),
        "nist_800_53_r5": ("RA-5", "SI-2"),
        "iso_27001_2022": ("A.5.5", "A.8.8"),
        "azure_policy": ("090c7b07-b4ed-4561-ad20-e9075f3ccaff",),
        "waf": ("Security",),
    },
    parameters={
        "severities": (("Critical", "High"), "Severities that must be remediated."),
        "grace_days": (
            30,
            "Maximum age of an image or finding with open vulnerabilities, in days.",
        ),
    },
)
def vulnerabilities_resolved(registry: Subject) -> Verdict:
    """Look for an overdue finding, then for the grouped assessment that covers all images.

    Since July 2026 Defender for Cloud retires that assessment and reports each finding on its own,
    so its absence proves nothing as long as a plan that scans images is enabled.
    """
    if not serves_machine_learning(registry):
        return not_applicable("neither a workspace nor an Azure ML registry uses it")
    for found in known_of(map(_overdue, registry.follow("assessments"))):
        return fail(f"{found} has been open in an image for more than the allowed time")
    for assessment in registry.follow("assessments"):
        if assessment.name.lower() in OF_ALL_IMAGES and assessment.text(STATE) != "notapplicable":
            return ok("every image was assessed, and no serious finding is overdue")
    for subscription in registry.follow("subscription"):
        if not any(map(_scans, subscription.follow("defender-plans"))):
            return fail("no Defender for Cloud plan scans the images")
    raise registry.undetermined(
        "assessments", "whether images were scanned: findings are reported individually"
    )


def _overdue(assessment: Subject) -> Iterator[str]:
    """Yield findings of an assessment or its sub-assessments that are overdue."""
    if assessment.name.lower() in OF_ALL_IMAGES:
        one_of(assessment, STATE, STATES)
    is_single = assessment.text(CATEGORY, default="") == "softwareupdate"
    if is_single and _is_overdue(assessment, "properties.metadata.severity", FOUND):
        yield str(assessment["properties.displayName"])
    for found in assessment.follow("sub-assessments"):
        if _is_overdue(found, "properties.status.severity", PUSHED):
            yield str(found.get("properties.displayName", default="a vulnerability"))


def _is_overdue(found: Subject, severity: str, since: str) -> bool:
    """Tell whether a finding is open, serious and past the grace period."""
    return (
        one_of(found, STATE, STATES) == "unhealthy"
        and one_of(found, severity, SEVERITIES) in texts_of(found, "severities")
        and found.read_at - found.time(since) > timedelta(days=number_of(found, "grace_days"))
    )


def _scans(plan: Subject) -> bool:
    """Tell whether a Defender plan scans images and is enabled."""
    tiers = ("standard", "free")
    return (
        plan.name.lower() in SCANNERS
        and one_of(plan, "properties.pricingTier", tiers) == "standard"
        and not any(map(_is_scan_turned_off, plan.each("properties.extensions", default=())))
    )


def _is_scan_turned_off(extension: Subject) -> bool:
    """Tell whether an extension of a Defender plan is the scan of images, and not enabled.

    https://learn.microsoft.com/rest/api/defenderforcloud/pricings/get
    """
    return (
        extension.text("name") == SCAN
        and one_of(extension, "isEnabled", ("true", "false")) == "false"
    )
