"""AML2108: old images are removed from the container registry."""

from amlaudit import Fix, Subject, Verdict, fail, not_applicable, ok, rule, setting
from amlaudit.readings.parameters import number_of, texts_of
from amlaudit.readings.registries import retention_of, serves_machine_learning


@rule(
    id="AML2108",
    title="The container registry removes old images and stays below its storage limit",
    severity="low",
    severity_reason="Old images incur cost every day and keep known vulnerabilities available.",
    applies_to="Microsoft.ContainerRegistry/registries",
    because=(
        "Azure ML builds an image for each version of each environment and never deletes one. A "
        "retention policy (Premium tier) or a scheduled purge task removes untagged images. A "
        "registry that exceeds its included storage is billed for the excess, and one at its "
        "storage limit blocks builds."
    ),
    fix=Fix(
        "az acr config retention update --registry {name} --status enabled --days 30 "
        "--type UntaggedManifests",
        note="The policy applies only to manifests that become untagged after it is enabled.",
        companions=(
            setting(
                "Microsoft.ContainerRegistry/registries",
                {"properties.policies.retentionPolicy": {"status": "enabled", "days": 30}},
            ),
        ),
    ),
    sources=(
        "https://learn.microsoft.com/azure/machine-learning/concept-vulnerability-management",
        "https://github.com/Azure/PSRule.Rules.Azure/tree/main/src/PSRule.Rules.Azure/rules",
    ),
    mappings={
        "nist_800_53_r5": ["SI-12"],
        "iso_27001_2022": ["A.8.10"],
        "waf": ["Cost Optimization"],
    },
    parameters={
        "max_usage_percent": (90, "Maximum share of the included storage in use, in percent."),
        "purge_task_exceptions": (
            (),
            "Names of registries with a scheduled purge task, in lower case.",
        ),
    },
)
def images_cleaned_up(registry: Subject) -> Verdict:
    """Look for what deletes images, then check how much of the storage they use."""
    if not serves_machine_learning(registry):
        return not_applicable("neither a workspace nor an Azure ML registry uses it")
    is_purged = registry.name.lower() in texts_of(registry, "purge_task_exceptions")
    if is_purged and registry.text("sku.name") in ("basic", "standard"):
        return not_applicable("a scheduled task purges it, and its tier supports nothing else")
    if not is_purged and retention_of(registry) == "disabled":
        return fail("nothing deletes untagged images")
    most = number_of(registry, "max_usage_percent")
    for usage in registry.follow("usages"):
        if usage.name.lower() == "size":
            share = 100 * usage.number("currentValue") / usage.number("limit")
            return (
                ok() if share < most else fail(f"images use {share:.0f} % of the included storage")
            )
    raise registry.unfamiliar("listUsages", "without a size")
