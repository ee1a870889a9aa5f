"""AML2211: workspaces are in use, with one for each project, environment and region."""

from collections.abc import Iterator
from datetime import timedelta
from itertools import chain

from amlaudit import Fix, Subject, Verdict, arm_id, fail, not_applicable, ok, rule
from amlaudit.readings.parameters import number_of, texts_of
from amlaudit.readings.regions import region_of


@rule(
    id="AML2211",
    title="Every workspace is in use, and no project has a redundant one",
    severity="info",
    severity_reason="An unused workspace still has identities, keys, storage and costs.",
    applies_to="Microsoft.Resources/subscriptions",
    because=(
        "Each workspace is one more place to patch, manage access in and monitor. A team "
        "needs one for each environment and region; a second one is usually a leftover, and "
        "one without a job for three months is an unmonitored entry point."
    ),
    fix=Fix(
        "az ml workspace delete --name <workspace> --resource-group <group>",
        irreversible=True,
        note="First save what is still needed: models, data and environments of the workspace.",
        undeclared="People have to decide which workspaces are still needed.",
    ),
    sources=(
        "https://learn.microsoft.com/azure/well-architected/service-guides/azure-machine-learning",
        "https://learn.microsoft.com/azure/cloud-adoption-framework/ready/azure-best-practices/ai-machine-learning-resource-organization",
    ),
    mappings={"waf": ("Cost Optimization",)},
    parameters={
        "idle_days": (90, "Days that a workspace may be without a job."),
        "project_tag_names": (
            ("project", "application"),
            "Names of tags that identify a workspace's project.",
        ),
    },
)
def workspaces_in_use(subscription: Subject) -> Verdict:
    """Look for a recent job, an endpoint or a compute in each workspace, and for duplicates.

    A hub is in use if a project refers to it; hub and projects count as one. New ones pass.
    """
    workspaces = list(subscription.follow("workspaces"))
    hubs = {_hub_of(each) for each in workspaces}
    places: set[tuple[str, ...]] = set()
    for workspace in workspaces:
        project = next(_projects_of(workspace), "")
        place = (project, workspace.context("environment"), region_of(workspace))
        if project and not _hub_of(workspace):
            if place in places:
                return fail(f"project {project} has two workspaces in one environment and region")
            places.add(place)
    for workspace in workspaces:
        if workspace.id not in hubs and not _is_used(workspace):
            return fail(f"{workspace.name} has not been used recently")
    return ok() if workspaces else not_applicable("the subscription has no workspace")


def _hub_of(workspace: Subject) -> str:
    """Return the id of a project's hub, empty for any other workspace."""
    hub = workspace.text("properties.hubResourceId", default="")
    return arm_id.normalise(hub) if hub else ""


def _projects_of(workspace: Subject) -> Iterator[str]:
    """Yield what the tags of a workspace call its project."""
    for tag in sorted(texts_of(workspace, "project_tag_names")):
        if project := workspace.text(f"tags['{tag}']", default=""):
            yield project


def _is_used(workspace: Subject) -> bool:
    """Tell whether a workspace is new, has an endpoint or compute, or had a recent job."""
    parts = map(workspace.follow, ("online-endpoints", "batch-endpoints", "computes"))
    if any(True for _ in chain.from_iterable(parts)):
        return True
    begin = workspace.read_at - timedelta(days=number_of(workspace, "idle_days"))
    jobs = workspace.follow("jobs")
    return any(each.time("systemData.createdAt") >= begin for each in chain([workspace], jobs))
