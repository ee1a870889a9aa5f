"""AML1616: what an administrator put on an instance does not act as its user."""

from typing import Final

from amlaudit import Fix, Subject, Verdict, fail, not_applicable, ok, rule
from amlaudit.readings.instances import has_services, is_instance

INSTANCE: Final = "properties.properties"
SCRIPTS: Final = ("creationScript", "startupScript")


@rule(
    id="AML1616",
    title="On a compute instance made for somebody else, its user switches single sign-on on",
    severity="low",
    severity_reason="It takes an administrator, who already has rights, and a user to fall for it.",
    applies_to="Microsoft.MachineLearningServices/workspaces/computes",
    because=(
        "With single sign-on, every program on the instance can act as the person it belongs to. "
        "If somebody else made the instance and put a script or an application on it, that person "
        "should first look at what runs there and then switch it on, as the last one to touch it."
    ),
    fix=Fix(
        "az ml compute create --file instance.yml --resource-group {group} "
        "--workspace-name <workspace>",
        note="The file has enable_sso false; the user switches it on again in the studio.",
        settings={"properties.properties.enableSSO": False},
    ),
    sources=("https://learn.microsoft.com/azure/machine-learning/how-to-create-compute-instance",),
    mappings={"waf": ("Security",)},
)
def sign_on_by_its_user(compute: Subject) -> Verdict:
    """Compare maker, user, and who changed the instance last.

    Azure names the latter by id or by sign-in name; only a name that it also gives to the maker is
    known to be somebody else's.
    """
    if not is_instance(compute):
        return not_applicable("only a compute instance belongs to a person")
    user = compute.text(
        f"{INSTANCE}.personalComputeInstanceSettings.assignedUser.objectId", default=""
    )
    if not user:
        return not_applicable("the instance was made for nobody in particular")
    maker = compute.text(f"{INSTANCE}.createdBy.userId")
    if maker == user or not (_has_script(compute) or has_services(compute)):
        return ok()
    if not compute.flag(f"{INSTANCE}.enableSSO"):
        return ok("single sign-on is off")
    changed_by = compute.text("systemData.lastModifiedBy")
    if changed_by == user:
        return ok("its user switched single sign-on on")
    if changed_by in (maker, compute.text("systemData.createdBy")):
        return fail("single sign-on is on, and not its user but its maker saw to it last")
    raise compute.unfamiliar("systemData.lastModifiedBy", changed_by)


def _has_script(compute: Subject) -> bool:
    """Tell whether a script runs when the instance is made or started."""
    paths = (f"{INSTANCE}.setupScripts.scripts.{each}.scriptSource" for each in SCRIPTS)
    return any(compute.text(path, default="") for path in paths)
