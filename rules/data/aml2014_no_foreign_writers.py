"""AML2014: nothing outside production can write to production data."""

from collections.abc import Iterator
from typing import Final

from amlaudit import (
    Fix,
    Subject,
    Verdict,
    arm_id,
    fail,
    not_applicable,
    ok,
    removing,
    rule,
    setting,
)
from amlaudit.readings.parameters import texts_of
from amlaudit.readings.permissions import holder_of, identities_of, role_of, with_identities
from amlaudit.readings.workspaces import workspaces_by

# https://learn.microsoft.com/azure/role-based-access-control/built-in-roles/storage
WRITE_ROLES: Final = {
    "Storage Blob Data Owner": "b7e6dc6d-f1e8-4753-8033-0f276bb0955b",
    "Storage Blob Data Contributor": "ba92f5b4-2d11-453d-a403-e96b0029c9fe",
    "Storage File Data Privileged Contributor": "69566ab7-960f-475b-8e7c-b3118f30c6bd",
    "Storage File Data SMB Share Contributor": "0c867c2a-1d8c-454a-a3db-ab2ea1bdc8bb",
    "Storage File Data SMB Share Elevated Contributor": "a7264617-510b-434b-a828-9731dc254ea7",
    "Storage File Data SMB MI Admin": "a235d3ee-5935-4cfb-8cc5-a3303ad5995e",
    "Contributor": "b24988ac-6180-42a0-ab88-20f7382dd24c",
    "Owner": "8e3af657-a8ff-443c-a75c-2fe8c4bcb635",
    "Storage Account Contributor": "17d1049b-9a84-46fb-8f53-869881c3d3ab",
    "Storage Account Key Operator Service Role": "81a9662b-bebf-436f-a333-f67b29880f12",
    "Reader and Data Access": "c12c1c16-33a1-487b-954d-41c89c60f349",  # reads keys, which can write
}


@rule(
    id="AML2014",
    title="No identity from another environment can write to production storage",
    severity="high",
    severity_reason="An experiment with the wrong path overwrites production training data.",
    applies_to="Microsoft.Storage/storageAccounts",
    because=(
        "Outside production, people experiment with unreviewed code. An identity or a "
        "stored key from there that can write to production data makes every notebook a "
        "risk to that data. Read access, or a copy of part of the data, serves an "
        "experiment just as well."
    ),
    fix=Fix(
        "az role assignment delete --assignee <principal id> --role <role> --scope <scope>",
        note="Assign a read-only role instead, and remove stored keys from datastores.",
        companions=(
            removing("role-assignments"),
            setting(
                "Microsoft.MachineLearningServices/workspaces/datastores",
                {"properties.credentials": {"credentialsType": "None"}},
                via=("workspaces-by-storage", "datastores"),
            ),
        ),
    ),
    sources=(
        "https://learn.microsoft.com/azure/cloud-adoption-framework/ready/azure-best-practices/ai-machine-learning-resource-organization",
    ),
    mappings={"mcsb": ("PA-7",), "waf": ("Security",)},
    parameters={"write_roles": (tuple(WRITE_ROLES), "Names of roles that grant write access.")},
)
def no_foreign_writers(account: Subject) -> Verdict:
    """Compare who may write to the account with the identities of every other environment.

    Only tags count here: without one, neither account nor workspace is assumed to be production.
    Roles held through group membership are not seen.
    """
    if _environment(account) != "prod":
        return not_applicable("no tag marks the account as production")
    writers = set(_writers_to(account))
    for workspace in workspaces_by(account, "foreign identities", _identities_in, writers):
        return fail(f"an identity in {workspace.name} can write to this account")
    key = [arm_id.name_of(account.id)]
    for workspace in workspaces_by(account, "foreign keys", _accounts_opened_by, key):
        return fail(f"a datastore of {workspace.name} holds credentials for this account")
    return ok()


def _environment(resource: Subject) -> str:
    """Return the environment that a tag gives, empty if there is none."""
    found = resource.find_context("environment")
    resource.trail.append(found)
    return "" if found.seen == "default" else str(found.observed)


def _writers_to(account: Subject) -> Iterator[str]:
    """Yield the principals with a write role on an account or on a scope above it."""
    names = set(texts_of(account, "write_roles"))
    known = {role for name, role in WRITE_ROLES.items() if name.lower() in names}
    names -= {name.lower() for name in WRITE_ROLES}  # the rest are custom roles
    for grant in account.follow("role-assignments"):
        if role_of(grant) in known or (names and _is_named(grant, names)):
            yield holder_of(grant)


def _is_named(grant: Subject, names: set[str]) -> bool:
    """Tell whether the role of an assignment has one of some names, lower case."""
    return any(
        role.text("properties.roleName") in names for role in grant.follow("role-definition")
    )


def _identities_in(workspace: Subject) -> Iterator[str]:
    """Yield the principals of the identities in a workspace of another environment."""
    if _environment(workspace) not in ("", "prod"):
        for place in with_identities(workspace):
            yield from identities_of(place)


def _accounts_opened_by(workspace: Subject) -> Iterator[str]:
    """Yield the accounts for which datastores of another environment hold credentials."""
    if _environment(workspace) not in ("", "prod"):
        for datastore in workspace.follow("datastores"):
            account = datastore.text("properties.accountName", default="")
            if account and datastore.text("properties.credentials.credentialsType") != "none":
                yield account
