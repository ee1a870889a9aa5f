"""AML1707: production deployments run on enough instances."""

from amlaudit import Fix, Subject, Verdict, fail, not_applicable, ok, rule, setting
from amlaudit.readings.parameters import number_of, texts_of
from amlaudit.readings.traffic import gets_requests, kind_of


@rule(
    id="AML1707",
    title="Production deployments that receive requests run on enough instances",
    severity="medium",
    severity_reason="With one instance, every host update or zone failure is an outage.",
    applies_to="Microsoft.MachineLearningServices/workspaces/onlineEndpoints/deployments",
    because=(
        "The service spreads the instances of a deployment across availability zones and "
        "updates them one after another, so that callers notice nothing. That works with "
        "three instances; with one, every update and every failure is an outage."
    ),
    fix=Fix(
        "az ml online-deployment update --name {name} --resource-group {group} "
        "--workspace-name <workspace> --endpoint-name <endpoint> --set instance_count=3",
        note="The quota must allow 20 percent more than the instances, which upgrades need.",
        companions=(
            setting(
                "Microsoft.MachineLearningServices/workspaces/onlineEndpoints/deployments",
                {"sku.capacity": "{parameters.min_instances}"},
            ),
            setting(
                "Microsoft.MachineLearningServices/workspaces/onlineEndpoints/deployments",
                {"properties.scaleSettings.minInstances": "{parameters.min_instances}"},
            ),
        ),
    ),
    sources=(
        "https://learn.microsoft.com/azure/machine-learning/reference-yaml-deployment-managed-online",
        "https://learn.microsoft.com/azure/machine-learning/how-to-manage-quotas",
    ),
    mappings={"waf": ("Reliability",)},
    parameters={
        "environments": (("prod",), "Environments in which deployments need this many instances."),
        "min_instances": (3, "Minimum number of instances."),
    },
)
def enough_instances(deployment: Subject) -> Verdict:
    """Compare the instances with the minimum; on Kubernetes, the fewest that it scales in to."""
    if deployment.context("environment") not in texts_of(deployment, "environments"):
        return not_applicable("the workspace is not a production workspace")
    if not gets_requests(deployment):
        return not_applicable("the deployment receives no requests")
    on_cluster = kind_of(deployment) == "kubernetes"
    least = "properties.scaleSettings.minInstances"
    scales = on_cluster and deployment.get(least, default=None) is not None
    count = deployment.number(least if scales else "sku.capacity")
    wanted = number_of(deployment, "min_instances")
    if count < wanted:
        return fail(f"the deployment runs on {count:g} of {wanted:g} required instances")
    return ok()
