"""AML1812: Defender for Cloud plans protect the dependencies of workspaces."""

from typing import Final

from amlaudit import Fix, Subject, Verdict, adding, fail, not_applicable, ok, rule
from amlaudit.readings.parameters import texts_of
from amlaudit.readings.partial import any_does, known_to_lack

# https://learn.microsoft.com/azure/defender-for-cloud/defender-for-storage-introduction
CURRENT_PLANS: Final = {"storageaccounts": "defenderforstoragev2"}  # of plans with several subplans
TIERS: Final = ("standard", "free")
# https://learn.microsoft.com/rest/api/defenderforcloud/pricings/get
COVERAGE: Final = "properties.resourcesCoverageStatus"
COVERAGE_SINCE: Final = "2024-01-01"  # API version
SUBPLAN: Final = "properties.subPlan"
SUBPLAN_SINCE: Final = "2022-03-01"  # API version
ON: Final = {"pricingTier": "Standard"}
PLANS: Final = {
    "StorageAccounts": {**ON, "subPlan": "DefenderForStorageV2"},
    **dict.fromkeys(("KeyVaults", "Containers", "Arm", "AI", "CloudPosture"), ON),
}


@rule(
    id="AML1812",
    title="The Defender plans for storage, Key Vault, containers and Resource Manager are enabled",
    severity="medium",
    severity_reason=(
        "Defender has no plan for Azure ML itself, so only these plans detect an attack."
    ),
    applies_to="Microsoft.Resources/subscriptions",
    because=(
        "An intruder with a token of a workspace moves on to its storage account, key vault, "
        "registry and the control plane. Microsoft Defender for Cloud monitors each of them with a "
        "separate plan; a disabled plan detects nothing and retains nothing for later. Single "
        "resources can be excluded from a plan; it is then unknown which ones it protects."
    ),
    fix=Fix(
        "az security pricing create --name StorageAccounts --tier Standard "
        "--subplan DefenderForStorageV2",
        note="Defender plans are billed by the resources they protect.",
        companions=tuple(
            adding("Microsoft.Security/pricings", name, {"properties": tier})
            for name, tier in PLANS.items()
        ),
    ),
    sources=(
        "https://learn.microsoft.com/azure/defender-for-cloud/defender-for-storage-introduction",
        "https://github.com/MicrosoftDocs/SecurityBenchmarks/tree/master/Azure%20Offer%20Security%20Baselines/3.0",
        "https://github.com/Azure/azure-policy/blob/master/built-in-policies/policyDefinitions/Security%20Center/MDC_Microsoft_Defender_For_Storage_Full_Audit.json",
        "https://github.com/Azure/azure-policy/blob/master/built-in-policies/policyDefinitions/Security%20Center/ASC_EnableAdvancedThreatProtectionOnKeyVaults_Audit.json",
    ),
    mappings={
        "mcsb": ("DP-2", "DP-8", "IR-3", "IR-5", "LT-1", "LT-2"),
        "cis_azure": (
            "3.0.0:3.1.4.1", "3.0.0:3.1.5.1", "3.0.0:3.1.8.1", "3.0.0:3.1.9.1",
            "4.0.0:9.1.4.1", "4.0.0:9.1.5.1", "4.0.0:9.1.8.1", "4.0.0:9.1.9.1",
            "5.0.0:8.1.4.1", "5.0.0:8.1.5.1", "5.0.0:8.1.8.1", "5.0.0:8.1.9.1",
            "6.0.0:8.1.4.1", "6.0.0:8.1.5.1", "6.0.0:8.1.8.1", "6.0.0:8.1.9.1",
        ),
        "nist_800_53_r5": (
            "AC-2(12)", "AU-6", "AU-6(4)", "AU-6(5)", "AU-12", "AU-12(1)", "CA-7", "CA-7(4)",
            "CM-4(2)", "CM-6", "CM-6(1)", "IR-4", "IR-5", "RA-5", "SA-4(8)", "SC-7", "SI-2",
            "SI-3", "SI-4", "SI-16",
        ),
        "iso_27001_2022": ("7.5.3", "9.1", "9.3.3", "10.2", "A.5.5", "A.8.7", "A.8.8", "A.8.16"),
        "azure_policy": (
            "640d2586-54d2-465f-877f-9ffc1d2109f4",
            "0e6763cc-5078-4e64-889d-ff4d9a839047",
            "1c988dd6-ade4-430f-a608-2a3e5b0a6d38",
            "c3d20c29-b36d-48fe-808b-99a87530ad99",
            "c2c0c6d8-007b-4a48-8d9b-3539bddd8e87",
            "7e92882a-2f8a-4991-9bc4-d3147d40abb0",
            "1f90fc71-a595-4066-8974-d4d0802e8ef0",
        ),
        "waf": ("Security",),
    },
    parameters={
        "required_plans": (
            ("StorageAccounts", "KeyVaults", "Containers", "Arm"),
            "Plans that must be enabled; add AI and CloudPosture if they are used.",
        ),
    },
)  # fmt: skip
def defender_plans_on(subscription: Subject) -> Verdict:
    """Look for the required plans among the enabled ones; a plan that is not listed is off."""
    if not any(True for _ in subscription.follow("workspaces")):
        return not_applicable("the subscription has no workspace")
    plans = list(subscription.follow("defender-plans"))
    missing = known_to_lack(
        sorted(set(texts_of(subscription, "required_plans"))),
        lambda name: any_does((plan for plan in plans if plan.name.lower() == name), _is_on),
    )
    return fail(f"disabled or outdated: {', '.join(missing)}") if missing else ok()


def _is_on(plan: Subject) -> bool:
    """Tell whether a plan is enabled, with its current subplan, for all resources.

    Raises:
        NoDataError: Some resources are excluded; which ones is said by each of them alone.
    """
    tier = plan.text("properties.pricingTier")
    if tier not in TIERS:
        raise plan.unfamiliar("properties.pricingTier", tier)
    wanted = CURRENT_PLANS.get(plan.name.lower())
    kind = plan.text(SUBPLAN, default="", since=SUBPLAN_SINCE) if wanted else None
    return tier == "standard" and kind == wanted and _covers(plan)


def _covers(plan: Subject) -> bool:
    """Tell whether an enabled plan covers the resources."""
    coverage = plan.text(COVERAGE, default="fullycovered", since=COVERAGE_SINCE)
    if coverage == "partiallycovered":
        raise plan.undetermined(COVERAGE, "which resources the plan leaves out")
    if coverage not in ("fullycovered", "notcovered"):
        raise plan.unfamiliar(COVERAGE, coverage)
    return coverage == "fullycovered"
