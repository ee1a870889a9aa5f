"""AML1616: what an administrator installed on an instance does not act as its user."""

from typing import Final

from amlaudit import Fix, Subject, Verdict, fail, not_applicable, ok, rule
from amlaudit.readings.instances import has_services, is_instance

INSTANCE: Final = "properties.properties"
USER: Final = f"{INSTANCE}.personalComputeInstanceSettings.assignedUser.objectId"
SHOWN_SINCE: Final = "2021-01-01"  # API version, of the user and the scripts
SCRIPTS: Final = ("creationScript", "startupScript")


@rule(
    id="AML1616",
    title="Single sign-on on an instance created for another user is enabled by that user",
    severity="low",
    severity_reason="Abuse requires a privileged administrator and an unsuspecting user.",
    applies_to="Microsoft.MachineLearningServices/workspaces/computes",
    because=(
        "With single sign-on, every program on the instance can act as its assigned user. If "
        "somebody else created the instance and put a script or an application on it, the user "
        "should first review what runs there and then enable single sign-on, so that the user's "
        "change is the last one."
    ),
    fix=Fix(
        "az ml compute create --file instance.yml --resource-group {group} "
        "--workspace-name <workspace>",
        note="The file sets enable_sso to false; the user enables it again in the studio.",
        settings={"properties.properties.enableSSO": False},
    ),
    sources=("https://learn.microsoft.com/azure/machine-learning/how-to-create-compute-instance",),
    mappings={"waf": ("Security",)},
)
def sign_on_by_its_user(compute: Subject) -> Verdict:
    """Compare the creator, the assigned user, and who last modified the instance.

    Azure names the latter by id or by sign-in name; only a name that it also gives the creator is
    known to be somebody else's.
    """
    if not is_instance(compute):
        return not_applicable("only compute instances are assigned to a user")
    user = compute.text(USER, default="", since=SHOWN_SINCE)
    if not user:
        return not_applicable("the instance is not assigned to a user")
    maker = compute.text(f"{INSTANCE}.createdBy.userId")
    if maker == user or not (_has_script(compute) or has_services(compute)):
        return ok()
    if not compute.flag(f"{INSTANCE}.enableSSO"):
        return ok("single sign-on is off")
    changed_by = compute.text("systemData.lastModifiedBy")
    if changed_by == user:
        return ok("its user enabled single sign-on")
    if changed_by in (maker, compute.text("systemData.createdBy")):
        return fail(
            "single sign-on is on, and the creator, not the user, last modified the instance"
        )
    raise compute.unfamiliar("systemData.lastModifiedBy", changed_by)


def _has_script(compute: Subject) -> bool:
    """Tell whether a script runs when the instance is created or started."""
    paths = (f"{INSTANCE}.setupScripts.scripts.{each}.scriptSource" for each in SCRIPTS)
    return any(compute.text(path, default="", since=SHOWN_SINCE) for path in paths)
