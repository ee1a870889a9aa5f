"""AML1321: only those who work in a workspace reach the data of its storage account."""

from collections.abc import Iterator
from itertools import chain
from typing import Final

from amlaudit import Fix, Subject, Verdict, fail, not_applicable, ok, removing, rule
from amlaudit.readings.parameters import texts_of
from amlaudit.readings.permissions import allows, holder_of, identities_of, with_identities

LISTS_KEYS: Final = {"microsoft.storage/storageaccounts/listkeys/action"}
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
    title="Whoever may open the workspace's storage account has a role on the workspace too",
    severity="high",
    severity_reason="The account holds code that runs on the computes: who writes it runs code.",
    applies_to="Microsoft.Storage/storageAccounts",
    because=(
        "Scripts, notebooks and snapshots of jobs lie in the storage account of the workspace, "
        "next to the data. A role there, or the right to list its keys, is a way in that the roles "
        "on the workspace know nothing of. Data for others belong in an account of their own."
    ),
    fix=Fix(
        "az role assignment delete --assignee <principal id> --scope {id}",
        companions=(removing("role-assignments"),),
    ),
    sources=("https://learn.microsoft.com/azure/machine-learning/concept-enterprise-security",),
    mappings={"mcsb": ("PA-7",), "waf": ("Security",)},
    parameters={
        "allowed_storage_principals": ((), "Object ids of principals that may, say the platform's.")
    },
)
def storage_for_workspace_users(account: Subject) -> Verdict:
    """Compare who opens the account with who works in a workspace that keeps its files there.

    The identities of such a workspace and of its parts belong there. Members of groups are not
    looked at: a group and a user count each for themselves.
    """
    workspaces = tuple(account.follow("workspaces-by-storage"))
    if not workspaces:
        return not_applicable("no workspace keeps its files in the account")
    known = set(chain.from_iterable(map(_principals_of, workspaces)))
    known |= texts_of(account, "allowed_storage_principals")
    for grant in account.follow("role-assignments"):
        principal = holder_of(grant)
        if principal not in known and (
            allows(grant, LISTS_KEYS) or allows(grant, OPENS_DATA, "dataActions")
        ):
            return fail(f"{principal} may open the account, but has no role on a workspace")
    return ok()


def _principals_of(workspace: Subject) -> Iterator[str]:
    """Yield the principals that work in a workspace: with a role on it, or as its identities."""
    for grant in workspace.follow("role-assignments"):
        yield holder_of(grant)
    for part in with_identities(workspace):
        yield from identities_of(part)
