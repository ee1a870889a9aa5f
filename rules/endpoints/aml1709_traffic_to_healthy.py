"""AML1709: requests go to deployments that work."""

from typing import Final

from amlaudit import Fix, Subject, Verdict, fail, not_applicable, ok, rule, setting
from amlaudit.readings.traffic import LIVE, shares_of

STATE: Final = "properties.provisioningState"
ALL: Final = 100  # percent


@rule(
    id="AML1709",
    title="Every request to the endpoint goes to a deployment that works",
    severity="medium",
    severity_reason="Callers get errors for the share of the deployment that is broken or gone.",
    applies_to="Microsoft.MachineLearningServices/workspaces/onlineEndpoints",
    because=(
        "Shares of the requests are set by hand or by a pipeline, and stay when a deployment fails "
        "to update. The endpoint then goes on sending it its share, and every tenth caller, say, "
        "gets an error that nobody can explain."
    ),
    fix=Fix(
        "az ml online-endpoint update --name {name} --resource-group {group} "
        '--workspace-name <workspace> --traffic "<deployment>=100"',
        companions=(
            setting(
                "Microsoft.MachineLearningServices/workspaces/onlineEndpoints",
                {"properties.traffic": {"{its.name}": 100}},
                under="{id}",
                via=("online-deployments",),
            ),
            setting(
                "Microsoft.MachineLearningServices/workspaces/onlineEndpoints",
                {"properties.traffic": {}},
            ),
        ),
    ),
    sources=(
        "https://learn.microsoft.com/azure/templates/microsoft.machinelearningservices/workspaces",
        "https://learn.microsoft.com/azure/well-architected/service-guides/azure-machine-learning",
        "https://github.com/Azure/review-checklists/blob/main/checklists-ext/azuremachinelearning_sg_checklist.en.json",
    ),
    mappings={"waf": ("Reliability",)},
)
def traffic_to_healthy(endpoint: Subject) -> Verdict:
    """Look at the state of the endpoint, of each deployment with a share, and at the sum."""
    shares = {name: share for name, share in shares_of(endpoint, LIVE).items() if share}
    states = {each.name.lower(): each.text(STATE) for each in endpoint.follow("online-deployments")}
    if not states and not shares:
        return not_applicable("the endpoint has no deployments")
    states[""] = endpoint.text(STATE)
    for name in ("", *shares):
        if states.get(name, "failed") == "failed":
            what = f"deployment {name}, which gets requests," if name else "the endpoint"
            return fail(f"{what} failed or is gone")
    if not shares:
        return not_applicable("the endpoint sends no requests to any deployment")
    if sum(shares.values()) != ALL:
        return fail(f"{sum(shares.values()):g} percent of the requests go to a deployment")
    for name in ("", *shares):
        if states[name] != "succeeded":
            raise endpoint.unfamiliar(STATE, states[name])
    return ok()
