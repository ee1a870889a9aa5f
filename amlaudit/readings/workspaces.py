"""Workspaces that are found otherwise than by an id: everywhere, by their pair, by their data."""

from collections.abc import Iterator

from amlaudit.core import arm_id
from amlaudit.core.gap import Gap, NoDataError
from amlaudit.core.relations import WORKSPACE
from amlaudit.core.subject import Subject
from amlaudit.core.verdict import Evidence, Seen
from amlaudit.readings.parameters import texts_of
from amlaudit.readings.regions import region_of


def every_workspace(subject: Subject) -> Iterator[Subject]:
    """Yield the workspaces of every subscription that was audited.

    Raises:
        NoDataError: After the last one that is known, if there may be more.
    """
    store, origin = subject.estate.store, subject.resource.origin
    missing: Gap | None = None
    for subscription_id in store.subscriptions():
        count = 0
        for workspace in store.inside(subscription_id, WORKSPACE):
            count += 1
            yield subject.neighbour(workspace)
        gap = subject.estate.sight(subscription_id, WORKSPACE)
        seen = Seen.GAP if gap else Seen.PRESENT
        subject.trail.append(Evidence(subscription_id, "-> workspaces", "", count, seen, origin))
        missing = missing or gap
    if missing:
        raise NoDataError(missing)


def is_critical(workspace: Subject) -> bool:
    """Tell by its tag whether the loss of a region must not stop the workspace."""
    return workspace.context("criticality") in texts_of(workspace, "criticalities")


def partners_of(workspace: Subject) -> Iterator[Subject]:
    """Yield the workspaces that are to take over: the same pair, another region, ready to use.

    The tag that names the pair is the parameter `pair_tag` of the rule.

    Raises:
        NoDataError: After the last one that is known, if there may be more.
    """
    path = f"tags['{workspace.parameters['pair_tag']}']"
    pair = workspace.text(path, default="")
    if not pair:
        return
    for other in every_workspace(workspace):
        if (
            other.text(path, default="") == pair
            and region_of(other) != region_of(workspace)
            and other.text("properties.provisioningState") == "succeeded"
        ):
            yield other


def workspaces_with_data_in(account: Subject) -> Iterator[Subject]:
    """Yield the workspaces that have a datastore on a storage account, or their own data.

    Names of accounts are unique in a cloud, so the name alone tells which account it is.

    Raises:
        NoDataError: After the last one that is known, if there may be more.
    """
    missing: NoDataError | None = None
    for workspace in every_workspace(account):
        try:
            if _has_data_in(workspace, account):
                yield workspace
        except NoDataError as error:
            missing = missing or error
    if missing:
        raise missing


def _has_data_in(workspace: Subject, account: Subject) -> bool:
    """Tell whether an account is that of a workspace, or of one of its datastores."""
    own = workspace.text("properties.storageAccount", default="")
    return arm_id.normalise(own) == account.id or any(
        datastore.text("properties.accountName", default="") == account.name.lower()
        for datastore in workspace.follow("datastores")
    )
