"""AML2108: images that nobody needs any more leave the container registry."""

from amlaudit import Fix, Subject, Verdict, fail, not_applicable, ok, rule, setting
from amlaudit.readings.enumerations import one_of
from amlaudit.readings.parameters import number_of, texts_of
from amlaudit.readings.registries import serves_machine_learning


@rule(
    id="AML2108",
    title="The container registry loses its old images and does not run full",
    severity="low",
    severity_reason="Old images cost money every day, and keep old holes at hand.",
    applies_to="Microsoft.ContainerRegistry/registries",
    because=(
        "Azure ML builds an image for each version of each environment and deletes none. A "
        "retention policy, which the Premium tier offers, or a task that purges by schedule takes "
        "away what no tag points to. A registry that has used up its included storage costs more "
        "from there on, and one at its limit stops builds."
    ),
    fix=Fix(
        "az acr config retention update --registry {name} --status enabled --days 30 "
        "--type UntaggedManifests",
        note="The policy holds for manifests that lose their tag after it was switched on.",
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
        "max_usage_percent": (90, "Share of the included storage that images may take."),
        "purge_task_exceptions": (
            (),
            "Names of registries that a task purges by schedule, lower case.",
        ),
    },
)
def images_cleaned_up(registry: Subject) -> Verdict:
    """Look for what deletes images, then at the share of the storage that they take."""
    if not serves_machine_learning(registry):
        return not_applicable("neither a workspace nor a machine learning registry uses it")
    is_purged = registry.name.lower() in texts_of(registry, "purge_task_exceptions")
    if is_purged and registry.text("sku.name") in ("basic", "standard"):
        return not_applicable("a task purges it, and its tier offers nothing else")
    states, path = ("enabled", "disabled"), "properties.policies.retentionPolicy.status"
    if not is_purged and one_of(registry, path, states, default="disabled") == "disabled":
        return fail("nothing deletes the images that lost their tag")
    most = number_of(registry, "max_usage_percent")
    for usage in registry.follow("usages"):
        if usage.name.lower() == "size":
            share = 100 * usage.number("currentValue") / usage.number("limit")
            return ok() if share < most else fail(f"images take {share:.0f} % of the storage")
    raise registry.unfamiliar("listUsages", "without a size")
