"""AML2109: images are scanned, and what is found in them is mended in time."""

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


@rule(
    id="AML2109",
    title="Images are scanned, and serious vulnerabilities in them are gone within 30 days",
    severity="high",
    severity_reason="Jobs and endpoints run these images right beside the data.",
    applies_to="Microsoft.ContainerRegistry/registries",
    because=(
        "An image is as old as the day on which it was built, and every week new holes in its "
        "packages become known. Azure ML does not rebuild environments of its own accord. Without "
        "an assessment by Defender for Cloud nobody knows what is in the images at all."
    ),
    fix=Fix(
        "az ml environment create --file <environment file>",
        note=(
            "Defender for Containers must be on for images to be scanned; delete the old images "
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
        "severities": (("Critical", "High"), "Severities that must be resolved."),
        "grace_days": (30, "Age up to which an image or a finding is let be, in days."),
    },
)
def vulnerabilities_resolved(registry: Subject) -> Verdict:
    """Look for a finding that is too old, then for the assessment of all images that says so.

    Since July 2026 Defender for Cloud retires that assessment and shows each finding by itself, so
    that its absence means nothing as long as a plan is on that scans images.
    """
    if not serves_machine_learning(registry):
        return not_applicable("neither a workspace nor a machine learning registry uses it")
    for found in known_of(map(_overdue, registry.follow("assessments"))):
        return fail(f"{found} has been open in an image for too long")
    for assessment in registry.follow("assessments"):
        if assessment.name.lower() in OF_ALL_IMAGES and assessment.text(STATE) != "notapplicable":
            return ok("every image was assessed, and nothing serious is overdue")
    for subscription in registry.follow("subscription"):
        if not any(map(_scans, subscription.follow("defender-plans"))):
            return fail("no plan of Defender for Cloud scans the images")
    raise registry.undetermined(
        "assessments", "whether images were scanned: findings come one by one"
    )


def _overdue(assessment: Subject) -> Iterator[str]:
    """Yield what an assessment, or a part of it, has found and nobody has mended in time."""
    if assessment.name.lower() in OF_ALL_IMAGES:
        one_of(assessment, STATE, STATES)
    is_single = assessment.text(CATEGORY, default="") == "softwareupdate"
    if is_single and _is_overdue(assessment, "properties.metadata.severity", FOUND):
        yield str(assessment["properties.displayName"])
    for found in assessment.follow("sub-assessments"):
        if _is_overdue(found, "properties.status.severity", PUSHED):
            yield str(found.get("properties.displayName", default="a vulnerability"))


def _is_overdue(found: Subject, severity: str, since: str) -> bool:
    """Tell whether a finding is open, serious, and older than it may be."""
    return (
        one_of(found, STATE, STATES) == "unhealthy"
        and one_of(found, severity, SEVERITIES) in texts_of(found, "severities")
        and found.read_at - found.time(since) > timedelta(days=number_of(found, "grace_days"))
    )


def _scans(plan: Subject) -> bool:
    """Tell whether a plan of Defender scans images, and is on."""
    tiers = ("standard", "free")
    return (
        plan.name.lower() in SCANNERS
        and one_of(plan, "properties.pricingTier", tiers) == "standard"
    )
