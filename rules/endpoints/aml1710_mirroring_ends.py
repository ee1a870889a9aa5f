"""AML1710: mirroring of live traffic stops when the test is over."""

from datetime import timedelta
from typing import Final

from amlaudit import Fix, Subject, Verdict, fail, ok, rule, setting
from amlaudit.readings.parameters import number_of
from amlaudit.readings.traffic import MIRRORED, shares_of

MAX: Final = 50  # percent; the service does not mirror more


@rule(
    id="AML1710",
    title="Traffic mirroring ends when the test of the new deployment is over",
    severity="low",
    severity_reason="Live requests, with any personal data in them, go to an unapproved model.",
    applies_to="Microsoft.MachineLearningServices/workspaces/onlineEndpoints",
    because=(
        "Traffic mirroring tests a new deployment under real load without affecting "
        "callers. For the same reason nobody notices when it is left on: mirrored requests "
        "continue to be processed, logged and billed a second time."
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
    parameters={"max_mirror_days": (30, "Maximum duration of mirroring in days.")},
)
def mirroring_ends(endpoint: Subject) -> Verdict:
    """Compare the mirrored share with its maximum, then the age of the last change with the days.

    An endpoint that has not been changed for longer has been mirroring for longer.
    """
    share = sum(shares_of(endpoint, MIRRORED).values())
    if share > MAX:
        return fail(f"{share:g} percent of the traffic is mirrored")
    if share:
        list(endpoint.follow("workspace"))  # only its own list shows when an endpoint was changed
        age = endpoint.read_at - endpoint.time("systemData.lastModifiedAt")
        if age > timedelta(days=number_of(endpoint, "max_mirror_days")):
            return fail(f"traffic has been mirrored for {age.days} days or more")
    return ok()
