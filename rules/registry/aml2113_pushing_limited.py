"""AML2113: only workspaces and pipelines can push images to the container registry."""

from typing import Final

from amlaudit import Fix, Subject, Verdict, fail, not_applicable, ok, removing, rule, setting
from amlaudit.readings.enumerations import one_of
from amlaudit.readings.parameters import texts_of
from amlaudit.readings.permissions import holder_of, is_people, role_of
from amlaudit.readings.registries import serves_machine_learning

# https://learn.microsoft.com/azure/container-registry/container-registry-rbac-built-in-roles-directory-reference
PUSH_BY_REPOSITORY: Final = frozenset(
    {
        "2a1e307c-b015-4ebd-883e-5b7698a07328",  # Container Registry Repository Writer
        "2efddaa5-3f1f-4df3-97df-af3f13818f4c",  # Container Registry Repository Contributor
        "577a9874-89fd-4f24-9dbd-b5034d0ad23a",  # Container Registry Data Importer and Data Reader
    }
)
MODES: Final = ("legacyregistrypermissions", "abacrepositorypermissions")


@rule(
    id="AML2113",
    title="Only workspaces and pipelines can push images to the container registry",
    severity="high",
    severity_reason=(
        "A pushed image runs on compute resources with the permissions of their identities."
    ),
    applies_to="Microsoft.ContainerRegistry/registries",
    because=(
        "Anyone who can push can overwrite a tag, and the next job or deployment runs the replaced "
        "image. Workspaces push what they build and pipelines push what was reviewed; people "
        "rarely need to. Owner and Contributor can push too, and are inherited by everything "
        "beneath their scope, unless the registry uses ABAC repository permissions."
    ),
    fix=Fix(
        "az role assignment delete --assignee <principal id> --role <role> --scope <scope>",
        companions=(
            setting(
                "Microsoft.ContainerRegistry/registries",
                {"properties.roleAssignmentMode": "AbacRepositoryPermissions"},
            ),
            removing("role-assignments"),
        ),
    ),
    sources=(
        "https://learn.microsoft.com/azure/machine-learning/how-to-identity-based-service-authentication",
        "https://learn.microsoft.com/azure/container-registry/container-registry-rbac-built-in-roles-directory-reference",
    ),
    mappings={"mcsb": ["PA-7"], "waf": ["Security"]},
    parameters={
        "allowed_pushers": ((), "Object IDs of people and groups that may push."),
        "push_roles": (
            (
                "8311e382-0749-4cb8-b61a-304f252e45ec",
                "8e3af657-a8ff-443c-a75c-2fe8c4bcb635",
                "b24988ac-6180-42a0-ab88-20f7382dd24c",
                "fb382eab-e894-4461-af04-94435c366c3f",
                "577a9874-89fd-4f24-9dbd-b5034d0ad23a",
            ),
            "IDs of role definitions that can push or import images, or run tasks that push.",
        ),
    },
)
def pushing_limited(registry: Subject) -> Verdict:
    """Look for people with a role that can push, on the registry or on a parent scope.

    Service principals are assumed to be identities of workspaces and pipelines; group members are
    not known, and custom roles are not examined.
    """
    if not serves_machine_learning(registry):
        return not_applicable("neither a workspace nor an Azure ML registry uses it")
    roles = texts_of(registry, "push_roles")
    path, legacy = "properties.roleAssignmentMode", "LegacyRegistryPermissions"
    if one_of(registry, path, MODES, default=legacy, since="2025-11-01") != legacy.lower():
        roles = PUSH_BY_REPOSITORY
    allowed = texts_of(registry, "allowed_pushers")
    for grant in registry.follow("role-assignments"):
        pushes = role_of(grant) in roles and holder_of(grant) not in allowed
        if pushes and is_people(grant):
            kind = grant.text("properties.principalType")
            return fail(f"the {kind} {grant['properties.principalId']} can push images")
    return ok()
