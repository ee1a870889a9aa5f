"""AML1321: only users of a workspace can access the data in its storage account."""

from collections.abc import Iterator
from itertools import chain
from typing import Final

from amlaudit import Fix, Subject, Verdict, fail, not_applicable, ok, removing, rule
from amlaudit.readings.parameters import texts_of
from amlaudit.readings.permissions import (
    OPENING_STORAGE,
    allows,
    holder_of,
    identities_of,
    with_identities,
)

_ACCOUNT: Final = "microsoft.storage/storageaccounts/"
OPENS_DATA: Final = {
    _ACCOUNT + "blobservices/containers/blobs/read",
    _ACCOUNT + "blobservices/containers/blobs/write",
    _ACCOUNT + "fileservices/fileshares/files/read",
    _ACCOUNT + "fileservices/fileshares/files/write",
    _ACCOUNT + "queueservices/queues/messages/read",
    _ACCOUNT + "tableservices/tables/entities/read",
}


@rule(
    id="AML1321",
    title="Principals with access to the workspace's storage also have a role on the workspace",
    severity="high",
    severity_reason=(
        "The account stores code that runs on the compute: write access means code execution."
    ),
    applies_to="Microsoft.Storage/storageAccounts",
    because=(
        "Scripts, notebooks and job snapshots are stored in the workspace's storage "
        "account, next to the data. A role there, or permission to list its keys, is a path "
        "around the role assignments on the workspace. Data for others belongs in a "
        "separate storage account."
    ),
    fix=Fix(
        "az role assignment delete --assignee <principal id> --scope {id}",
        companions=(removing("role-assignments"),),
    ),
    sources=("https://learn.microsoft.com/azure/machine-learning/concept-enterprise-security",),
    mappings={"mcsb": ("PA-7",), "waf": ("Security",)},
    parameters={
        "allowed_storage_principals": (
            (),
            "Object IDs of principals that may, such as the platform's.",
        )
    },
)
def storage_for_workspace_users(account: Subject) -> Verdict:
    """Compare who can access the account with who works in a workspace that stores its files there.

    The identities of such a workspace and of its parts are expected. Members of groups are not
    resolved: a group and a user count separately.
    """
    workspaces = tuple(account.follow("workspaces-by-storage"))
    if not workspaces:
        return not_applicable("no workspace stores its files in the account")
    known = set(chain.from_iterable(map(_principals_of, workspaces)))
    known |= texts_of(account, "allowed_storage_principals")
    for grant in account.follow("role-assignments"):
        principal = holder_of(grant)
        if principal not in known and (
            allows(grant, OPENING_STORAGE) or allows(grant, OPENS_DATA, "dataActions")
        ):
            return fail(f"{principal} can access the account, but has no role on a workspace")
    return ok()


def _principals_of(workspace: Subject) -> Iterator[str]:
    """Yield the principals of a workspace: those with a role on it, and its identities."""
    for grant in workspace.follow("role-assignments"):
        yield holder_of(grant)
    for part in with_identities(workspace):
        yield from identities_of(part)
