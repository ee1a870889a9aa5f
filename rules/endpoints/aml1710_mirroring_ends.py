"""AML1710: copies of live requests stop when the test is over."""

from datetime import timedelta
from typing import Final

from amlaudit import Fix, Subject, Verdict, fail, ok, rule, setting
from amlaudit.readings.parameters import number_of
from amlaudit.readings.traffic import MIRRORED, shares_of

MOST: Final = 50  # percent; the service mirrors no more


@rule(
    id="AML1710",
    title="Requests are copied to a deployment on trial only as long as the trial lasts",
    severity="low",
    severity_reason="Live requests, with what they say of people, go to a model nobody approved.",
    applies_to="Microsoft.MachineLearningServices/workspaces/onlineEndpoints",
    because=(
        "Mirroring shows how a new deployment bears real load without a caller noticing. For the "
        "same reason nobody notices when it is forgotten: the copies go on, to be processed, "
        "logged and paid for a second time."
    ),
    fix=Fix(
        "az ml online-endpoint update --name {name} --resource-group {group} "
        '--workspace-name <workspace> --mirror-traffic "<deployment>=0"',
        companions=(
            setting(
                "Microsoft.MachineLearningServices/workspaces/onlineEndpoints",
                {"properties.mirrorTraffic": {}},
            ),
        ),
    ),
    sources=(
        "https://learn.microsoft.com/azure/templates/microsoft.machinelearningservices/workspaces",
    ),
    mappings={"waf": ("Security",)},
    parameters={"max_mirror_days": (30, "How many days a trial may last.")},
)
def mirroring_ends(endpoint: Subject) -> Verdict:
    """Compare the copies with the most that there may be, then the last change with the days.

    What was not changed for longer has been mirroring for longer.
    """
    share = sum(shares_of(endpoint, MIRRORED).values())
    if share > MOST:
        return fail(f"{share:g} percent of the requests are copied")
    if share:
        list(endpoint.follow("workspace"))  # only its own list shows when an endpoint was changed
        age = endpoint.read_at - endpoint.time("systemData.lastModifiedAt")
        if age > timedelta(days=number_of(endpoint, "max_mirror_days")):
            return fail(f"requests have been copied for {age.days} days or more")
    return ok()
