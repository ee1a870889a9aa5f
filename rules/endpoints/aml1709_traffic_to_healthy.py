"""AML1709: traffic goes to healthy deployments."""

from typing import Final

from amlaudit import Fix, Subject, Verdict, fail, not_applicable, ok, rule, setting
from amlaudit.readings.traffic import LIVE, shares_of

STATE: Final = "properties.provisioningState"
ALL: Final = 100  # percent


@rule(
    id="AML1709",
    title="All traffic of the endpoint goes to healthy deployments",
    severity="medium",
    severity_reason=(
        "Callers get errors for the traffic share of a deployment that failed or was deleted."
    ),
    applies_to="Microsoft.MachineLearningServices/workspaces/onlineEndpoints",
    because=(
        "Traffic shares are set manually or by a pipeline, and remain when a deployment "
        "fails to update. The endpoint then keeps sending the failed deployment its share, "
        "and every tenth caller, for example, gets an error that nobody can explain."
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
    """Check the state of the endpoint and of each deployment with traffic, then the sum."""
    shares = {name: share for name, share in shares_of(endpoint, LIVE).items() if share}
    states = {each.name.lower(): each.text(STATE) for each in endpoint.follow("online-deployments")}
    if not states and not shares:
        return not_applicable("the endpoint has no deployments")
    states[""] = endpoint.text(STATE)
    for name in ("", *shares):
        if states.get(name, "failed") == "failed":
            what = f"deployment {name}, which receives traffic," if name else "the endpoint"
            return fail(f"{what} failed or does not exist")
    if not shares:
        return not_applicable("the endpoint sends no traffic to any deployment")
    if sum(shares.values()) != ALL:
        return fail(f"{sum(shares.values()):g} percent of the traffic goes to a deployment")
    for name in ("", *shares):
        if states[name] != "succeeded":
            raise endpoint.unfamiliar(STATE, states[name])
    return ok()
